"""Loads that are hard on a server. Of each it must lose nothing, in bounded memory, while others are served.

    tests/stress/hard_loads.py                       all of them in full, some five minutes
    tests/stress/hard_loads.py --short               smaller, as `make test` runs them
    tests/stress/hard_loads.py large-value churn     only these

What is lost, or takes more memory than it may, fails the run. How long a bystander waited is printed beside
its wait when the server is idle: on a machine that also runs the load it says as much about the machine.
Everything stays on loopback.
"""

import argparse
import hashlib
import os
import resource
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from bystander import Bystander  # noqa: E402
from resp import encode  # noqa: E402
from server_process import Server, poll  # noqa: E402

MEGABYTE = 1 << 20
LOADS = {}


def load(function):
    """Adds a load to those that can be chosen, under its name with dashes."""
    LOADS[function.__name__.replace("_", "-")] = function
    return function


class Peak:
    """Samples the resident memory of a server in the background, and keeps the largest."""

    def __init__(self, server):
        self.server = server
        self.before = self.bytes = server.resident_bytes()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._sample)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def _sample(self):
        while not self.ended.wait(0.01):
            self.bytes = max(self.bytes, self.server.resident_bytes())

    @property
    def growth(self):
        return self.bytes - self.before


def connect(server, timeout=60):
    connection = socket.create_connection(server.address, timeout=timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def expect(connection, expected):
    """Reads exactly `expected`."""
    data = b""
    while len(data) < len(expected):
        part = connection.recv(min(1 << 20, len(expected) - len(data)))
        assert part, f"closed after {data[-100:]!r}"
        data += part
    assert data == expected, f"{data[:200]!r} in place of {expected[:200]!r}"


def check_growth(peak, allowed):
    assert peak.growth <= allowed, (
        f"{peak.growth / MEGABYTE:.0f} MB more memory, {allowed / MEGABYTE:.0f} MB allowed")


@load
def many_connections(server, short):
    """15,000 connections, all of which ask once and stay."""
    count = 1_000 if short else 15_000
    connections = []
    with Peak(server) as peak:
        try:
            for i in range(count):
                connections.append(connect(server))
                connections[i].sendall(b"SET conn:%d %d\r\nGET conn:%d\r\n" % (i, i, i))
            for i, connection in enumerate(connections):
                expect(connection, b"+OK\r\n$%d\r\n%d\r\n" % (len(str(i)), i))
            assert int(server.info("clients")["connected_clients"]) >= count
            time.sleep(0.5)
            idle = server.resident_bytes() - peak.before
            for connection in connections[::100]:
                connection.sendall(b"PING\r\n")
                expect(connection, b"+PONG\r\n")
        finally:
            for connection in connections:
                connection.close()
    check_growth(peak, 8 * MEGABYTE + count * 4096)
    poll(lambda: int(server.info("clients")["connected_clients"]) < 10, "all to be gone", timeout=30)
    return f"{count} connections, {idle / count:.0f} bytes for each, with its key"


@load
def slow_loris(server, short):
    """Clients that send their requests byte by byte, all at the same time."""
    count, requests = (500, 1) if short else (5_000, 3)
    connections = [connect(server) for _ in range(count)]
    request = encode("APPEND", "loris", "x" * 20)
    with Peak(server) as peak:
        for _ in range(requests):
            for i in range(len(request)):
                for connection in connections:
                    connection.send(request[i:i + 1])
            for connection in connections:
                data = connection.recv(100)
                assert data.startswith(b":") and data.endswith(b"\r\n"), data
    for connection in connections:
        connection.close()
    with server.connect() as client:
        assert client.command("STRLEN", "loris") == count * requests * 20
    check_growth(peak, 8 * MEGABYTE + count * 4096)
    return f"{count} clients, {requests * len(request)} writes of a byte each"


@load
def never_reads(server, short):
    """Clients that ask for more and more and never read an answer."""
    count = 2 if short else 8
    limit = 16 * MEGABYTE
    with server.connect() as client:
        client.command("CONFIG", "SET", "client-output-buffer-limit", f"normal {limit} 0 0")
        client.command("SET", "large", "x" * 100_000)
        client.command("SET", "small", "x" * 1_000)
    connections = [connect(server) for _ in range(count)]
    asks = [encode("GET", "large" if i % 2 else "small") * 1_000 for i in range(count)]
    dropped = 0
    with Peak(server) as peak:
        for connection, ask in zip(connections, asks):
            connection.settimeout(10)
            try:
                while True:
                    connection.sendall(ask)
            except ConnectionError:
                dropped += 1
    for connection in connections:
        connection.close()
    assert dropped == count, f"{count - dropped} were not dropped"
    with server.connect() as client:
        client.command("CONFIG", "SET", "client-output-buffer-limit", "normal 1gb 512mb 60")
        assert client.command("STRLEN", "large") == 100_000
    check_growth(peak, 2 * limit + 16 * MEGABYTE)
    return f"{count} clients, dropped at {limit / MEGABYTE:.0f} MB each"


@load
def large_value(server, short):
    """One value of 512 MB, stored and read again."""
    size = (32 if short else 512) * MEGABYTE
    part = os.urandom(MEGABYTE)
    expected, received = hashlib.sha256(), hashlib.sha256()
    with Peak(server) as peak, connect(server, timeout=120) as connection:
        connection.sendall(b"*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$%d\r\n" % size)
        for _ in range(size // MEGABYTE):
            connection.sendall(part)
            expected.update(part)
        connection.sendall(b"\r\n")
        expect(connection, b"+OK\r\n")
        connection.sendall(b"GET large\r\n")
        expect(connection, b"$%d\r\n" % size)
        left = size
        while left > 0:
            data = connection.recv(min(left, MEGABYTE))
            assert data, "closed within the value"
            received.update(data)
            left -= len(data)
        expect(connection, b"\r\n")
        connection.sendall(b"DEL large\r\n")
        expect(connection, b":1\r\n")
    assert received.digest() == expected.digest()
    check_growth(peak, size + 16 * MEGABYTE)
    poll(lambda: server.resident_bytes() < peak.before + 16 * MEGABYTE, "the memory to be given back")
    return f"{size / MEGABYTE:.0f} MB there and back"


@load
def tiny_commands(server, short):
    """A million tiny commands in one write."""
    count = 100_000 if short else 1_000_000
    requests = b"INCR tiny\r\n" * count
    expected = b"".join(b":%d\r\n" % i for i in range(1, count + 1))
    with Peak(server) as peak, connect(server) as connection:
        sender = threading.Thread(target=connection.sendall, args=(requests,))
        sender.start()
        expect(connection, expected)
        sender.join()
        # The same, of which nothing is read before all is written.
        connection.sendall(b"DEL tiny\r\n")
        expect(connection, b":1\r\n")
        connection.sendall(requests)
        expect(connection, expected)
    check_growth(peak, 32 * MEGABYTE + len(expected))
    return f"{count} commands, twice"


@load
def churn(server, short):
    """Connects and disconnects, 5,000 in a second for a minute: after a reply, or without a word."""
    rate, seconds = (1_000, 2) if short else (5_000, 60)
    before = server.info("stats")
    started, done, asked = time.monotonic(), 0, 0
    with Peak(server) as peak:
        while done < rate * seconds:
            due = int((time.monotonic() - started) * rate)
            if due <= done:
                time.sleep(0.001)
                continue
            batch = [connect(server) for _ in range(min(50, due - done))]
            for i, connection in enumerate(batch):
                if i % 3 != 2:
                    connection.sendall(b"INCR churn\r\n")
            for i, connection in enumerate(batch):
                if i % 3 == 0:
                    asked += 1
                    assert connection.recv(100).startswith(b":")
                elif i % 3 == 1:
                    # Ends with a reset while the reply is on its way.
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                connection.close()
            done += len(batch)
            assert time.monotonic() - started < 20 * seconds, "far too slow"
    elapsed = time.monotonic() - started
    poll(lambda: int(server.info("clients")["connected_clients"]) < 10, "all to be gone", timeout=30)
    received = int(server.info("stats")["total_connections_received"])
    assert received - int(before["total_connections_received"]) >= done
    with server.connect() as client:
        assert int(client.command("GET", "churn")) >= asked
    check_growth(peak, 32 * MEGABYTE)
    return f"{done} connections, {done / elapsed:.0f} a second"


def run(name, server, bystander, short):
    with server.connect() as client:
        client.command("FLUSHALL")
    idle, _ = bystander.watch(lambda: time.sleep(1 if short else 5))
    started = time.monotonic()
    waits, said = bystander.watch(lambda: LOADS[name](server, short))
    print(f"{name}: {said}, in {time.monotonic() - started:.1f} s")
    print(f"  bystander: {waits}")
    print(f"  when idle: {idle}")
    if idle.sorted and waits.sorted:
        print(f"  p99.9 is {waits.at(0.999) / idle.at(0.999):.1f} times that of an idle server")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("loads", nargs="*", metavar="LOAD", help=", ".join(LOADS))
    parser.add_argument("--short", action="store_true", help="smaller, for `make test`")
    parser.add_argument("--threads", type=int, default=2, help="of the server")
    arguments = parser.parse_args()
    unknown = set(arguments.loads) - set(LOADS)
    if unknown:
        parser.error(f"no such load: {', '.join(sorted(unknown))}")

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as directory:
        server = Server(directory, threads=arguments.threads, maxclients=18_000).start()
        try:
            with Bystander(server.port) as bystander:
                os.nice(5)  # the load is not to take the processor from the bystander
                for name in arguments.loads or LOADS:
                    run(name, server, bystander, arguments.short)
            server.stop()
        finally:
            server.abandon()


if __name__ == "__main__":
    main()
