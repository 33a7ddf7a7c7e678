"""Saving to a file: with the real clients and tools, and with what can go wrong."""

import os
import re
import shutil
import signal
import subprocess
import time

import pytest

from resp import OK, Error, Simple, encode
from server_process import PATIENCE, Server, poll

pytestmark = pytest.mark.usefixtures("larder_only")

CHECK = "redis-check-rdb"


def file_of(server):
    return server.directory / "dump.rdb"


def leftovers(server):
    """What a save leaves behind in the directory beside the file."""
    return [path.name for path in server.directory.iterdir() if path.name.startswith("temp-")]


def cli(server, *arguments):
    """What redis-cli prints."""
    result = subprocess.run(["redis-cli", "-p", str(server.port), *map(str, arguments)],
                            capture_output=True, text=True, timeout=20 * PATIENCE, check=True)
    return result.stdout.strip()


def await_save(server):
    poll(lambda: server.info("persistence")["rdb_bgsave_in_progress"] == "0", "the end of the save",
         timeout=30)


def fill(connection, keys, size=100):
    for begin in range(0, keys, 1000):
        names = range(begin, min(begin + 1000, keys))
        connection.send(b"".join(encode("SET", f"key:{i}", f"{i:0{size}}") for i in names))
        assert all(connection.read() == OK for _ in names)


