"""What clients do to each other: killing, pausing, watching keys and watching commands."""

import random
import re
import socket
import threading
import time

import pytest

from resp import OK, Aggregate, Closed, Error, Null, Simple, encode
from server_process import PATIENCE, poll

MEGABYTE = 1 << 20
CLIENTS = 8  # several on each thread


@pytest.fixture
def clients(server):
    opened = [server.connect() for _ in range(CLIENTS)]
    for connection in opened:
        assert connection.command("PING") == Simple("PONG")  # now it is known to the server
    yield opened
    for connection in opened:
        connection.close()


def ended(connection):
    """Whether the server closes the connection without another word."""
    try:
        connection.read()
    except (Closed, ConnectionError):
        return True
    return False


# --- killing


def test_kill_by_number_reaches_clients_of_every_thread(server, clients):
    ids = [connection.command("CLIENT", "ID") for connection in clients]
    for killed in ids[1:]:
        assert clients[0].command("CLIENT", "KILL", "ID", killed) == 1
    assert all(ended(connection) for connection in clients[1:])
    listed = clients[0].command("CLIENT", "LIST")
    assert not any(b"id=%d " % killed in listed for killed in ids[1:])
    assert clients[0].command("PING") == Simple("PONG")


def test_kill_all_and_oneself(server, clients):
    assert clients[0].command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no") >= CLIENTS
    assert all(ended(connection) for connection in clients)


def test_kill_by_address(server, clients):
    address = "%s:%d" % clients[1].socket.getsockname()
    assert clients[0].command("CLIENT", "KILL", address) == OK
    assert ended(clients[1])
    assert clients[0].command("CLIENT", "KILL", "ADDR", address) == 0


def test_a_client_is_killed_in_the_midst_of_a_long_command(larder_only, server, clients):
    clients[0].pipeline([("MSET", *sum(((f"key:{i}", "v") for i in range(start, start + 1000)), ()))
                         for start in range(0, 200_000, 1000)])
    victim = clients[1]
    number = victim.command("CLIENT", "ID")
    victim.send(encode("KEYS", "*[x]*") * 50)
    assert clients[0].command("CLIENT", "KILL", "ID", number) == 1
    with pytest.raises((Closed, ConnectionError)):
        for _ in range(50):
            victim.read()


# --- pausing


def test_a_pause_of_writes_holds_writers_and_lets_readers_pass(server, clients):
    admin, *others = clients
    assert admin.command("CLIENT", "PAUSE", "60000", "WRITE") == OK
    for connection in others:
        connection.send(encode("SET", "k", "v") + encode("GET", "k"))
    poll(lambda: server.info("clients")["blocked_clients"] == str(len(others)), "all to wait")
    assert admin.command("GET", "k") == Null("$-1")
    assert admin.command("CLIENT", "UNPAUSE") == OK
    for connection in others:
        assert (connection.read(), connection.read()) == (OK, b"v")
    assert server.info("clients")["blocked_clients"] == "0"


def test_a_pause_ends_by_itself(server, clients):
    began = time.monotonic()
    assert clients[0].command("CLIENT", "PAUSE", "300") == OK
    for connection in clients:
        connection.send(encode("PING"))
    for connection in clients:
        assert connection.read() == Simple("PONG")
    assert 0.28 < time.monotonic() - began < 1 * PATIENCE


def test_a_client_that_waits_may_leave_or_be_killed(server, clients):
    admin, leaving, killed, *_ = clients
    number = killed.command("CLIENT", "ID")
    admin.command("CLIENT", "PAUSE", "60000", "WRITE")
    leaving.send(encode("SET", "left", "1"))
    killed.send(encode("SET", "killed", "1"))
    poll(lambda: server.info("clients")["blocked_clients"] == "2", "both to wait")
    leaving.close()
    assert admin.command("CLIENT", "KILL", "ID", number) == 1
    poll(lambda: server.info("clients")["blocked_clients"] == "0", "both to be gone")
    assert admin.command("CLIENT", "UNPAUSE") == OK
    assert admin.command("EXISTS", "left", "killed") == 0


