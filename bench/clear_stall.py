"""How long does another client wait while Flask-Caching's clear() runs over a million keys?

Candidates: Larder and redis-server, one after the other, each with its server on core 0. On core 1 a client does what
clear() does with a key prefix (KEYS prefix*, then one DEL with every key that came back), and larder-bench asks for
other keys at a fixed rate, each request due at its time, so that a stall shows as the wait of those behind it.

    bench/clear_stall.py [--keys 1000000] [--rate 2000] [--larder build/larder-server]
"""

import argparse
import json
import os
import socket
import subprocess
import time
from pathlib import Path

import compare_servers as servers

REPOSITORY = Path(__file__).resolve().parent.parent
PREFIX = "flask_cache_"


def read_array(reader):
    """An array of bulk strings; returns them as they came, to be sent back."""
    count = int(reader.readline()[1:])
    items = []
    for _ in range(count):
        size = int(reader.readline()[1:])
        items.append(reader.read(size + 2)[:-2])
    return items


def clear(port):
    """What Flask-Caching's clear() sends. Returns how many keys were deleted and the seconds of KEYS and of DEL."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        reader = connection.makefile("rb", buffering=1 << 20)
        begin = time.monotonic()
        connection.sendall(b"KEYS %s*\r\n" % PREFIX.encode())
        keys = read_array(reader)
        listed = time.monotonic()
        request = b"*%d\r\n$3\r\nDEL\r\n" % (len(keys) + 1)
        request += b"".join(b"$%d\r\n%s\r\n" % (len(key), key) for key in keys)
        sending = time.monotonic()
        connection.sendall(request)
        deleted = int(reader.readline()[1:])
        return deleted, listed - begin, time.monotonic() - sending


def measure(label, command, options):
    with servers.Server(label, command, [0]) as server:
        bench = ["taskset", "-c", "1", str(options.bench), "-p", str(server.port), "--no-progress"]
        subprocess.run(bench + ["--preload-only", "--keys", str(options.keys), "--key-prefix", PREFIX], check=True,
                       stdout=subprocess.DEVNULL)
        with subprocess.Popen(bench + ["--preload", "--keys", "1000", "--key-prefix", "other:", "--rate", str(options.rate),
                                       "-c", "4", "-d", str(options.seconds), "--json", "-"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, preexec_fn=lambda: os.nice(-10)) as load:
            time.sleep(1)
            os.nice(10)  # the one who clears must not keep the one who measures from its core
            os.sched_setaffinity(0, {1})
            deleted, keys_seconds, del_seconds = clear(server.port)
            output = load.communicate()[0].decode()
        latency = json.loads(output[output.index("{"):])["latency_us"]
        print(f"{label:8}  {deleted:9} keys deleted  KEYS {keys_seconds:6.2f} s  DEL {del_seconds:6.2f} s   other clients: "
              f"p99 {latency['p99'] / 1000:7.2f} ms  p99.9 {latency['p99.9'] / 1000:7.2f} ms  "
              f"longest wait {latency['max'] / 1000:7.2f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--larder", default=str(REPOSITORY / "build" / "larder-server"))
    parser.add_argument("--bench", default=str(REPOSITORY / "build" / "larder-bench"))
    options = parser.parse_args()
    for label, command in [("Larder", servers.larder_command(options.larder, None, 1)),
                           ("Redis", servers.redis_command(servers.redis_binary(str(REPOSITORY / "build"))))]:
        child = os.fork()  # niceness and affinity are the child's alone
        if child == 0:
            measure(label, command, options)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
