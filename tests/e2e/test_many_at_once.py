"""Requests that come in on many connections at the same moment, so that the server finds them all in
one look."""

import signal
import socket
import struct
from contextlib import ExitStack, contextmanager

import pytest

from resp import OK, Closed, Error, Simple, encode

CONNECTIONS = 40


@pytest.fixture
def server(servers):
    return servers.start(threads=1)


@contextmanager
def held(server):
    """What is sent meanwhile waits, and the server sees all of it at once."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


@pytest.fixture
def clients(server):
    with ExitStack() as stack:
        yield [stack.enter_context(server.connect()) for _ in range(CONNECTIONS)]


def test_each_gets_its_own_replies(server, clients):
    for number, client in enumerate(clients):
        assert client.command("SET", f"k{number}", "v" * number) == OK
    for _ in range(5):
        with held(server):
            for number, client in enumerate(clients):
                client.send(encode("GET", f"k{number}") * (1 + number % 3) + encode("ECHO", number))
        for number, client in enumerate(clients):
            for _ in range(1 + number % 3):
                assert client.read() == b"v" * number
            assert client.read() == b"%d" % number


def test_requests_are_carried_out_whatever_their_neighbours_send(server, clients):
    """Cut off requests, large ones, pipelines, errors and ends lie side by side."""
    large = b"x" * 300_000
    request = encode("SET", "cut", "whole")
    cut, big, pipeline, wrong, http, quitting, inline = range(7)
    sent = {
        cut: request[:-9],
        big: encode("SET", "big", large)[:60_000],
        pipeline: b"".join(encode("INCR", "counter") for _ in range(500)),
        wrong: b"*1\r\n:5\r\n",
        http: b"GET\r\n*0\r\n\r\nPING\r\n",
        quitting: encode("QUIT") + encode("PING"),
        inline: b"SET 'a b' \"c\\n\"\r\n",
    }
    with held(server):
        for number, client in enumerate(clients):
            client.send(sent.get(number, encode("SET", f"k{number}", number)))
    for number in range(len(sent), CONNECTIONS):
        assert clients[number].read() == OK
    clients[cut].send(request[-9:])
    assert clients[cut].read() == OK
    clients[big].send(encode("SET", "big", large)[60_000:])
    assert clients[big].read() == OK
    assert [clients[pipeline].read() for _ in range(500)] == list(range(1, 501))
    assert isinstance(clients[wrong].read(), Error)
    assert isinstance(clients[http].read(), Error)
    assert clients[http].read() == Simple("PONG")
    assert clients[quitting].read() == OK
    for ended in (wrong, quitting):
        with pytest.raises((Closed, ConnectionError)):
            clients[ended].read()
    assert clients[inline].read() == OK
    last = clients[-1]
    assert last.pipeline([("GET", "cut"), ("GET", "big"), ("GET", "a b"), ("GET", "k20")]) == [
        b"whole", large, b"c\n", b"20"]


def test_clients_that_go_take_nothing_along(server, clients):
    """What was sent before a connection ended counts, unless it was reset."""
    with held(server):
        for number, client in enumerate(clients[:30]):
            client.send(encode("SET", f"k{number}", number))
            if number % 3 == 1:
                client.socket.shutdown(socket.SHUT_WR)
            elif number % 3 == 2:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                         struct.pack("ii", 1, 0))
                client.close()
        clients[30].send(encode("PING"))
    assert clients[30].read() == Simple("PONG")
    for number, client in enumerate(clients[:30]):
        if number % 3 != 2:
            assert client.read() == OK
        if number % 3 == 1:
            with pytest.raises(Closed):
                client.read()
    for number in range(30):
        if number % 3 != 2:
            assert clients[31].command("GET", f"k{number}") == b"%d" % number


def test_more_than_one_read_can_take_is_read_all_the_same(server, clients):
    """Nothing else comes that would tell the server of what is left."""
    first, second = clients[:2]
    for client in (first, second):  # a large argument makes room in the sockets
        assert client.command("SET", "large", b"x" * (1 << 20)) == OK
    requests = 4000
    burst = encode("SET", "k", "v" * 80) * requests
    with held(server):
        for client in (first, second):
            client.send(burst)
    for client in (first, second):
        assert [client.read() for _ in range(requests)] == [OK] * requests
