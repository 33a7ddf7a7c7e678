"""Starting and stopping the servers under comparison, and putting load on them."""

import json
import os
import resource
import shlex
import shutil
import socket
import subprocess
import tempfile
import time

MAX_CLIENTS = 16_000
START_SECONDS = 20
# On a machine with more to do than cores, a large transfer over loopback now and then waits for
# retransmission timeouts through a whole measurement; such a one is repeated.
ATTEMPTS = 3


class CannotRun(Exception):
    """Something the comparison needs does not start or does not work; the text says what."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def core_list(cores):
    return ",".join(str(core) for core in cores)


def raise_file_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def larder_command(binary, custom, threads):
    """The command of Larder with {port} open, or the one that --server gave."""
    if custom:
        return custom
    if not os.access(binary, os.X_OK):
        raise CannotRun(f"{binary} is not there: build it first (make build)")
    return (f"{shlex.quote(binary)} --port {{port}} --bind 127.0.0.1 --threads {threads} "
            f"--maxclients {MAX_CLIENTS}")


def redis_binary(build):
    """Debian's redis-server; where only redis-tools is installed, the same program under the name
    redis-check-rdb, which acts as a server when a link calls it one."""
    binary = shutil.which("redis-server")
    if binary is not None:
        return binary
    tool = shutil.which("redis-check-rdb")
    if tool is None:
        raise CannotRun("redis-server is not installed: apt-get install redis-tools")
    link = os.path.join(build, "oracle", "redis-server")
    if not os.path.exists(link):
        os.makedirs(os.path.dirname(link), exist_ok=True)
        os.symlink(tool, link)
    return link


def redis_command(binary):
    return (f"{binary} --port {{port}} --bind 127.0.0.1 --io-threads 1 --save '' --appendonly no "
            f"--maxclients {MAX_CLIENTS}")


class Server:
    """A server process pinned to some cores, in a directory of its own. Use it with `with`."""

    def __init__(self, label, command, cores):
        self.label = label
        self.port = free_port()
        self.command = command.replace("{port}", str(self.port))
        self.cores = cores
        self.directory = tempfile.TemporaryDirectory(prefix="larder-compare-")
        self.output = tempfile.TemporaryFile()
        self.process = None

    def __enter__(self):
        arguments = ["taskset", "-c", core_list(self.cores)] + shlex.split(self.command)
        self.process = subprocess.Popen(arguments, cwd=self.directory.name, stdout=self.output,
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        preexec_fn=raise_file_limit)
        try:
            self._wait_until_it_answers()
        except CannotRun:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()
        self.directory.cleanup()

    @property
    def pid(self):
        return self.process.pid

    def _wait_until_it_answers(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise CannotRun(f"{self.label} ended at once with status "
                                f"{self.process.returncode}: {self.command}\n{self._said()}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(100).startswith(b"+PONG"):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise CannotRun(f"{self.label} does not answer PING after {START_SECONDS} s: "
                        f"{self.command}\n{self._said()}")

    def _said(self):
        self.output.seek(0)
        return self.output.read().decode(errors="replace")[-2000:]

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Rss:"):
                    return int(line.split()[1]) * 1024
        raise CannotRun(f"no resident memory of {self.label} in /proc")


class Generator:
    """larder-bench on some cores."""

    def __init__(self, binary, cores):
        if not os.access(binary, os.X_OK):
            raise CannotRun(f"{binary} is not there: build it first (make build)")
        self.binary = binary
        self.cores = cores

    def start(self, server, arguments):
        command = ["taskset", "-c", core_list(self.cores), self.binary, "--port", str(server.port),
                   "--no-progress", *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=raise_file_limit, text=True)

    def preload(self, server, arguments):
        process = self.start(server, (*arguments, "--preload-only"))
        _, problems = process.communicate()
        if process.returncode != 0:
            raise CannotRun(f"preloading {server.label} failed: {problems.strip()}")

    def run(self, server, arguments):
        """Runs a load and returns what larder-bench found. Raises CannotRun on a wrong reply."""
        for _ in range(ATTEMPTS):
            result = self._run_once(server, arguments)
            if result["requests_per_second"]:
                return result
        raise CannotRun(f"{server.label} answered nothing for {result['seconds']} s, {ATTEMPTS} "
                        f"times; its longest latency was {result['latency_us']['max'] / 1e6:.3f} s")

    def _run_once(self, server, arguments):
        process = self.start(server, (*arguments, "--server-pid", server.pid, "--json", "-"))
        output, problems = process.communicate()
        if process.returncode == 2:
            raise CannotRun(f"{server.label}: {problems.strip()}")
        result = json.loads(output)
        if process.returncode != 0:
            raise CannotRun(
                f"{server.label} answered wrongly: {result['errors']} errors, {result['wrong']} "
                f"wrong replies, {result['lost']} connections lost, {result['unanswered']} "
                f"unanswered; the first: {result['first_problem']}")
        return result
