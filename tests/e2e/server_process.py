"""Starts and stops the servers that the tests talk to: Larder, or redis-server as its measure."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from resp import Connection

REPOSITORY = Path(__file__).resolve().parents[2]
LARDER = os.environ.get("LARDER_SERVER", str(REPOSITORY / "build" / "larder-server"))
REDIS = os.environ.get("LARDER_E2E_REDIS", "/usr/bin/redis-server")
# What the suite as a whole runs against; "redis" checks the tests themselves.
PEER = os.environ.get("LARDER_E2E_PEER", "larder")
# Deadlines are multiplied by this; for builds with sanitizers, which are slow.
PATIENCE = float(os.environ.get("LARDER_E2E_PATIENCE", "1"))


def free_port():
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def poll(condition, what, timeout=10.0, interval=0.01):
    """Returns the first true value of `condition()`; fails once `timeout` seconds have passed."""
    deadline = time.monotonic() + timeout * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {timeout} s in vain for {what}"
        time.sleep(interval)


class Server:
    """Owns one server process, which listens on loopback and stores nothing on disk."""

    def __init__(self, directory, kind=PEER, port=None, **options):
        """`options` are settings of the server, with "_" for "-"; config_file is a file that holds
        more of them. `directory` is the server's own."""
        self.kind = kind
        self.directory = Path(directory)
        self.config_file = options.pop("config_file", None)
        self.options = dict({"bind": "127.0.0.1"}, **options)
        self.fixed_port = port
        self.port = port
        self.process = None
        self.log = self.directory / f"{kind}.log"

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def password(self):
        return self.options.get("requirepass")

    @property
    def pid(self):
        return self.process.pid

    def arguments(self):
        arguments = [LARDER if self.kind == "larder" else REDIS]
        if self.config_file:
            arguments.append(str(self.config_file))
        arguments += ["--port", str(self.port)]
        options = dict(self.options)
        if self.kind == "redis":
            options.pop("threads", None)
            options.pop("shards", None)
            options.update(save="", appendonly="no")
        for name, value in options.items():
            arguments += ["--" + name.replace("_", "-"), str(value)]
        return arguments

    def start(self):
        """Starts the process and returns once it answers; takes another port if one is taken."""
        for _ in range(5):
            self.port = self.fixed_port or free_port()
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(
                    self.arguments(), cwd=self.directory, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=subprocess.STDOUT)
            if poll(self._answers_or_died, f"{self.kind} to answer PING") == "answers":
                return self
            self.process.wait()
        raise AssertionError(f"{self.kind} did not start: {self.log.read_text()[-2000:]}")

    def _answers_or_died(self):
        if self.process.poll() is not None:
            return "died"
        try:
            with Connection(self.address, timeout=5) as connection:
                connection.send(b"PING\r\n")
                connection.read()
        except OSError:
            return None
        # A server of somebody else may hold the port while ours is about to give up on it.
        return "answers" if self.process.poll() is None else "died"

    def connect(self, timeout=20, protocol=2, authenticate=True):
        connection = Connection(self.address, timeout=timeout * PATIENCE)
        if authenticate and self.password:
            assert connection.command("AUTH", self.password).text == "OK"
        if protocol == 3:
            connection.command("HELLO", "3")
        return connection

    def info(self, section="everything"):
        """The fields of INFO as a dict of strings."""
        with self.connect() as connection:
            text = connection.command("INFO", section).decode()
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)

    def resident_bytes(self):
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """Ends the process as an operator does, and checks that it ends as it should."""
        if self.process is None:
            return
        process, self.process = self.process, None
        died = process.poll()
        assert died is None, (
            f"{self.kind} had ended with status {died}: {self.log.read_text()[-4000:]}")
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(timeout=(1 if self.kind == "larder" else 10) * PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{self.kind} did not end after SIGTERM") from None
        assert status == 0, f"{self.kind} ended with {status}: {self.log.read_text()[-4000:]}"

    def abandon(self):
        """Ends a process whose test has failed already."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
