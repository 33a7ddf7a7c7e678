"""A well-behaved client that looks on while others are hard on the server, and notes what it waits."""

import multiprocessing
import os
import socket
import time


def quantile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


class Waits:
    """What a bystander waited for its replies, in microseconds."""

    def __init__(self, nanoseconds):
        self.sorted = sorted(value / 1000 for value in nanoseconds)

    def __len__(self):
        return len(self.sorted)

    def at(self, share):
        return quantile(self.sorted, share)

    def __str__(self):
        if not self.sorted:
            return "nothing was asked"
        return (f"p50 {self.at(0.5):.0f} us, p99 {self.at(0.99):.0f} us, p99.9 {self.at(0.999):.0f} us, "
                f"max {self.sorted[-1] / 1000:.1f} ms ({len(self)} requests)")


class Bystander:
    """Owns a process that stores and reads a key about a thousand times a second, from start() to
    stop(), and checks every reply. It is a process of its own, so that it does not wait for the
    one that makes the load."""

    def __init__(self, port):
        self.port = port
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self._run, args=(other,), daemon=True)
        self.process.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()

    def watch(self, load):
        """Runs `load` and returns what was waited meanwhile, and what `load` returned."""
        self._tell("start")
        try:
            result = load()
        finally:
            waits = Waits(self._tell("stop"))
        return waits, result

    def _tell(self, what):
        self.pipe.send(what)
        answer = self.pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _run(self, pipe):
        waits, running = [], False
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while True:
                    while not running or pipe.poll():
                        running = pipe.recv() == "start"
                        pipe.send(waits)
                        waits = []
                    waits.append(self._ask(connection, os.urandom(8).hex().encode()))
                    time.sleep(0.001)
        except Exception as error:  # told to the one who watches
            pipe.send(error)

    @staticmethod
    def _ask(connection, value):
        request = b"SET bystander %s\r\nGET bystander\r\n" % value
        expected = b"+OK\r\n$%d\r\n%s\r\n" % (len(value), value)
        started = time.perf_counter_ns()
        connection.sendall(request)
        reply = b""
        while len(reply) < len(expected):
            data = connection.recv(4096)
            if not data:
                raise AssertionError("the bystander's connection was closed")
            reply += data
        waited = time.perf_counter_ns() - started
        if reply != expected:
            raise AssertionError(f"the bystander got {reply!r} in place of {expected!r}")
        return waited
