"""larder-server as a process: its options and its configuration file, how it starts and ends, and
who may connect."""

import os
import re
import resource
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

from resp import OK, Aggregate, Closed, Connection, Error, Simple, encode
from server_process import LARDER, PATIENCE, Server, free_port, poll

pytestmark = pytest.mark.usefixtures("larder_only")


def run(*arguments, stdin=""):
    """Runs larder-server until it ends by itself, which it must do soon."""
    return subprocess.run([LARDER, *map(str, arguments)], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=5 * PATIENCE)


def start(servers, tmp_path, lines, **options):
    """Starts a server from a configuration file with these lines; returns it and the file."""
    file = tmp_path / "larder.conf"
    file.write_text("\n".join(lines) + "\n")
    return servers.start(config_file=file, **options), file


def config(connection, *patterns):
    reply = connection.command("CONFIG", "GET", *patterns)
    return {name.decode(): value.decode() for name, value in reply.pairs().items()}


def ended(process):
    """The exit status of a server that was told to end, which it must have done within a second."""
    return process.wait(timeout=1 * PATIENCE)


# --- options


WRONG_OPTIONS = {
    "a number that is too large": (["--port", "70000"], "port", "70000", "65535"),
    "a number that is too small": (["--databases", "0"], "databases", "'0'", "from 1"),
    "no number": (["--threads", "many"], "threads", "many", "integer"),
    "a number with letters behind it": (["--port", "63x"], "port", "63x", "integer"),
    "neither yes nor no": (["--protected-mode", "maybe"], "protected-mode", "maybe", "yes or no"),
    "not one of the words": (["--loglevel", "chatty"], "loglevel", "chatty", "notice"),
    "not an octal number": (["--unixsocketperm", "999"], "unixsocketperm", "999", "octal"),
    "not a size": (["--proto-max-bulk-len", "5tb"], "proto-max-bulk-len", "5tb", "mb"),
    "a size that is too small": (["--proto-max-bulk-len", "5"], "proto-max-bulk-len", "'5'",
                                 "1048576"),
    "not an address": (["--bind", "nowhere"], "bind", "nowhere", "address"),
    "half a limit": (["--client-output-buffer-limit", "normal 1 2"], "client-output-buffer-limit",
                     "normal 1 2", "soft seconds"),
    "not a power of two": (["--shards", "3"], "shards", "3", "power of two"),
    "no value": (["--port"], "port", "", "integer"),
    "no such option": (["--nope", "1"], "--nope", "", "--help"),
    "no such file": (["/nonexistent/larder.conf"], "/nonexistent/larder.conf", "", ""),
    "no such directory": (["--dir", "/nonexistent"], "dir", "/nonexistent", "exists"),
}


@pytest.mark.parametrize("case", WRONG_OPTIONS.values(), ids=WRONG_OPTIONS.keys())
def test_a_wrong_option_is_one_line_and_status_1(case):
    arguments, setting, value, allowed = case
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.endswith("\n"), done.stderr
    for part in (setting, value, allowed):
        assert part in done.stderr


WRONG_LINES = {
    "a wrong value": ("port 70000", ["port", "70000", "65535"]),
    "an unknown setting": ("nope 1", ["nope"]),
    "an open quote": ('requirepass "abc', ["requirepass"]),
    "no value": ("maxclients", ["maxclients", "integer"]),
    "too many values": ("port 1 2", ["port"]),
}


@pytest.mark.parametrize("case", WRONG_LINES.values(), ids=WRONG_LINES.keys())
def test_a_wrong_line_is_named_with_its_file_and_number(tmp_path, case):
    line, parts = case
    file = tmp_path / "larder.conf"
    file.write_text(f"# comment\n\nloglevel notice\n{line}\ntimeout 3\n")
    done = run(file, "--port", free_port())
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    for part in [str(file), "4", *parts]:
        assert part in done.stderr


def test_a_wrong_file_starts_nothing(tmp_path):
    done = run("-", "--pidfile", tmp_path / "pid", stdin="port abc\n")
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_version():
    done = run("--version")
    assert done.returncode == 0 and done.stderr == ""
    assert re.fullmatch(r"Larder.*\d+\.\d+\.\d+.*\n", done.stdout)
    assert run("-v").stdout == done.stdout


def test_help_names_every_setting(server):
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    with server.connect() as connection:
        for name in config(connection, "*"):
            assert f"--{name}" in done.stdout
    assert run("-h").stdout == done.stdout