def test_large_values_and_their_followers_wait_as_well(server, clients):
    admin, client, *_ = clients
    admin.command("CLIENT", "PAUSE", "60000", "WRITE")
    client.send(encode("SET", "k", b"x" * MEGABYTE) + encode("STRLEN", "k") * 10)
    poll(lambda: server.info("clients")["blocked_clients"] == "1", "the client to wait")
    admin.command("CLIENT", "UNPAUSE")
    assert client.read() == OK
    assert [client.read() for _ in range(10)] == [MEGABYTE] * 10


# --- watching keys


def test_increments_by_watch_are_not_lost(server):
    """Clients of all threads read, watch and write one key; each success counts exactly once."""
    rounds, workers, failures = 100, 4, []

    def work():
        try:
            with server.connect() as connection:
                done = 0
                while done < rounds:
                    connection.command("WATCH", "n")
                    value = connection.command("GET", "n")
                    number = int(value) if isinstance(value, bytes) else 0
                    replies = connection.pipeline(
                        [("MULTI",), ("SET", "n", number + 1), ("EXEC",)])
                    done += isinstance(replies[-1], Aggregate)
        except Exception as error:  # shown by the main thread
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60 * PATIENCE)
    assert not failures
    with server.connect() as connection:
        assert connection.command("GET", "n") == b"%d" % (rounds * workers)


def test_a_watched_key_expires_by_itself(server, clients):
    watcher, other, *_ = clients
    other.command("SET", "k", "v", "PX", "50")
    watcher.command("WATCH", "k")
    time.sleep(0.2)
    assert watcher.pipeline([("MULTI",), ("PING",), ("EXEC",)])[-1] == Null("*-1")


def test_clients_that_leave_watch_nothing_any_more(server, clients):
    for connection in clients[1:]:
        assert connection.command("WATCH", "k") == OK
        connection.close()
    poll(lambda: clients[0].command("CLIENT", "LIST").count(b"\n") == 1, "the others to be gone")
    assert clients[0].command("SET", "k", "v") == OK


# --- watching commands


LINE = re.compile(r'^(\d+\.\d{6}) \[(\d+) (\S+)\] (.*)$')


def test_monitor_shows_the_commands_of_all_threads(server, clients):
    watcher, *others = clients
    assert watcher.command("MONITOR") == OK
    for i, connection in enumerate(others):
        assert connection.command("SET", "k", i) == OK
    seen = {}
    for _ in others:
        now, database, address, command = LINE.match(watcher.read().text).groups()
        assert abs(float(now) - time.time()) < 10
        assert database == "0"
        seen[address] = command
    assert seen == {"%s:%d" % connection.socket.getsockname(): f'"SET" "k" "{i}"'
                    for i, connection in enumerate(others)}


def test_monitor_misses_nothing_of_a_pipeline_and_keeps_its_order(server, clients):
    watcher, client, *_ = clients
    watcher.command("MONITOR")
    client.pipeline([("SET", "k", i) for i in range(5000)])
    shown = [watcher.read().text.split("] ")[1] for _ in range(5000)]
    assert shown == [f'"SET" "k" "{i}"' for i in range(5000)]


def test_monitor_ends_with_reset(server, clients):
    watcher, client, *_ = clients
    watcher.command("MONITOR")
    client.command("PING")
    assert '"PING"' in watcher.read().text
    assert watcher.command("RESET") == Simple("RESET")
    client.command("PING")
    assert watcher.command("ECHO", "end") == b"end"


def test_passwords_are_never_shown(servers):
    server = servers.start(threads=2, requirepass="sesame")
    with server.connect() as watcher, server.connect(authenticate=False) as client:
        watcher.command("MONITOR")
        client.command("AUTH", "wrong-sesame")
        client.command("AUTH", "default", "sesame")
        client.command("HELLO", "3", "AUTH", "default", "sesame")
        client.command("CONFIG", "SET", "requirepass", "open-sesame")
        client.command("ECHO", "end")
        shown = []
        while not shown or '"end"' not in shown[-1]:
            shown.append(watcher.read().text.split("] ")[1])
    assert shown == ['"AUTH" "(redacted)"', '"AUTH" "(redacted)" "(redacted)"',
                     '"HELLO" "3" "AUTH" "(redacted)" "(redacted)"', '"ECHO" "end"']


