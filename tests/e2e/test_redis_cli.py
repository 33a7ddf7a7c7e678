"""redis-cli and redis-benchmark as people use them, on a terminal and in pipes."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from resp import encode
from server_process import PATIENCE, poll

CLI = "redis-cli"
BENCHMARK = "redis-benchmark"


def cli(server, *arguments, stdin=b"", status=0, environment=None):
    """Runs redis-cli to its end and returns what it printed, without the last line end."""
    done = subprocess.run(
        [CLI, "-p", str(server.port), *arguments], input=stdin, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60 * PATIENCE, env=dict(os.environ, **(environment or {})))
    assert done.returncode == status, done
    return (done.stdout + done.stderr).decode().rstrip("\n")


class Terminal:
    """Owns a redis-cli on a pseudo terminal, as somebody at a keyboard has it."""

    def __init__(self, server, *arguments, home):
        pid, self.descriptor = pty.fork()
        if pid == 0:
            # Of a terminal without a size redis-cli would ask for the cursor's place.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
            os.environ.update(TERM="xterm", HOME=str(home))
            os.execlp(CLI, CLI, "-p", str(server.port), *arguments)
        self.pid = pid
        self.screen = ""

    def type(self, keys):
        os.write(self.descriptor, keys.encode())

    def _wait(self, condition, what, timeout=10):
        deadline = time.monotonic() + timeout * PATIENCE
        while not condition():
            ready, _, _ = select.select([self.descriptor], [], [], 0.1)
            if ready:
                try:
                    data = os.read(self.descriptor, 65536).decode("utf-8", "replace")
                except OSError:  # how Linux says that the other side has ended
                    data = ""
                self.screen += re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", data)
                assert data or condition(), f"redis-cli ended: {self.screen!r}"
            assert time.monotonic() < deadline, f"no {what!r} in {self.screen!r}"

    def wait_for(self, text):
        """Reads what appears until `text` has; returns everything up to there, without colours and
        the like."""
        self._wait(lambda: text in self.screen, text)
        seen, self.screen = self.screen.split(text, 1)
        return seen + text

    def wait_for_prompt(self, prompt="> "):
        """Waits until redis-cli reads the keyboard: what is typed before may get lost."""
        self._wait(lambda: self.screen.endswith(prompt), prompt)
        self.screen = ""

    def ask(self, line, answer):
        self.wait_for_prompt()
        self.type(line + "\r")
        return self.wait_for(answer)

    def end(self):
        """Waits until redis-cli has ended by itself; returns its exit status."""
        def ended():
            # A terminal that nobody reads would hold it up.
            if select.select([self.descriptor], [], [], 0)[0]:
                try:
                    os.read(self.descriptor, 65536)
                except OSError:
                    pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            return (status,) if pid else None

        status, = poll(ended, "redis-cli to end")
        self.pid = None
        return os.waitstatus_to_exitcode(status)

    def close(self):
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.descriptor)


@pytest.fixture
def terminal(server, tmp_path):
    opened = Terminal(server, home=tmp_path)
    yield opened
    opened.close()


# --- on a terminal


def test_commands_and_replies(terminal, server):
    terminal.ask("set k 'a value'", "OK\r\n")
    terminal.ask("get k", '"a value"\r\n')
    terminal.ask("get missing", "(nil)\r\n")
    terminal.ask("incr n", "(integer) 1\r\n")
    terminal.ask("mget k missing", '1) "a value"\r\n2) (nil)\r\n')
    terminal.ask("incr k", "(error) ERR value is not an integer or out of range\r\n")
    terminal.ask("nope", "(error) ERR unknown command 'nope', with args beginning with: \r\n")
    terminal.ask("select 3", "OK\r\n")
    terminal.wait_for_prompt(f"127.0.0.1:{server.port}[3]> ")
    terminal.type("dbsize\r")
    terminal.wait_for("(integer) 0\r\n")


def test_transactions_show_in_the_prompt(terminal, server):
    terminal.ask("multi", "OK\r\n")
    terminal.wait_for_prompt(f"127.0.0.1:{server.port}(TX)> ")
    terminal.type("set k v\r")
    terminal.wait_for("QUEUED\r\n")
    terminal.ask("exec", "1) OK\r\n")
    terminal.wait_for_prompt(f"127.0.0.1:{server.port}> ")


def test_monitor_on_a_terminal(terminal, server):
    terminal.ask("monitor", "OK\r\n")
    with server.connect() as connection:
        connection.command("SET", "k", "a\nb")
        connection.command("AUTH", "secret")
    seen = terminal.wait_for('"AUTH" "(redacted)"\r\n')
    assert re.search(r'^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "k" "a\\nb"\r$', seen, re.M), seen
    assert "secret" not in seen


def test_a_transaction_that_a_watched_key_has_failed(terminal, server):
    terminal.ask("watch k", "OK\r\n")
    with server.connect() as connection:
        connection.command("SET", "k", "v")
    terminal.ask("multi", "OK\r\n")
    terminal.ask("ping", "QUEUED\r\n")
    terminal.ask("exec", "(nil)\r\n")


def test_completion_and_hints(terminal):
    terminal.wait_for_prompt()
    terminal.type("getra\t")
    terminal.wait_for("GETRANGE")
    terminal.type(" k 0 -1\r")
    terminal.wait_for('""\r\n')
    terminal.wait_for_prompt()
    # Hints come from COMMAND DOCS or COMMAND; each key redraws the line with them.
    terminal.type("set k ")
    terminal.wait_for("value")
    terminal.type("v ex 100\r")
    terminal.wait_for("OK\r\n")
    terminal.ask("ttl k", "(integer) 100\r\n")


def test_resp3_on_a_terminal(terminal):
    # Each field of the map stands on a line of its own, marked by its number and #.
    shown = terminal.ask("hello 3", "modules")
    assert '1# "server" => "redis"' in shown
    terminal.ask("get missing", "(nil)\r\n")


def test_help_and_quit(terminal):
    terminal.ask("help get", "summary: ")
    terminal.wait_for_prompt()
    terminal.type("quit\r")
    assert terminal.end() == 0


def test_a_repeated_command(terminal):
    terminal.ask("3 incr n", "(integer) 3\r\n")


def test_it_reconnects_after_a_restart(servers, tmp_path):
    server = servers.start()
    server.fixed_port = server.port
    terminal = Terminal(server, home=tmp_path)
    try:
        terminal.ask("ping", "PONG\r\n")
        server.stop()
        terminal.ask("ping", "Error: Server closed the connection\r\n")
        terminal.wait_for_prompt("not connected> ")
        terminal.type("ping\r")
        terminal.wait_for("Could not connect")
        server.start()
        terminal.ask("ping", "PONG\r\n")
    finally:
        terminal.close()


# --- single commands and pipes


def test_one_command(server):
    assert cli(server, "set", "k", "v") == "OK"
    assert cli(server, "get", "k") == "v"
    assert cli(server, "--no-raw", "get", "k") == '"v"'
    assert cli(server, "-e", "incr", "k", status=1) == (
        "ERR value is not an integer or out of range")


def test_resp3(server):
    cli(server, "set", "k", "v")
    assert cli(server, "-3", "--no-raw", "mget", "k", "missing") == '1) "v"\n2) (nil)'
    assert "proto" in cli(server, "-3", "hello")


def test_the_last_argument_from_stdin(server):
    value = os.urandom(100_000)
    assert cli(server, "-x", "set", "k", stdin=value) == "OK"
    assert cli(server, "strlen", "k") == "100000"
    with server.connect() as connection:
        assert connection.command("GET", "k") == value


def test_repeating(server):
    assert cli(server, "-r", "5", "incr", "n").split() == ["1", "2", "3", "4", "5"]
    assert cli(server, "-r", "3", "-i", "0.01", "incr", "n").split() == ["6", "7", "8"]


def test_commands_from_a_pipe(server):
    assert cli(server, stdin=b"set k v\nget k\nselect 2\nincr n\n").split("\n") == [
        "OK", "v", "OK", "1"]


def test_a_database(server):
    assert cli(server, "-n", "5", "set", "k", "five") == "OK"
    assert cli(server, "get", "k") == ""
    assert cli(server, "-n", "5", "get", "k") == "five"


def test_csv_and_json(server):
    cli(server, "mset", "a", 'say "hi"', "b", "2")
    assert cli(server, "--csv", "mget", "a", "b", "c") == '"say \\"hi\\"","2",NULL'
    assert json.loads(cli(server, "--json", "mget", "a", "b", "c")) == ['say "hi"', "2", None]
    assert json.loads(cli(server, "--json", "hello"))["server"] == "redis"
    assert json.loads(cli(server, "-2", "--json", "incr", "b")) == 3


def test_a_password(servers):
    server = servers.start(requirepass="geheim")
    warning = "Warning: Using a password with '-a' or '-u' option on the command line interface"
    assert cli(server, "ping") == "NOAUTH Authentication required."
    assert warning in cli(server, "-a", "geheim", "ping")
    assert cli(server, "-a", "geheim", "--no-auth-warning", "ping") == "PONG"
    assert cli(server, "ping", environment={"REDISCLI_AUTH": "geheim"}) == "PONG"
    assert cli(server, "--user", "default", "--pass", "geheim", "--no-auth-warning", "-3",
               "ping") == "PONG"
    assert "WRONGPASS" in cli(server, "-a", "wrong", "--no-auth-warning", "ping")
    url = f"redis://default:geheim@127.0.0.1:{server.port}/4"
    assert cli(server, "--no-auth-warning", "-u", url, "set", "k", "v") == "OK"
    assert cli(server, "-a", "geheim", "--no-auth-warning", "-n", "4", "get", "k") == "v"


def test_a_stranger_gets_nothing(servers):
    server = servers.start(requirepass="secret")
    with server.connect() as client:
        commands = [(row.items[0], row.items[1]) for row in client.command("COMMAND").items]
    # Those that a stranger may call, and those that redis-cli takes for its own.
    apart = {b"auth", b"hello", b"quit", b"reset", b"monitor", b"subscribe", b"psubscribe",
             b"ssubscribe", b"shutdown"}
    lines = [name + b" x" * (abs(arity) - 1) for name, arity in commands if name not in apart]
    assert len(lines) > 60
    answers = cli(server, stdin=b"\n".join(lines) + b"\n").split("\n")
    told = [answer for answer in answers if answer]
    assert len(told) == len(lines)
    for line, answer in zip(lines, told):
        # A container says first that its subcommand is unknown, and EXEC what became of it.
        assert (answer.endswith("NOAUTH Authentication required.")
                or answer.startswith("ERR unknown subcommand")), (line, answer)
    assert cli(server, "shutdown", "nosave") == "NOAUTH Authentication required."
    assert cli(server, "hello", "3").startswith("NOAUTH HELLO must be called")
    assert cli(server, "reset") == "RESET"
    assert cli(server, "quit") == "OK"


def test_a_unix_socket(servers, tmp_path):
    server = servers.start(unixsocket=tmp_path / "s")
    assert cli(server, "-s", str(tmp_path / "s"), "ping") == "PONG"


def test_scanning_with_a_pattern(server):
    with server.connect() as connection:
        connection.pipeline([("SET", f"user:{i}", "v") for i in range(3_000)])
        connection.pipeline([("SET", f"page:{i}", "v") for i in range(3_000)])
    found = cli(server, "--scan", "--pattern", "user:*").split("\n")
    assert len(found) >= 3_000
    assert set(found) == {f"user:{i}" for i in range(3_000)}
    assert cli(server, "--scan", "--pattern", "nothing*") == ""
    assert len(set(cli(server, "--scan").split("\n"))) == 6_000


def test_a_hundred_thousand_commands_through_a_pipe(server):
    commands = b"".join(encode("SET", f"key:{i}", f"value {i}") for i in range(100_000))
    shown = cli(server, "--pipe", stdin=commands)
    assert "errors: 0, replies: 100000" in shown
    with server.connect() as connection:
        assert connection.command("DBSIZE") == 100_000
        assert connection.command("GET", "key:99999") == b"value 99999"


def test_errors_in_a_pipe_are_counted(server):
    commands = encode("SET", "k", "v") + encode("INCR", "k") + b"set k2 v\r\n" + encode("GET")
    shown = cli(server, "--pipe", stdin=commands, status=1)
    assert "errors: 2, replies: 4" in shown


# --- modes that look at the server


def fill(server, keys=2_000):
    with server.connect() as connection:
        connection.pipeline([("SET", f"key:{i}", "x" * (i % 50)) for i in range(keys)])
        connection.command("SET", "the-biggest", b"x" * 100_000)


def test_bigkeys(server):
    fill(server)
    shown = cli(server, "--bigkeys")
    assert "Sampled 2001 keys in the keyspace!" in shown
    assert re.search(r"Biggest string found .*the-biggest.* has 100000 bytes", shown)
    assert re.search(r"2001 strings with \d+ bytes", shown)


def test_stat(server, tmp_path):
    fill(server)
    terminal = Terminal(server, "--stat", "-i", "0.05", home=tmp_path)
    try:
        row = r"^(\d+) +(\S+) +(\d+) +(\d+) +(\d+) \(\+(\d+)\) +(\d+) *$"
        shown = terminal.wait_for("(+1)") + terminal.wait_for("(+1)") + terminal.wait_for("\n")
    finally:
        terminal.close()
    keys, memory, clients, blocked, requests, _, connections = re.findall(
        row, shown.replace("\r", ""), re.MULTILINE)[-1]
    assert keys == "2001" and int(clients) >= 1 and blocked == "0"
    assert re.fullmatch(r"\d+(\.\d+)?[KMG]", memory)
    assert int(requests) > 2_000 and int(connections) >= 2


def test_latency(server, tmp_path):
    terminal = Terminal(server, "--latency", home=tmp_path)
    try:
        shown = terminal.wait_for(" (20 samples)")
        terminal.type("\x03")
        assert terminal.end() is not None
    finally:
        terminal.close()
    least, most, average = re.findall(r"min: ([\d.]+), max: ([\d.]+), avg: ([\d.]+)", shown)[-1]
    assert float(least) <= float(average) <= float(most)


def test_latency_in_a_pipe(server):
    """Without a terminal it measures for a second and prints one line."""
    least, most, average, samples = map(float, cli(server, "--latency", "--raw").split())
    assert least <= average <= most and samples > 10


# --- redis-benchmark


def test_benchmark(server):
    done = subprocess.run(
        [BENCHMARK, "-p", str(server.port), "-t", "ping,set,get,incr,mset", "-n", "20000",
         "-P", "16", "-q"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60 * PATIENCE)
    shown = done.stdout.decode().replace("\r", "\n")
    assert done.returncode == 0, shown
    for name in ("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"):
        assert re.search(rf"^{re.escape(name)}: [\d.]+ requests per second", shown, re.MULTILINE)
    # It asks for the settings of persistence, which a server without any does not have.
    shown = shown.replace("WARNING: Could not fetch server CONFIG", "")
    assert not re.search(r"(?i)error|warning|could not", shown), shown
    with server.connect() as connection:
        assert connection.command("GET", "counter:__rand_int__") == b"20000"


def test_benchmark_with_random_keys_and_a_password(servers):
    server = servers.start(requirepass="geheim")
    done = subprocess.run(
        [BENCHMARK, "-p", str(server.port), "-a", "geheim", "--dbnum", "2", "-3", "-t", "set,get",
         "-n", "20000", "-r", "1000", "-d", "100", "-c", "20", "--threads", "2", "-q"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=60 * PATIENCE)
    assert done.returncode == 0, done.stdout
    assert b"rror" not in done.stdout, done.stdout
    with server.connect() as connection:
        connection.command("SELECT", "2")
        assert 900 < connection.command("DBSIZE") <= 1000
