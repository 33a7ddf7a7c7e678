"""DEBUG RELOAD: the data goes to the file and comes back, while nobody gets at it."""

import threading
import time

import pytest
import redis

from resp import OK, Error, Null, encode
from server_process import PATIENCE, poll

pytestmark = pytest.mark.usefixtures("larder_only")

KEYS = 60_000


@pytest.fixture
def reloading(servers):
    return servers.start(threads=2, enable_debug_command="yes")


def client_of(server):
    return redis.Redis(port=server.port, socket_timeout=60 * PATIENCE)


def test_reload_with_redis_py(reloading):
    r = client_of(reloading)
    r.mset({f"key:{i}": f"value:{i}" * (i % 50) for i in range(5000)})
    r.set("timed", "t", px=10_000_000)
    r.set("large", b"l" * 300_000)
    other = redis.Redis(port=reloading.port, db=9)
    other.set("elsewhere", b"\0\xff")
    digest = r.execute_command("DEBUG", "DIGEST")
    before = r.pexpiretime("timed")
    assert r.execute_command("DEBUG", "RELOAD") in (True, b"OK")
    assert r.execute_command("DEBUG", "DIGEST") == digest
    assert r.pexpiretime("timed") == before
    assert other.get("elsewhere") == b"\0\xff"
    assert r.info("persistence")["loading"] == 0
    r.set("key:1", "changed")
    r.set("new", "n")
    assert r.execute_command("DEBUG", "RELOAD", "NOSAVE") in (True, b"OK")
    assert r.get("key:1") == b"value:1" and r.get("new") is None


@pytest.mark.parametrize("serves", ["no", "yes"])
def test_what_was_written_before_is_there_after_and_nobody_waits(servers, serves):
    """Writers of two connections count up under reload after reload. Whatever was acknowledged is
    there afterwards; everything else was refused, at once."""
    server = servers.start(threads=2, enable_debug_command="yes", serve_while_loading=serves)
    with server.connect() as connection:
        connection.command("DEBUG", "POPULATE", KEYS, "filler", 100)
    over = threading.Event()
    acknowledged, refused, waited, wrong = [0, 0], [0, 0], [0.0, 0.0], []

    def write(number):
        with server.connect() as connection:
            count = 0
            while not over.is_set():
                began = time.monotonic()
                reply = connection.command("SET", f"count:{number}", count + 1)
                waited[number] = max(waited[number], time.monotonic() - began)
                if reply == OK:
                    count += 1
                    acknowledged[number] = count
                elif isinstance(reply, Error) and reply.message.startswith("LOADING"):
                    refused[number] += 1
                else:
                    wrong.append(reply)
                found = connection.command("GET", f"count:{number}")
                if not isinstance(found, Error) and found != (str(count).encode() if count
                                                              else Null("$-1")):
                    wrong.append((found, count))
                    return

    writers = [threading.Thread(target=write, args=(i,)) for i in range(2)]
    for writer in writers:
        writer.start()
    with server.connect(timeout=60) as connection:
        for _ in range(5):
            assert connection.command("DEBUG", "RELOAD") == OK
    over.set()
    for writer in writers:
        writer.join()
    assert not wrong, wrong[:5]
    assert all(refused), refused
    assert max(waited) < 0.5 * PATIENCE, waited
    with server.connect() as connection:
        assert connection.command("DBSIZE") == KEYS + 2
        for i in range(2):
            assert int(connection.command("GET", f"count:{i}")) == acknowledged[i]


def test_the_reload_goes_on_when_its_client_has_gone(reloading):
    with reloading.connect() as connection:
        connection.command("DEBUG", "POPULATE", KEYS)
        with reloading.connect() as leaving:
            leaving.send(encode("DEBUG", "RELOAD"))
            poll(lambda: isinstance(connection.command("DBSIZE"), Error), "the reload to begin")
        poll(lambda: connection.command("DBSIZE") == KEYS, "the reload to end", timeout=30)


def test_a_shutdown_ends_a_reload(servers):
    server = servers.start(threads=2, enable_debug_command="yes", save="3600 1")
    with server.connect() as connection:
        connection.command("DEBUG", "POPULATE", KEYS)
        connection.send(encode("DEBUG", "RELOAD"))
        with server.connect() as other:
            poll(lambda: isinstance(other.command("DBSIZE"), Error), "the reload to begin")
        server.stop()
    server.start()
    with server.connect() as connection:
        poll(lambda: connection.command("DBSIZE") == KEYS, "everything to be loaded", timeout=30)