# --- the configuration file


def test_a_file_in_the_syntax_of_redis_and_flags_over_it(servers, tmp_path):
    server, _ = start(servers, tmp_path, [
        "# A comment",
        "",
        "   MAXCLIENTS 500   ",
        "timeout 77",
        "requirepass \"with space \\x41 and \\\"quotes\\\"\"",
        "client-output-buffer-limit normal 10mb 5mb 30",
        "client-output-buffer-limit pubsub 1k 1kb 1",
        "proto-max-bulk-len 64mb",
        "loglevel verbose",
        "port 1",
    ], requirepass='with space A and "quotes"', timeout=78)
    with server.connect() as connection:
        settings = config(connection, "*")
    assert settings["maxclients"] == "500"
    assert settings["timeout"] == "78"
    assert settings["port"] == str(server.port)
    assert settings["loglevel"] == "verbose"
    assert settings["proto-max-bulk-len"] == str(64 << 20)
    assert "normal 10485760 5242880 30" in settings["client-output-buffer-limit"]
    assert "pubsub 1000 1024 1" in settings["client-output-buffer-limit"]


def test_a_file_from_standard_input(tmp_path):
    port = free_port()
    process = subprocess.Popen([LARDER, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               cwd=tmp_path)
    try:
        process.stdin.write(f"port {port}\nbind 127.0.0.1\ndatabases 3\n".encode())
        process.stdin.close()

        def connect():
            try:
                return Connection(("127.0.0.1", port))
            except ConnectionRefusedError:
                return None

        with poll(connect, "the server to listen") as connection:
            assert config(connection, "databases") == {"databases": "3"}
        process.send_signal(signal.SIGTERM)
        assert ended(process) == 0
    finally:
        process.kill()
        process.wait()


def test_config_get_takes_patterns(server):
    with server.connect() as connection:
        reply = connection.command("CONFIG", "GET", "databases")
        assert reply == Aggregate("*", (b"databases", b"16"))
        assert set(config(connection, "TCP-*")) == {"tcp-backlog", "tcp-keepalive"}
        assert set(config(connection, "max*", "maxclients", "port")) >= {"maxclients", "port"}
        assert config(connection, "nothing*") == {}
    with server.connect(protocol=3) as connection:
        assert connection.command("CONFIG", "GET", "port").kind == "%"


def test_config_set_changes_all_or_none(servers):
    server = servers.start()
    with server.connect() as connection:
        assert connection.command("CONFIG", "SET", "timeout", "100", "maxclients", "50") == OK
        assert config(connection, "timeout", "maxclients") == {
            "timeout": "100", "maxclients": "50"}
        reply = connection.command("CONFIG", "SET", "timeout", "200", "maxclients", "abc")
        assert reply == Error("ERR CONFIG SET failed (possibly related to argument 'maxclients') - "
                              "argument couldn't be parsed into an integer")
        reply = connection.command("CONFIG", "SET", "databases", "1")
        assert reply.message.startswith(
            "ERR CONFIG SET failed (possibly related to argument 'databases') - can't set "
            "immutable")
        assert config(connection, "timeout") == {"timeout": "100"}


def test_config_set_requirepass_takes_effect(servers):
    server = servers.start()
    with server.connect() as connection:
        assert connection.command("CONFIG", "SET", "requirepass", "x") == OK
        with server.connect(authenticate=False) as other:
            assert other.command("GET", "k") == Error("NOAUTH Authentication required.")
            assert other.command("AUTH", "x") == OK
        assert connection.command("CONFIG", "SET", "requirepass", "") == OK
    with server.connect() as connection:
        assert connection.command("PING") == Simple("PONG")


def test_config_rewrite_keeps_the_file_and_survives_a_restart(servers, tmp_path):
    server, file = start(servers, tmp_path, [
        "# My server", "timeout 10", "maxclients 500 ", "# the end"])
    with server.connect() as connection:
        for setting, value in [("timeout", "20"), ("requirepass", 'pass "word" '),
                               ("loglevel", "warning"),
                               ("client-output-buffer-limit", "normal 1000000 500000 10")]:
            assert connection.command("CONFIG", "SET", setting, value) == OK
        assert connection.command("CONFIG", "REWRITE") == OK
        before = config(connection, "*")
    text = file.read_text()
    assert text.startswith("# My server\ntimeout 20\n") and "# the end\n" in text
    server.stop()

    server.options["requirepass"] = 'pass "word" '
    server.start()
    with server.connect() as connection:
        after = config(connection, "*")
        assert connection.command("CONFIG", "REWRITE") == OK
    del before["port"], after["port"]
    assert after == before


def test_config_rewrite_without_a_file(server):
    with server.connect() as connection:
        assert connection.command("CONFIG", "REWRITE") == Error(
            "ERR The server is running without a config file")


def test_config_resetstat(servers):
    server = servers.start()
    with server.connect() as connection:
        connection.pipeline([("PING",)] * 100)
        assert connection.command("CONFIG", "RESETSTAT") == OK
    assert int(server.info("stats")["total_commands_processed"]) < 10


# --- the end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it(servers, number):
    server = servers.start(threads=2)
    with server.connect() as idle:
        server.process.send_signal(number)
        assert ended(server.process) == 0
        with pytest.raises((Closed, ConnectionError)):
            idle.command("PING")
    server.process = None


@pytest.mark.parametrize("words", [["SHUTDOWN"], ["SHUTDOWN", "NOSAVE"], ["shutdown", "now"]])
def test_shutdown_ends_it(servers, words):
    server = servers.start()
    with server.connect() as connection:
        connection.send(encode(*words))
        assert connection.read_until_closed() == b""
    assert ended(server.process) == 0
    server.process = None


def test_a_wrong_shutdown_does_not(servers):
    server = servers.start()
    with server.connect() as connection:
        assert connection.command("SHUTDOWN", "NOPE") == Error("ERR syntax error")
        assert connection.command("PING") == Simple("PONG")


@pytest.mark.parametrize("how", ["SIGTERM", "SHUTDOWN"])
def test_replies_in_flight_are_finished(servers, how):
    server = servers.start(threads=2)
    value = bytes(range(256)) * 4096
    with server.connect() as connection, server.connect() as other:
        connection.command("SET", "k", value)
        connection.send(encode("GET", "k") * 30)
        connection.receive()  # the commands have arrived and are being answered
        if how == "SIGTERM":
            server.process.send_signal(signal.SIGTERM)
        else:
            other.send(encode("SHUTDOWN"))
        assert [connection.read() for _ in range(30)] == [value] * 30
        assert connection.read_until_closed() == b""
        assert ended(server.process) == 0
    server.process = None


def test_a_client_that_does_not_read_does_not_hold_it_up(servers):
    server = servers.start()
    with server.connect() as connection:
        connection.command("SET", "k", b"x" * 1_000_000)
        connection.send(encode("GET", "k") * 50)
        connection.receive()
        server.process.send_signal(signal.SIGTERM)
        assert ended(server.process) == 0
    server.process = None


def test_it_listens_no_more_once_it_ends(servers):
    server = servers.start()
    server.process.send_signal(signal.SIGTERM)
    assert ended(server.process) == 0
    server.process = None
    with pytest.raises(ConnectionRefusedError):
        Connection(server.address)


# --- listening


def test_a_taken_port_is_named(server, tmp_path):
    done = run("--port", server.port, "--bind", "127.0.0.1", "--pidfile", tmp_path / "pid")
    assert done.returncode == 1
    assert str(server.port) in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "pid").exists()
    assert server.alive()


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            return True
    except OSError:
        return False