def test_a_watcher_that_does_not_read_is_dropped(servers):
    server = servers.start(threads=2, client_output_buffer_limit=f"normal {4 * MEGABYTE} 0 0")
    with server.connect() as watcher, server.connect() as client:
        watcher.command("MONITOR")
        value = b"x" * 100_000

        def is_gone():
            client.pipeline([("SET", "k", value)] * 20)
            return b" flags=O " not in client.command("CLIENT", "LIST")

        poll(is_gone, "the watcher to be dropped")
        assert client.command("PING") == Simple("PONG")


def test_a_watcher_may_not_use_keys(server, clients):
    clients[0].command("MONITOR")
    assert clients[0].command("GET", "k") == Error("ERR Replica can't interact with the keyspace")


# --- listing


def test_the_part_of_a_large_argument_that_has_come_is_listed(server, clients):
    admin, client, *_ = clients
    client.command("CLIENT", "SETNAME", "sender")
    client.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n" % (2 * MEGABYTE) + b"x" * MEGABYTE)

    def listed():
        line = next(line for line in admin.command("CLIENT", "LIST").decode().splitlines()
                    if " name=sender " in line)
        fields = dict(field.split("=", 1) for field in line.split())
        # Redis has what came before the argument in the same buffer.
        return MEGABYTE <= int(fields["qbuf"]) < MEGABYTE + 100 and int(fields["tot-mem"]) > MEGABYTE

    poll(listed, "the argument to be listed")
    client.send(b"x" * MEGABYTE + b"\r\n")
    assert client.read() == OK


# --- everything at once


class Troublemaker(threading.Thread):
    """A client that sends requests at random, reads as it pleases, and comes back when it was thrown
    out."""

    KEYS = [f"k{i}" for i in range(6)]

    def __init__(self, server, seed, seconds):
        super().__init__()
        self.server, self.random, self.seconds = server, random.Random(seed), seconds

    def request(self):
        choose, key = self.random.choice, self.random.choice(self.KEYS)
        often = [
            ("SET", key, "v"), ("SET", key, "x" * choose([10, 20_000, 100_000])), ("GET", key),
            ("SET", key, "v", "PX", "1"), ("APPEND", key, "y"), ("DEL", key), ("KEYS", "*"),
            ("DEL", *self.KEYS * 100), ("FLUSHDB",), ("SWAPDB", "0", "1"), ("SELECT", choose("01")),
            ("WATCH", key, choose(self.KEYS)), ("UNWATCH",), ("MULTI",), ("EXEC",), ("DISCARD",),
            ("CLIENT", "REPLY", choose(["ON", "OFF", "SKIP"])), ("CLIENT", "LIST"), ("RESET",),
            ("CLIENT", "NO-TOUCH", choose(["ON", "OFF"])),
            ("CLIENT", "NO-EVICT", choose(["ON", "OFF"]))]
        seldom = [
            ("MONITOR",), ("QUIT",), ("CLIENT", "UNPAUSE"),
            ("CLIENT", "PAUSE", str(self.random.randint(0, 20)), choose(["WRITE", "ALL"])),
            ("CLIENT", "KILL", "ID", str(self.random.randint(1, 1000)))]
        return encode(*choose(often * 6 + seldom))

    def run(self):
        end = time.monotonic() + self.seconds
        connection = None
        while time.monotonic() < end:
            try:
                if connection is None:
                    connection = socket.create_connection(self.server.address, timeout=0.002)
                connection.sendall(b"".join(self.request() for _ in range(20)))
                if self.random.random() < 0.7 and not connection.recv(MEGABYTE):
                    raise ConnectionError
            except TimeoutError:
                pass  # a pause, or replies that nobody has read
            except OSError:
                connection = connection and connection.close()
        if connection is not None:
            connection.close()


def test_clients_that_do_everything_to_each_other_leave_nothing_behind(larder_only, servers):
    server = servers.start(threads=3, client_output_buffer_limit=f"normal {2 * MEGABYTE} 0 0")
    clients = [Troublemaker(server, seed, seconds=3) for seed in range(16)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    with server.connect() as connection:
        poll(lambda: connection.command("CLIENT", "LIST").count(b"\n") == 1, "all to be gone")
        assert connection.command("SET", "k", "v") == OK
    figures = server.info("clients")
    assert (figures["blocked_clients"], figures["watching_clients"]) == ("0", "0")
