"""Sends random valid and broken requests over many connections, and checks that the server stays whole.

    tests/stress/random_clients.py --server build-tsan/larder-server --seconds 300 --connections 24

A sanitizer's build writes what it finds to standard error and exits with another status than 0: either
fails the run. So do a crash, a server that no longer answers, and replies that are not RESP.
"""

import argparse
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

COMMANDS = [
    "GET k", "SET k v", "SET k n", "SET k v EX 1", "SET k v PX 3 NX", "SET k v XX GET", "SET k v KEEPTTL", "SET k v IFEQ v",
    "SETNX k v", "SETEX k 1 v", "PSETEX k 5 v", "GETSET k v", "GETDEL k", "GETEX k PX 4", "GETEX k PERSIST", "MGET k k k k",
    "MSET k v k v", "MSETNX k v k v", "APPEND k v", "STRLEN k", "GETRANGE k 0 -1", "SETRANGE k 30 v", "INCR k", "DECR k",
    "INCRBY k n", "INCRBYFLOAT k 0.5", "DELIFEQ k v", "DEL k", "DEL k k k", "UNLINK k k", "EXISTS k k", "TYPE k", "TOUCH k",
    "EXPIRE k 1", "PEXPIRE k 2 NX", "PEXPIREAT k 99999999999999", "TTL k", "PTTL k", "PERSIST k", "KEYS *", "KEYS k1*",
    "SCAN 0 COUNT 100", "SCAN n MATCH k*", "RANDOMKEY", "RENAME k k", "RENAMENX k k", "COPY k k REPLACE", "COPY k k DB 1",
    "MOVE k 1", "DBSIZE", "SWAPDB 0 1", "SELECT 0", "SELECT 1", "INFO", "INFO commandstats", "COMMAND COUNT",
    "CLIENT LIST", "CLIENT SETNAME v", "CLIENT INFO", "CONFIG GET *", "CONFIG RESETSTAT", "TIME", "PING", "ECHO v",
    "SETBIT k 400 1", "SETBIT k 200000 1", "GETBIT k 7", "BITCOUNT k", "BITPOS k 0", "BITOP XOR k k k", "BITOP NOT k k",
    "BITFIELD k INCRBY u8 3 7 GET i5 0", "BITFIELD_RO k GET u8 0", "LCS k k IDX",
    "DUMP k", "OBJECT ENCODING k", "MEMORY USAGE k", "WATCH k k", "UNWATCH", "SLOWLOG GET",
    "LARDER.STATS PREFIXES", "LARDER.HOTKEYS", "CLIENT TRACKING ON", "CLIENT TRACKING ON BCAST PREFIX k1",
    "CLIENT TRACKING OFF", "CLIENT TRACKING ON OPTIN", "CLIENT CACHING YES", "LASTSAVE",
    "MULTI", "EXEC", "DISCARD", "HELLO 3", "HELLO 2", "RESET", "NOSUCH k", "GET", "SET k", "HELLO 9",
]
RARE = ["FLUSHDB", "FLUSHALL ASYNC", "FLUSHALL SYNC", "QUIT", "COMMAND DOCS", "BGSAVE", "SAVE", "DEBUG RELOAD",
        "MEMORY PURGE", "MONITOR", "LATENCY HISTOGRAM"]
BROKEN = [
    b"*1\r\n$-5\r\n", b"*3\r\n$3\r\nSET\r\n+k\r\n", b"*99999999999\r\n", b"$5\r\nhello\r\n", b"\x00\xff\xfe\r\n", b"SET 'k\r\n",
    b"*2\r\n$3\r\nGET\r\n$9999999999\r\n", b"\r\n\r\n\r\n", b"*0\r\n", b"*-1\r\n", b"*2\r\n$3\r\nGET\r\n$3\r\nk",
]
PONG = "+PONG"


class Client(threading.Thread):
    """One connection after the other; owns its random numbers."""

    def __init__(self, port, seed, deadline, counts):
        super().__init__()
        self.port = port
        self.random = random.Random(seed)
        self.deadline = deadline
        self.counts = counts

    def value(self):
        size = self.random.choice([0, 1, 5, 40, 300, 3000, 20000, 70000] if self.random.random() < 0.2 else [1, 5, 40])
        return bytes([self.random.randrange(256)]) * size

    def word(self, word):
        if word == "k":
            return b"k%d" % self.random.randrange(200)
        if word == "v":
            return self.value()
        if word == "n":
            return b"%d" % self.random.choice([0, 1, -7, 2**31, 2**63 - 1, self.random.randrange(10**6)])
        return word.encode()

    def request(self):
        chance = self.random.random()
        if chance < 0.01:
            return self.random.choice(BROKEN)
        if chance < 0.02:
            return bytes(self.random.randrange(256) for _ in range(self.random.randrange(50)))
        if chance < 0.03:
            words = [b"DEL" if self.random.random() < 0.5 else b"EXISTS"]
            words += [b"k%d" % self.random.randrange(2000) for _ in range(self.random.randrange(500, 3000))]
        else:
            line = self.random.choice(RARE if chance < 0.035 else COMMANDS)
            words = [self.word(word) for word in line.split()]
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)

    def run(self):
        while time.monotonic() < self.deadline:
            try:
                self.converse()
            except OSError:
                self.counts["disconnected"] += 1

    def converse(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            self.counts["connections"] += 1
            for _ in range(self.random.randrange(1, 60)):
                if time.monotonic() > self.deadline:
                    return
                burst = b"".join(self.request() for _ in range(self.random.randrange(1, 40)))
                self.counts["bursts"] += 1
                cut = self.random.randrange(len(burst) + 1)
                connection.sendall(burst[:cut])
                if self.random.random() < 0.02:
                    return  # gone in the middle of a request
                connection.sendall(burst[cut:])
                if self.random.random() < 0.8:
                    self.read_some(connection)

    def read_some(self, connection):
        connection.settimeout(0.02)
        try:
            while connection.recv(1 << 16):
                pass
            raise ConnectionError("closed by the server")
        except socket.timeout:
            pass
        finally:
            connection.settimeout(20)


def answer(port):
    """What a new client gets for a PING, or why it gets nothing."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(100).decode().strip()
    except OSError as problem:
        return str(problem)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def last_answer(process, port):
    """What a PING gets within a minute; PONG, unless something is wrong."""
    got = ""
    for _ in range(600):
        if process.poll() is not None:
            return f"none: it ended with status {process.returncode}"
        got = answer(port)
        if got == PONG:
            break
        time.sleep(0.1)
    return got


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="build/larder-server")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--connections", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=4, help="I/O threads of the server")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as directory:
        run(options, directory)


def run(options, directory):
    port = free_port()
    command = [options.server, "--port", str(port), "--threads", str(options.threads), "--loglevel", "warning",
               "--dir", directory, "--enable-debug-command", "yes"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        if (got := last_answer(process, port)) != PONG:
            sys.exit(f"the server did not come up; the last answer was {got!r}")
        counts = {"connections": 0, "bursts": 0, "disconnected": 0}
        deadline = time.monotonic() + options.seconds
        clients = [Client(port, options.seed * 1000 + i, deadline, counts) for i in range(options.connections)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        last = last_answer(process, port)  # once a reload is over
        process.send_signal(signal.SIGTERM)
        errors = process.communicate(timeout=60)[1].decode(errors="replace")
    finally:
        process.kill()  # in case that it has not ended
        process.wait()
    print(counts, "exit status", process.returncode)
    if last != PONG or process.returncode != 0 or errors:
        sys.exit(f"FAILED: the last answer was {last!r}\n{errors[:20000]}")
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main()