def test_several_addresses(servers):
    if not has_ipv6():
        pytest.skip("this machine has no ::1")
    server = servers.start(bind="127.0.0.1 ::1 -192.0.2.1")
    for host in ("127.0.0.1", "::1"):
        with Connection((host, server.port)) as connection:
            assert connection.command("PING") == Simple("PONG")


def test_an_address_that_does_not_exist_is_named():
    done = run("--port", free_port(), "--bind", "192.0.2.1")
    assert done.returncode == 1
    assert "192.0.2.1" in done.stderr and done.stderr.count("\n") == 1


def test_unix_socket_with_permissions(servers, tmp_path):
    path = tmp_path / "socket"
    server = servers.start(unixsocket=path, unixsocketperm=770)
    assert stat.S_IMODE(path.stat().st_mode) == 0o770
    with Connection(str(path)) as connection:
        assert connection.command("PING") == Simple("PONG")
    server.stop()
    assert not path.exists()


def test_a_unix_socket_left_behind_is_replaced(servers, tmp_path):
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    servers.start(unixsocket=path)
    with Connection(str(path)) as connection:
        assert connection.command("PING") == Simple("PONG")


def test_pidfile_and_logfile(servers, tmp_path):
    server = servers.start(pidfile=tmp_path / "pid", logfile=tmp_path / "log")
    assert (tmp_path / "pid").read_text() == f"{server.pid}\n"
    assert str(server.port) in (tmp_path / "log").read_text()
    assert server.log.read_text() == ""
    server.stop()
    assert not (tmp_path / "pid").exists()


