"""The snapshot that is loaded at the start: files of redis-server, damaged ones, and what clients see
meanwhile."""

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from rdb_bytes import entry, payload, snapshot
from resp import OK, Error, Null
from server_process import LARDER, PATIENCE, REDIS, free_port, poll

pytestmark = pytest.mark.usefixtures("larder_only")


def fill(connection, seed, count=3000):
    """Random strings of many sizes, some with a deadline, in several databases; returns them."""
    choice = random.Random(seed)
    values = {}
    for number in range(count):
        database = choice.choice([0, 0, 0, 1, 15])
        key = choice.choice([b"key:%d" % number, choice.randbytes(choice.choice([1, 5, 70])),
                             b"%d" % choice.randrange(10**9), b"k" * choice.randrange(300)])
        size = choice.choice([0, 1, 10, 21, 64, 300, 5000, 16384, 20000, 70000]
                             if number % 20 == 0 else [0, 5, 20, 21, 64, 300])
        value = choice.choice([choice.randbytes(size), b"%d" % choice.randrange(-2**40, 2**40),
                               b"abc" * (size // 3), b"%d" % choice.randrange(-300, 300)])
        values[database, key] = value
        connection.command("SELECT", database)
        words = ("PX", choice.randrange(10**6, 10**9)) if choice.random() < 0.3 else ()
        assert connection.command("SET", key, value, *words) == OK
    return values


def check(connection, values, other=None):
    """Every key is there with its value, and with the deadline that the other server has."""
    total = 0
    for database in sorted({database for database, _ in values}):
        keys = [key for number, key in values if number == database]
        for peer in (connection, other):
            if peer:
                peer.command("SELECT", database)
        total += connection.command("DBSIZE")
        got = connection.pipeline([("GET", key) for key in keys])
        assert got == [values[database, key] for key in keys]
        if other:
            times = [("PEXPIRETIME", key) for key in keys]
            assert connection.pipeline(times) == other.pipeline(times)
    assert total == len(values)


def loaded(server):
    poll(lambda: server.info("persistence")["loading"] == "0", "the snapshot to be loaded", 30)
    return server


def dump_of(redis, directory):
    """Lets redis-server save, and copies the file."""
    with redis.connect() as connection:
        assert connection.command("SAVE") == OK
    shutil.copy(redis.directory / "dump.rdb", Path(directory) / "dump.rdb")


def run_until_it_ends(directory, *options):
    """Starts the server on a file for which it ends."""
    return subprocess.run(
        [LARDER, "--port", str(free_port()), "--dir", str(directory), *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20 * PATIENCE)


@pytest.mark.parametrize("settings", [
    {}, {"rdbcompression": "no"}, {"rdbchecksum": "no"},
    {"maxmemory-policy": "allkeys-lru"}, {"maxmemory-policy": "allkeys-lfu"}],
    ids=["as it is", "plain", "unchecked", "lru", "lfu"])
def test_a_dump_of_redis_is_loaded(servers, tmp_path, settings):
    redis = servers.start(kind="redis", **settings)
    with redis.connect() as connection:
        values = fill(connection, seed=str(settings))
        dump_of(redis, tmp_path)
        server = loaded(servers.start(dir=tmp_path, threads=2))
        with server.connect() as larder:
            check(larder, values, connection)
    assert server.info("persistence")["rdb_last_load_keys_loaded"] == str(len(values))
    log = server.log.read_text()
    assert "Loading RDB produced by version 7" in log
    assert "DB loaded from disk" in log


def digests(connection, values):
    """What DEBUG DIGEST-VALUE says of each key, and DEBUG DIGEST of all."""
    found = {}
    for database, key in values:
        connection.command("SELECT", database)
        found[database, key] = connection.command("DEBUG", "DIGEST-VALUE", key)
    return found, connection.command("DEBUG", "DIGEST")


@pytest.mark.parametrize("writer, reader", [("redis", "larder"), ("larder", "redis")])
def test_digests_agree_key_by_key_after_a_snapshot(servers, tmp_path, writer, reader):
    first = servers.start(kind=writer, enable_debug_command="yes")
    with first.connect() as source:
        values = fill(source, seed=writer)
        dump_of(first, tmp_path)
        second = loaded(servers.start(kind=reader, dir=tmp_path, enable_debug_command="yes"))
        with second.connect() as target:
            check(target, values, source)
            assert digests(target, values) == digests(source, values)


def test_expired_keys_are_not_loaded(servers, tmp_path):
    redis = servers.start(kind="redis")
    with redis.connect() as connection:
        connection.command("SET", "short", "v", "PX", "300")
        connection.command("SET", "long", "v", "PX", "100000")
        dump_of(redis, tmp_path)
    time.sleep(0.35)
    server = loaded(servers.start(dir=tmp_path))
    with server.connect() as larder:
        assert larder.command("KEYS", "*").items == (b"long",)
    assert server.info("persistence")["rdb_last_load_keys_expired"] == "1"


def test_files_of_larders_values_are_accepted_by_the_tools_of_redis(servers, tmp_path):
    """Larder's encoding of each value, as DUMP answers it, makes a file that redis-check-rdb accepts
    and redis-server loads."""
    server = servers.start()
    with server.connect() as connection:
        values = fill(connection, seed=3)
        content = b""
        for database, key in sorted(values):
            connection.command("SELECT", database)
            deadline = connection.command("PEXPIRETIME", key)
            content += b"\xfe" + bytes([database]) + entry(
                key, connection.command("DUMP", key), None if deadline < 0 else deadline)
        (tmp_path / "dump.rdb").write_bytes(snapshot(content))
        checked = subprocess.run(["redis-check-rdb", str(tmp_path / "dump.rdb")],
                                 stdout=subprocess.PIPE, text=True)
        assert checked.returncode == 0, checked.stdout
        redis = servers.start(kind="redis", dir=tmp_path)
        with redis.connect() as theirs:
            check(theirs, values, connection)
        ours = loaded(servers.start(dir=tmp_path))
        with ours.connect() as theirs:
            check(theirs, values, connection)


def test_types_that_larder_does_not_have_end_the_start_or_are_passed_over(servers, tmp_path):
    redis = servers.start(kind="redis")
    with redis.connect() as connection:
        for i in range(20):
            connection.command("SET", "string:%d" % i, "v")
            connection.command("RPUSH", "list:%d" % i, *range(i + 1))
            connection.command("SADD", "set:%d" % i, *("m%d" % j for j in range(i * 20 + 1)))
            connection.command("ZADD", "zset:%d" % i, *("1.5", "a", "2", "b"))
            connection.command("HSET", "hash:%d" % i, "f", "v" * i * 10)
            connection.command("XADD", "stream:%d" % i, "*", "f", "v")
        connection.command("XGROUP", "CREATE", "stream:1", "group", "0")
        connection.command("XREADGROUP", "GROUP", "group", "c", "STREAMS", "stream:1", ">")
        connection.command("FUNCTION", "LOAD",
                           "#!lua name=lib\nredis.register_function('f', function() end)")
        dump_of(redis, tmp_path)
    before = (tmp_path / "dump.rdb").read_bytes()
    ended = run_until_it_ends(tmp_path)
    assert ended.returncode == 1
    assert "a library of functions cannot be kept" in ended.stderr
    assert "load-unsupported skip" in ended.stderr
    assert (tmp_path / "dump.rdb").read_bytes() == before
    server = loaded(servers.start(dir=tmp_path, load_unsupported="skip"))
    with server.connect() as larder:
        assert larder.command("DBSIZE") == 20
        assert larder.command("GET", "string:7") == b"v"
    log = server.log.read_text()
    assert "101 could not be kept" in log
    assert "Passed over the " in log


def test_damage_ends_the_start_and_leaves_the_file_alone(servers, tmp_path):
    content = b"".join(entry(b"key:%d" % i, payload(b"\0\x05value")) for i in range(1000))
    whole = snapshot(content)
    wrong = bytearray(whole)
    wrong[whole.index(b"value", 5000)] ^= 0x20
    damages = {
        "cut": (whole[:7000], "at byte 6996: expected a key, which takes 7 bytes; there are 4 more"),
        "empty": (b"", "at byte 0: expected the header of a snapshot"),
        "something else": (b"#!/bin/sh\necho hello", "found '#!/bin/sh'"),
        "newer": (snapshot(content, version=99), "the format's version is 99"),
        "wrong byte": (bytes(wrong), "expected the checksum "),
    }
    for name, (data, message) in damages.items():
        (tmp_path / "dump.rdb").write_bytes(data)
        ended = run_until_it_ends(tmp_path)
        assert ended.returncode == 1, name
        assert message in ended.stderr, (name, ended.stderr)
        assert str(tmp_path / "dump.rdb") in ended.stderr
        assert message in ended.stdout  # the log
        assert (tmp_path / "dump.rdb").read_bytes() == data
        assert os.listdir(tmp_path) == ["dump.rdb"]


def test_what_is_readable_is_kept_if_the_user_wants_that(servers, tmp_path):
    content = b"".join(entry(b"key:%d" % i, payload(b"\0\x05value")) for i in range(1000))
    data = snapshot(content)[:7000]
    (tmp_path / "dump.rdb").write_bytes(data)
    server = loaded(servers.start(dir=tmp_path, load_damaged="keep-readable"))
    with server.connect() as larder:
        count = larder.command("DBSIZE")
        assert 400 < count < 600
        assert larder.command("GET", "key:%d" % (count - 1)) == b"value"
        assert larder.command("GET", "key:%d" % count) == Null("$-1")
    assert "is damaged at byte " in server.log.read_text()
    assert f"{count} keys loaded" in server.log.read_text()
    assert (tmp_path / "dump.rdb").read_bytes() == data


def test_more_databases_than_there_are_end_the_start(tmp_path):
    (tmp_path / "dump.rdb").write_bytes(snapshot(b"\xfe\x08" + entry(b"k", payload(b"\0\x01v"))))
    ended = run_until_it_ends(tmp_path, "--databases", "8")
    assert ended.returncode == 1
    assert "database 8 is not there: the setting databases is 8" in ended.stderr


@pytest.fixture(scope="module")
def large_dump(tmp_path_factory):
    """A file that takes a while to load."""
    directory = tmp_path_factory.mktemp("large")
    value = random.Random(1).randbytes(200)
    dumped = payload(b"\0\x40\xc8" + value)
    content = b"".join(entry(b"key:%d" % i, dumped) for i in range(1_000_000))
    data = bytearray(snapshot(b"")[:9])
    data += content + b"\xff" + bytes(8)  # no checksum
    (directory / "dump.rdb").write_bytes(data)
    return directory


def start_loading(servers, directory, **options):
    """Starts a server and returns it while it loads."""
    server = servers.start(dir=directory, threads=1, **options)
    assert server.info("persistence")["loading"] == "1", "it has loaded too fast for this test"
    return server


def test_commands_are_told_that_the_server_is_loading(servers, large_dump):
    server = start_loading(servers, large_dump)
    with server.connect() as larder:
        replies = larder.pipeline([("GET", "key:1"), ("PING",), ("SET", "a", "b")])
        info = server.info("persistence")
        assert all(reply == Error("LOADING Larder is loading the dataset in memory")
                   for reply in replies)
        assert info["loading"] == "1"
        assert int(info["loading_total_bytes"]) == (large_dump / "dump.rdb").stat().st_size
        assert 0 <= float(info["loading_loaded_perc"]) <= 100
        loaded(server)
        assert larder.command("DBSIZE") == 1_000_000
        assert "loading_total_bytes" not in server.info("persistence")


def test_clients_are_served_while_it_loads_and_their_writes_win(servers, large_dump):
    server = start_loading(servers, large_dump, serve_while_loading="yes")
    with server.connect() as larder:
        # From the end of the file, which is loaded last.
        assert larder.command("SET", "key:999999", "newer") == OK
        assert larder.command("DEL", "key:999998") == 0
        assert larder.command("SET", "own", "value") == OK
        assert larder.command("GET", "key:999997") == Null("$-1")
        assert server.info("persistence")["loading"] == "1"
        loaded(server)
        assert larder.command("GET", "key:999999") == b"newer"
        assert larder.command("EXISTS", "key:999998") == 0
        assert larder.command("EXISTS", "key:999997") == 1
        assert larder.command("DBSIZE") == 1_000_000


def test_a_server_that_loads_ends_at_once_when_it_is_told_to(servers, large_dump):
    server = start_loading(servers, large_dump)
    server.stop()  # within a second, with status 0


def test_maxmemory_holds_while_loading(servers, large_dump):
    server = loaded(servers.start(dir=large_dump, threads=1, maxmemory="50mb"))
    info = server.info()
    assert int(info["used_memory"]) <= 50 * 2**20
    assert int(info["evicted_keys"]) > 500_000
    ended = run_until_it_ends(large_dump, "--maxmemory", "50mb", "--maxmemory-policy", "noeviction")
    assert ended.returncode == 1
    assert "maxmemory is reached, and the policy allows nothing to be evicted" in ended.stderr
