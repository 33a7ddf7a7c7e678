"""CONFIG SET port and bind: the server moves, or stays where it is."""

import socket

import pytest

from resp import OK, Error
from server_process import PATIENCE, free_port, poll

pytestmark = pytest.mark.usefixtures("larder_only")

PORT_REFUSED = ("ERR CONFIG SET failed (possibly related to argument 'port') - "
                "Unable to listen on this port. Check server logs.")
BIND_REFUSED = ("ERR CONFIG SET failed (possibly related to argument 'bind') - "
                "Failed to bind to specified addresses.")


@pytest.fixture
def moving(servers):
    """A server of its own with a connection that lives through all moves."""
    server = servers.start(threads=2)
    with server.connect() as connection:
        yield server, connection


def answers(address, port):
    """Whether a server of Redis's protocol can be reached there."""
    try:
        with socket.create_connection((address, port), timeout=5 * PATIENCE) as client:
            client.sendall(b"PING\r\n")
            return client.recv(100) == b"+PONG\r\n"
    except ConnectionRefusedError:
        return False


def setting(connection, name):
    return connection.command("CONFIG", "GET", name).items[1].decode()


def told_port(server, connection):
    """The port, where INFO and CONFIG GET agree."""
    info = connection.command("INFO", "server").decode()
    told = setting(connection, "port")
    assert f"\r\ntcp_port:{told}\r\n" in info
    return int(told)


def test_the_port_moves_and_comes_back(moving):
    server, connection = moving
    before, after = server.port, free_port()
    for _ in range(10):
        assert connection.command("CONFIG", "SET", "port", after) == OK
        assert answers("127.0.0.1", after) and not answers("127.0.0.1", before)
        assert told_port(server, connection) == after
        before, after = after, before
    server.port = before


def test_a_port_that_is_taken_is_refused(moving):
    server, connection = moving
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert connection.command("CONFIG", "SET", "port", taken) == Error(PORT_REFUSED)
        # Nor does what is set with it change.
        assert connection.command("CONFIG", "SET", "timeout", "7", "port", taken) == Error(
            PORT_REFUSED)
    assert setting(connection, "timeout") == "0"
    assert told_port(server, connection) == server.port
    assert answers("127.0.0.1", server.port)
    assert f"Cannot listen on 127.0.0.1 port {taken}" in server.log.read_text()


def test_port_0_closes_it(moving):
    server, connection = moving
    assert connection.command("CONFIG", "SET", "port", "0") == OK
    assert not answers("127.0.0.1", server.port)
    assert told_port(server, connection) == 0
    assert connection.command("CONFIG", "SET", "port", server.port) == OK
    assert answers("127.0.0.1", server.port)


def test_addresses_come_and_go(moving):
    server, connection = moving
    for bind in ("127.0.0.1 127.0.0.2", "*", "127.0.0.2", "127.0.0.1 -192.0.2.7", "*",
                 "127.0.0.1"):
        assert connection.command("CONFIG", "SET", "bind", bind) == OK
        assert setting(connection, "bind") == bind
        for address in ("127.0.0.1", "127.0.0.2"):
            assert answers(address, server.port) == (bind == "*" or address in bind.split())


def test_an_address_that_is_not_here_is_refused(moving):
    server, connection = moving
    for bind in ("192.0.2.7", "127.0.0.2 192.0.2.7"):
        assert connection.command("CONFIG", "SET", "bind", bind) == Error(BIND_REFUSED)
    reply = connection.command("CONFIG", "SET", "bind", "999.999.999.999")
    assert reply.message.endswith("'999.999.999.999' is not an IP address")
    assert setting(connection, "bind") == "127.0.0.1"
    assert answers("127.0.0.1", server.port) and not answers("127.0.0.2", server.port)


def test_address_and_port_move_together(moving):
    server, connection = moving
    port = free_port()
    assert connection.command("CONFIG", "SET", "bind", "127.0.0.2", "port", port) == OK
    assert answers("127.0.0.2", port)
    assert not answers("127.0.0.1", server.port) and not answers("127.0.0.1", port)
    assert connection.command("CONFIG", "SET", "port", server.port, "bind", "127.0.0.1") == OK
    assert answers("127.0.0.1", server.port)


def test_another_server_cannot_take_the_new_port(moving, servers):
    server, connection = moving
    # The same port with other addresses, which is where ports are shared for a moment.
    assert connection.command("CONFIG", "SET", "bind", "*") == OK
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError):
            other.bind(("127.0.0.1", server.port))
            other.listen()


def test_rewrite_keeps_the_new_port(servers, tmp_path):
    config = tmp_path / "larder.conf"
    config.write_text("timeout 9\n")
    server = servers.start(threads=1, config_file=config)
    port = free_port()
    with server.connect() as connection:
        assert connection.command("CONFIG", "SET", "port", port) == OK
        assert connection.command("CONFIG", "REWRITE") == OK
    server.port = port
    lines = config.read_text().splitlines()
    assert f"port {port}" in lines and "timeout 9" in lines


def test_those_who_wait_to_be_accepted_are_let_go(moving):
    """Moving under a storm of connections: each is served or refused, none hangs."""
    server, connection = moving
    ports = [server.port, free_port()]
    for turn in range(20):
        clients = []
        for _ in range(20):
            try:
                clients.append(socket.create_connection(("127.0.0.1", ports[turn % 2]), timeout=5))
            except ConnectionRefusedError:
                pass
        assert connection.command("CONFIG", "SET", "port", ports[(turn + 1) % 2]) == OK
        for client in clients:
            try:
                client.sendall(b"PING\r\n")
                assert client.recv(100) in (b"+PONG\r\n", b"")
            except ConnectionError:
                pass
            client.close()
    server.port = ports[0]
    poll(lambda: b"connected_clients:1\r\n" in connection.command("INFO", "clients"),
         "the clients to be gone")