def test_files_are_relative_to_dir(servers, tmp_path):
    server = servers.start(dir=tmp_path, pidfile="the.pid", logfile="the.log",
                           unixsocket="the.sock")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["the.log", "the.pid", "the.sock"]
    server.stop()


def test_a_log_file_that_cannot_be_written_is_named(tmp_path):
    done = run("--port", free_port(), "--logfile", tmp_path)
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr and done.stderr.count("\n") == 1


# --- who may connect


def own_address():
    """An address of this machine that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
            address = probe.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


def test_protected_mode_refuses_other_machines(servers):
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    server = servers.start(bind=f"127.0.0.1 {address}")
    with Connection((address, server.port)) as stranger:
        reply = stranger.read_until_closed()
        assert reply.startswith(b"-DENIED ") and reply.count(b"\n") == 1
    with server.connect() as local:
        assert local.command("CONFIG", "SET", "protected-mode", "no") == OK
        with Connection((address, server.port)) as stranger:
            assert stranger.command("PING") == Simple("PONG")
        local.command("CONFIG", "SET", "protected-mode", "yes", "requirepass", "x")
        with Connection((address, server.port)) as stranger:
            assert stranger.command("AUTH", "x") == OK


def test_maxclients(servers):
    server = servers.start(maxclients=10, threads=2)

    def all_gone():
        return server.info("clients")["connected_clients"] == "1"

    poll(all_gone, "earlier connections to be forgotten")
    connections = []
    try:
        def refused():
            connections.append(Connection(server.address))
            connections[-1].send(b"PING\r\n")
            return isinstance(connections[-1].read(), Error)

        poll(refused, "a client too many")
        assert len(connections) in (10, 11)  # the last INFO may not have been forgotten yet
        with Connection(server.address) as refused_client:
            assert refused_client.read_until_closed() == (
                b"-ERR max number of clients reached\r\n")
        assert connections[0].command("PING") == Simple("PONG")
        assert int(connections[0].command("INFO", "stats").decode().split(
            "rejected_connections:")[1].split()[0]) == 2
        connections.pop(1).close()

        def accepted():
            with Connection(server.address) as connection:
                try:
                    return connection.command("PING") == Simple("PONG")
                except (Closed, ConnectionError):
                    return False

        poll(accepted, "a place for another client")
    finally:
        for connection in connections:
            connection.close()


def test_idle_clients_are_disconnected_after_the_timeout(servers):
    server = servers.start(timeout=1)
    with server.connect() as idle, server.connect() as busy:
        started = time.monotonic()
        idle.socket.setblocking(False)

        def dropped():
            assert busy.command("PING") == Simple("PONG")
            try:
                return idle.socket.recv(1) == b""
            except BlockingIOError:
                return False

        poll(dropped, "the idle client to be disconnected", timeout=5)
        assert 0.9 <= time.monotonic() - started


def test_the_limit_of_files_bounds_maxclients(tmp_path):
    """Either the limit is raised to what maxclients needs, or maxclients is lowered aloud."""
    server = Server(tmp_path, maxclients=5_000)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, limits[1]))
    try:
        server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    try:
        with server.connect() as connection:
            clients = int(config(connection, "maxclients")["maxclients"])
        line = next(line for line in Path(f"/proc/{server.pid}/limits").read_text().splitlines()
                    if line.startswith("Max open files"))
        files = int(line.split()[3])
        assert files >= clients
        assert clients == 5_000 or "maxclients" in server.log.read_text()
    finally:
        server.stop()


# --- at rest


def test_an_idle_server_sleeps(servers):
    server = servers.start()
    with server.connect() as connection:
        connection.pipeline([("SET", f"k{i}", "v", "EX", 3600) for i in range(50_000)])

    def cpu_ticks():
        fields = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    seconds = 2
    before, started = cpu_ticks(), time.monotonic()
    poll(lambda: time.monotonic() - started >= seconds, "time to pass", interval=0.1)
    # Half a per cent, and one tick since ticks are coarse.
    assert cpu_ticks() - before <= 1 + 0.005 * seconds * os.sysconf("SC_CLK_TCK")
