"""Long commands, as Flask-Caching's clear() sends them, do not stop the other clients."""

import subprocess
import sys
import time

import pytest

import server_process
from resp import OK, Aggregate, Null, encode
from server_process import PATIENCE, poll

PREFIX = "flask_cache_"
KEYS = 200_000
# How long another client may wait while clear() runs. Redis stops for its whole length; the bench
# measures Larder exactly, here is room for a busy machine.
LONGEST_WAIT = 0.1 if server_process.PEER == "larder" else 2.0

CLEAR = """
import sys
from flask import Flask
from flask_caching import Cache
app = Flask(__name__)
app.config.update(CACHE_TYPE="RedisCache", CACHE_REDIS_HOST="127.0.0.1",
                  CACHE_REDIS_PORT=int(sys.argv[1]))
cache = Cache(app)
with app.app_context():
    print("ready", flush=True)
    sys.stdin.readline()
    assert cache.clear() is True
"""


NAMES = [f"{PREFIX}{i}" for i in range(KEYS)]


def request_of_all(command):
    """A command with every key, as bytes."""
    return encode(command, *NAMES)


@pytest.fixture(scope="module")
def fill():
    """Puts KEYS keys into a server, which has none but these."""
    request = b"".join(
        encode("MSET", *(word for name in NAMES[start:start + 20_000] for word in (name, "!value")))
        for start in range(0, KEYS, 20_000))

    def fill_now(server):
        with server.connect() as connection:
            connection.send(request)
            for _ in range(0, KEYS, 20_000):
                assert connection.read() == OK
            assert connection.command("DBSIZE") == KEYS

    return fill_now


@pytest.fixture(scope="module", params=[1, 2], ids=["one thread", "two threads"])
def long_lived_server(request, session_servers):
    return session_servers.start(threads=request.param)


@pytest.fixture
def filled_server(long_lived_server, fill):
    with long_lived_server.connect() as connection:
        connection.command("FLUSHALL")
    fill(long_lived_server)
    return long_lived_server


def test_others_are_answered_while_clear_runs(filled_server):
    server = filled_server
    with server.connect() as other:
        other.command("SET", "other", "stays")
        clear = subprocess.Popen([sys.executable, "-c", CLEAR, str(server.port)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert clear.stdout.readline() == b"ready\n"
            clear.stdin.write(b"\n")
            clear.stdin.flush()
            longest, answered = 0, 0
            deadline = time.monotonic() + 60 * PATIENCE
            while clear.poll() is None:
                started = time.monotonic()
                assert started < deadline, "clear() does not end"
                assert other.command("GET", "other") == b"stays"
                longest = max(longest, time.monotonic() - started)
                answered += 1
            assert clear.returncode == 0
        finally:
            clear.kill()
            clear.communicate()
        assert other.command("DBSIZE") == 1
        assert answered > 100
        assert longest < LONGEST_WAIT * PATIENCE


def test_replies_of_a_connection_keep_their_order(filled_server):
    with filled_server.connect() as connection:
        replies = connection.pipeline([
            ("SET", "other", "1"),
            ("KEYS", PREFIX + "*"),
            ("SET", PREFIX + "0", "changed"),
            ("EXISTS", *NAMES),
            ("GET", PREFIX + "0"),
            ("DEL", *NAMES),
            ("GET", PREFIX + "0"),
            ("DBSIZE",),
            ("SET", PREFIX + "0", "new"),
            ("UNLINK", *NAMES),
            ("INCR", "other"),
        ])
    assert isinstance(replies[1], Aggregate) and len(replies[1].items) == KEYS
    replies[1] = None
    assert replies == [OK, None, OK, KEYS, b"changed", KEYS, Null("$-1"), 1, OK, 1, 2]


def test_flushing_does_not_stop_the_others(filled_server, fill):
    with filled_server.connect() as connection, filled_server.connect() as other:
        for command in (("FLUSHDB",), ("FLUSHALL", "ASYNC")):
            fill(filled_server)
            connection.send(encode(*command) + encode("DBSIZE"))
            started = time.monotonic()
            other.command("GET", "k")
            assert time.monotonic() - started < LONGEST_WAIT * PATIENCE
            assert [connection.read(), connection.read()] == [OK, 0]


def wait_until_only(connection, clients):
    """Waits until the server knows of no more than so many clients."""
    poll(lambda: len(connection.command("CLIENT", "LIST").splitlines()) <= clients,
         "the server to forget the client that has gone")


def test_a_client_that_leaves_in_the_middle_of_a_request(filled_server):
    """Half of the request has arrived; nothing of it may happen."""
    request = request_of_all("DEL")
    with filled_server.connect() as watcher:
        with filled_server.connect() as leaving:
            leaving.send(request[:len(request) // 2])
        wait_until_only(watcher, 1)
        assert watcher.command("DBSIZE") == KEYS


@pytest.mark.parametrize("command", ["DEL", "UNLINK", "EXISTS"])
def test_a_client_that_leaves_while_its_command_runs(filled_server, command):
    """Some keys may be gone, but what is there is whole, and the server goes on."""
    with filled_server.connect() as watcher:
        leaving = filled_server.connect()
        leaving.send(request_of_all(command))
        leaving.close()
        wait_until_only(watcher, 1)
        left = watcher.command("KEYS", "*").items
        assert watcher.command("DBSIZE") == len(left) <= KEYS
        if left:
            assert watcher.command("GET", left[-1]) == b"!value"
            assert watcher.command("DEL", *left) == len(left)
        assert watcher.command("SET", "k", "v") == OK


def test_a_client_that_leaves_while_keys_runs(filled_server):
    with filled_server.connect() as watcher:
        for _ in range(3):
            leaving = filled_server.connect()
            leaving.send(encode("KEYS", "*") * 2)
            leaving.close()
        wait_until_only(watcher, 1)
        assert watcher.command("DBSIZE") == KEYS


def test_a_transaction_with_a_long_command(filled_server):
    with filled_server.connect() as connection:
        replies = connection.pipeline([("MULTI",), ("DEL", *NAMES), ("DBSIZE",), ("EXEC",)])
        assert replies[-1].items == (KEYS, 0)


def test_keys_of_one_deadline_are_gone_soon_after_it(servers):
    """Memory comes back within a second of the deadline, although nobody reads the keys."""
    server = servers.start()
    count = 30_000
    with server.connect() as connection:
        deadline = int((time.time() + 2 * PATIENCE) * 1000)
        connection.pipeline([("SET", f"k{i}", "v", "PXAT", deadline) for i in range(count)])
        assert time.time() * 1000 < deadline, "this machine is too slow for the test"
        assert connection.command("DBSIZE") == count
        poll(lambda: time.time() * 1000 > deadline, "the deadline")
        poll(lambda: connection.command("DBSIZE") == 0, "the keys to go",
             timeout=1 if server.kind == "larder" else 10)