def checked(server):
    """The number of keys in the file, according to Redis's own tool."""
    result = subprocess.run([CHECK, file_of(server)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return int(re.search(r"(\d+) keys read", result.stdout).group(1))


def in_redis(server, tmp_path, read):
    """What `read` finds with a connection to redis-server, which has loaded the file."""
    shutil.copy(file_of(server), tmp_path / "dump.rdb")
    redis = Server(tmp_path, kind="redis").start()
    try:
        with redis.connect() as connection:
            poll(lambda: not isinstance(connection.command("DBSIZE"), Error), "the end of loading")
            return read(connection)
    finally:
        redis.abandon()


def test_bgsave_through_redis_cli(servers, tmp_path):
    server = servers.start(threads=2)
    with server.connect() as connection:
        fill(connection, 5000)
        connection.command("SET", "number", "-17")
        connection.command("SET", "large", b"l" * 200_000)
        connection.command("SET", "timed", "t", "PX", 10_000_000)
        connection.command("SELECT", 9)
        connection.command("SET", "elsewhere", "e")
    assert cli(server, "BGSAVE") == "Background saving started"
    await_save(server)
    info = server.info("persistence")
    assert info["rdb_last_bgsave_status"] == "ok" and info["rdb_saves"] == "1"
    assert int(cli(server, "LASTSAVE")) >= time.time() - 60
    assert leftovers(server) == []
    assert checked(server) == 5004

    def read(redis):
        names = [f"key:{i}" for i in range(5000)]
        assert redis.command("DBSIZE") == 5003
        assert redis.command("MGET", *names).items == tuple(b"%0100d" % i for i in range(5000))
        assert redis.command("GET", "number") == b"-17"
        assert redis.command("GET", "large") == b"l" * 200_000
        assert 9_000_000 < redis.command("PTTL", "timed") <= 10_000_000
        redis.command("SELECT", 9)
        assert redis.command("GET", "elsewhere") == b"e"
    in_redis(server, tmp_path, read)


def test_what_is_written_during_a_save_is_not_in_the_file(servers, tmp_path):
    server = servers.start(threads=2)
    with server.connect() as connection:
        fill(connection, 100_000)
        connection.send(encode("BGSAVE") + encode("FLUSHALL") + encode("SET", "late", "l"))
        assert connection.read() == Simple("Background saving started")
        assert connection.read() == OK and connection.read() == OK
        for i in range(2000):
            connection.command("SET", f"key:{i}", "changed")
    await_save(server)

    def read(redis):
        assert redis.command("DBSIZE") == 100_000
        assert redis.command("EXISTS", "late") == 0
        assert redis.command("GET", "key:7") == b"%0100d" % 7
    in_redis(server, tmp_path, read)


def test_save_answers_when_it_is_done_and_others_are_served_meanwhile(servers):
    server = servers.start(threads=1)
    with server.connect() as connection, server.connect() as other:
        fill(connection, 200_000)
        connection.send(encode("SAVE"))
        served = 0
        while not file_of(server).exists():
            assert other.command("PING") == Simple("PONG")
            served += 1
        assert connection.read() == OK
        assert served > 10
    assert checked(server) == 200_000


def test_a_kill_during_a_save_leaves_the_old_file_whole(servers):
    server = servers.start(threads=1)
    with server.connect() as connection:
        fill(connection, 1000)
        assert connection.command("SAVE") == OK
        before = file_of(server).read_bytes()
        fill(connection, 200_000)
        connection.send(encode("BGSAVE"))
        assert connection.read() == Simple("Background saving started")
        poll(lambda: leftovers(server), "the save to begin", interval=0)
        os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    server.process = None
    assert file_of(server).read_bytes() == before
    assert checked(server) == 1000


def test_a_directory_that_is_gone_is_a_clear_error(servers, tmp_path):
    directory = tmp_path / "data"
    directory.mkdir()
    server = servers.start(dir=directory)
    with server.connect() as connection:
        connection.command("SET", "k", "v")
        directory.rmdir()
        reply = connection.command("SAVE")
        assert isinstance(reply, Error)
        assert "No such file or directory" in reply.message and str(directory) in reply.message
        info = server.info("persistence")
        assert info["rdb_last_bgsave_status"] == "err"
        assert info["rdb_last_bgsave_error"] in reply.message
        assert reply.message.removeprefix("ERR ") in server.log.read_text()
        assert connection.command("SET", "k", "w") == OK
        assert connection.command("SHUTDOWN", "SAVE") == Error(
            "ERR Errors trying to SHUTDOWN. Check logs.")
        assert connection.command("GET", "k") == b"w"


@pytest.mark.parametrize("how", [["SHUTDOWN", "SAVE"], ["SHUTDOWN"], "SIGTERM"])
def test_a_shutdown_saves_what_was_written_last(servers, how):
    options = {} if how == ["SHUTDOWN", "SAVE"] else {"save": "3600 1000000"}
    server = servers.start(threads=2, **options)
    with server.connect() as connection:
        fill(connection, 1000)
        if how == "SIGTERM":
            server.process.send_signal(signal.SIGTERM)
        else:
            connection.send(encode(*how))
        assert connection.read_until_closed() == b""
    assert server.process.wait(timeout=5 * PATIENCE) == 0
    server.process = None
    assert checked(server) == 1000


def test_shutdown_nosave_leaves_no_file(servers):
    server = servers.start(save="3600 1000000")
    with server.connect() as connection:
        fill(connection, 10)
        connection.send(encode("SHUTDOWN", "NOSAVE"))
        assert connection.read_until_closed() == b""
    assert server.process.wait(timeout=5 * PATIENCE) == 0
    server.process = None
    assert not file_of(server).exists()


def test_shutdown_force_ends_it_even_without_a_file(servers, tmp_path):
    directory = tmp_path / "data"
    directory.mkdir()
    server = servers.start(dir=directory)
    directory.rmdir()
    with server.connect() as connection:
        connection.send(encode("SHUTDOWN", "SAVE", "FORCE"))
        assert connection.read_until_closed() == b""
    assert server.process.wait(timeout=5 * PATIENCE) == 0
    server.process = None


def test_a_save_point_saves_by_itself(servers):
    server = servers.start(save="1 10")
    with server.connect() as connection:
        fill(connection, 10)
        poll(file_of(server).exists, "the file", timeout=5)
    assert checked(server) == 10


def test_save_points_in_a_file_add_up(servers, tmp_path):
    config = tmp_path / "larder.conf"
    config.write_text("save 3600 1\nsave 300 100 60 10000\n")
    server = servers.start(config_file=config)
    with server.connect() as connection:
        def points():
            return connection.command("CONFIG", "GET", "save").items[1]
        assert points() == b"3600 1 300 100 60 10000"
        assert connection.command("CONFIG", "SET", "save", "900 1") == OK
        assert connection.command("CONFIG", "REWRITE") == OK
        assert config.read_text().startswith("save 900 1\n# Written")
        assert connection.command("CONFIG", "SET", "save", "") == OK
        assert connection.command("CONFIG", "REWRITE") == OK
        assert config.read_text().startswith('save ""\n# Written')
