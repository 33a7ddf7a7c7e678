"""Clients that do not read: each is dropped at its limit, and nobody else notices."""

import time

import pytest

from resp import OK, Closed, Simple, encode
from server_process import PATIENCE, poll

MEGABYTE = 1 << 20


@pytest.fixture
def limited_server(servers):
    """Clients may have 16 MB of unread replies, or 4 MB of them for a second."""
    return servers.start(threads=2, client_output_buffer_limit=f"normal {16 * MEGABYTE} "
                                                               f"{4 * MEGABYTE} 1")


def is_known(connection, name):
    return b" name=%s " % name.encode() in connection.command("CLIENT", "LIST")


def silent_client(server, name):
    connection = server.connect()
    assert connection.command("CLIENT", "SETNAME", name) == OK
    return connection


def send_until_dropped(silent, watcher, server, data, measure):
    """Sends `data` again and again, as far as the server takes it, until the server has dropped the
    client; `measure` is called all along."""
    silent.socket.setblocking(False)
    deadline = time.monotonic() + 20 * PATIENCE
    while is_known(watcher, "silent"):
        assert time.monotonic() < deadline, "the client was not dropped"
        try:
            silent.socket.send(data)
        except BlockingIOError:
            pass
        except ConnectionError:
            break
        measure()
    poll(lambda: not is_known(watcher, "silent"), "the client to be forgotten")


@pytest.mark.parametrize("size", [100, 10_000, MEGABYTE], ids=["small", "medium", "large"])
def test_a_client_that_never_reads_is_dropped_at_its_limit(limited_server, size):
    server = limited_server
    with server.connect() as watcher, silent_client(server, "silent") as silent:
        watcher.command("SET", "k", b"x" * size)
        base, peak, longest = server.resident_bytes(), 0, 0.0

        def measure():
            nonlocal peak, longest
            started = time.monotonic()
            assert watcher.command("PING") == Simple("PONG")
            longest = max(longest, time.monotonic() - started)
            peak = max(peak, server.resident_bytes())

        send_until_dropped(silent, watcher, server, encode("GET", "k") * 200, measure)
        # 16 MB of replies, and what else a process needs meanwhile.
        assert peak - base < 48 * MEGABYTE
        assert longest < 0.5 * PATIENCE
        assert watcher.command("GET", "k") == b"x" * size


def test_the_client_that_was_dropped_sees_its_connection_end(limited_server):
    server = limited_server
    with server.connect() as watcher, silent_client(server, "silent") as silent:
        watcher.command("SET", "k", b"x" * MEGABYTE)
        silent.send(encode("GET", "k") * 100)
        poll(lambda: not is_known(watcher, "silent"), "the client to be dropped")
        with pytest.raises((Closed, ConnectionError)):
            for _ in range(100):
                silent.read()


def test_the_soft_limit_lets_a_client_be_slow_for_a_while(limited_server):
    """8 MB of replies are over the soft limit; who reads them within a second stays, who does not
    is dropped."""
    server = limited_server
    with server.connect() as watcher:
        watcher.command("SET", "k", b"x" * MEGABYTE)
        with silent_client(server, "slow") as slow, silent_client(server, "silent") as silent:
            slow.send(encode("GET", "k") * 10)
            slow.receive()  # the replies are on their way
            assert [len(slow.read()) for _ in range(10)] == [MEGABYTE] * 10
            started = time.monotonic()
            silent.send(encode("GET", "k") * 12)
            poll(lambda: not is_known(watcher, "silent"), "the silent client to be dropped")
            assert time.monotonic() - started > 0.5
            assert is_known(watcher, "slow")
            assert slow.command("PING") == Simple("PONG")


def test_many_silent_clients_at_once(limited_server):
    server = limited_server
    with server.connect() as watcher:
        watcher.command("SET", "k", b"x" * 100_000)
        base = server.resident_bytes()
        silent = [silent_client(server, f"silent{i}") for i in range(20)]
        for connection in silent:
            connection.socket.setblocking(False)
            connection.socket.send(encode("GET", "k") * 1_000)

        def all_dropped():
            assert server.resident_bytes() - base < 20 * 20 * MEGABYTE
            return b"silent" not in watcher.command("CLIENT", "LIST")

        poll(all_dropped, "all of them to be dropped")
        for connection in silent:
            connection.close()


def test_the_log_says_who_was_dropped(larder_only, limited_server):
    server = limited_server
    with server.connect() as watcher, silent_client(server, "silent") as silent:
        watcher.command("SET", "k", b"x" * MEGABYTE)
        number = silent.command("CLIENT", "ID")
        silent.send(encode("GET", "k") * 100)
        poll(lambda: not is_known(watcher, "silent"), "the client to be dropped")
    poll(lambda: "output buffer" in server.log.read_text(), "a line in the log")
    line = next(line for line in server.log.read_text().splitlines() if "output buffer" in line)
    assert f"id={number} " in line


def test_without_a_limit_a_late_reader_gets_everything(servers):
    server = servers.start(client_output_buffer_limit="normal 0 0 0")
    with server.connect() as late, server.connect() as watcher:
        value = b"x" * MEGABYTE
        watcher.command("SET", "k", value)
        late.send(encode("GET", "k") * 60 + encode("PING"))
        assert watcher.command("PING") == Simple("PONG")
        for _ in range(60):
            assert late.read() == value
        assert late.read() == Simple("PONG")


def test_a_request_that_never_ends_is_bounded(limited_server):
    """A client announces a long request and sends it byte by byte, or not at all: others go on, and
    the room it announced is not taken before the bytes come."""
    server = limited_server
    base = server.resident_bytes()
    with server.connect() as watcher:
        announcing = [server.connect() for _ in range(20)]
        for connection in announcing:
            connection.send(b"*2\r\n$4\r\nECHO\r\n$500000000\r\nabc")
        assert watcher.command("PING") == Simple("PONG")
        assert server.resident_bytes() - base < 100 * MEGABYTE
        for connection in announcing:
            connection.close()
