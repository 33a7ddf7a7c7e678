#!/usr/bin/python3
"""Compares Larder with Debian's redis-server under every load that Larder has a target for.

Each server runs on one core and the load generator on another; rounds alternate between the servers
so that what else the machine does hits both; figures are medians over the rounds. A full run writes
its table, data and picture to bench/results/, a partial one to build/bench-results/.

  make bench                                  everything, about ten minutes
  bench/compare.py --quick                    everything once, for a second each
  bench/compare.py --only get-p100,mget-100   some loads
  bench/compare.py --server 'redis-server --port {port} --save ""'   another server in Larder's place
"""

import argparse
import os
import statistics
import sys
import time

import compare_report
from compare_loads import IDLE_CONNECTIONS, LOADS
from compare_servers import (CannotRun, Generator, Server, larder_command, redis_binary,
                             redis_command)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WARMUP_SECONDS = 0.5


class Comparison:
    """Runs loads on pairs of servers."""

    def __init__(self, options):
        self.options = options
        self.cores = sorted(os.sched_getaffinity(0))
        if len(self.cores) < 2:
            raise CannotRun("the comparison needs two cores: one for the server, one for the load")
        self.generator_binary = os.path.join(options.build, "larder-bench")
        self.redis_binary = redis_binary(options.build)
        Generator(self.generator_binary, self.cores)  # fails early where it is missing

    def larder(self, cores, threads=1):
        label = "Larder" if threads == 1 else f"Larder, {threads} threads"
        binary = os.path.join(self.options.build, "larder-server")
        return Server(label, larder_command(binary, self.options.server, threads), cores)

    def redis(self, cores):
        return Server("Redis", redis_command(self.redis_binary), cores)

    def generator(self, cores):
        return Generator(self.generator_binary, cores)

    def measure(self, load):
        """Returns the row of one load: what both sides did, and the ratio between them."""
        measurements = {"idle": self.idle, "tail": self.tail, "threads": self.threads,
                        "hot": self.threads, "writer": self.writer}
        return measurements.get(load.kind, self.pair)(load)

    def pair(self, load):
        """Larder and Redis in turns, one core each."""
        server_core, load_core = self.cores[:1], self.cores[1:2]
        generator = self.generator(load_core)
        with self.redis(server_core) as peer, self.larder(server_core) as ours:
            for server in (peer, ours):
                generator.preload(server, load.arguments)
            runs = self.rounds(generator, (peer, ours), load.arguments)
        return self.row(load, runs)

    def rounds(self, generator, servers, arguments):
        """Runs the load on each server in turns; returns the runs of each."""
        runs = [[] for _ in servers]
        timing = ("--warmup", WARMUP_SECONDS, "--duration", self.options.seconds)
        for number in range(self.options.rounds):
            order = range(len(servers)) if number % 2 == 0 else reversed(range(len(servers)))
            for index in order:
                runs[index].append(generator.run(servers[index], (*arguments, *timing)))
        return runs

    def tail(self, load):
        server_core, load_core = self.cores[:1], self.cores[1:2]
        generator = self.generator(load_core)
        with self.redis(server_core) as peer, self.larder(server_core) as ours:
            for server in (peer, ours):
                generator.preload(server, load.arguments)
            saturation = self.rounds(generator, (peer,), load.arguments)[0]
            rate = statistics.median(run["requests_per_second"] for run in saturation) / 2
            runs = self.rounds(generator, (peer, ours), (*load.arguments, "--rate", int(rate)))
        return self.row(load, runs)

    def threads(self, load):
        """One thread and several in turns, on as many cores as there are threads where those exist
        beside one for the load; else on all cores, which the load shares."""
        count = load.threads
        if len(self.cores) < count:
            raise NotMeasured(f"{count} threads need {count} cores, there are {len(self.cores)}")
        apart = len(self.cores) > count
        load_cores = self.cores[count:] if apart else self.cores
        generator = self.generator(load_cores)
        arguments = (*load.arguments, "--threads", min(len(load_cores), 2 * count))
        if not apart:
            arguments = load.arguments
        with self.larder(self.cores[:1] if apart else self.cores) as one, \
                self.larder(self.cores[:count], count) as many:
            for server in (one, many):
                generator.preload(server, load.arguments)
            row = self.row(load, self.rounds(generator, (one, many), arguments))
        row["sides"][0]["label"] = "Larder, 1 thread"
        if not apart:
            row["note"] = "server and load share the cores"
            if load.kind == "hot":
                row["verdict"] = "open"
        return row

    def writer(self, load):
        """Readers of one key without and with a writer of that key."""
        count = min(load.threads, max(1, len(self.cores) - 1))
        load_cores = self.cores[count:]
        generator = self.generator(load_cores)
        runs = [[], []]
        timing = ("--warmup", WARMUP_SECONDS, "--duration", self.options.seconds)
        with self.larder(self.cores[:count], count) as server:
            generator.preload(server, load.arguments)
            for _ in range(self.options.rounds):
                runs[0].append(generator.run(server, (*load.arguments, *timing)))
                seconds = self.options.seconds + 3 * WARMUP_SECONDS
                write = ("-m", "set", "-k", 1, "--value-size", 256, "-c", 1, "-P", 4)
                writer = generator.start(server, (*write, "--duration", seconds))
                time.sleep(WARMUP_SECONDS)
                runs[1].append(generator.run(server, (*load.arguments, *timing)))
                writer.communicate()
        row = self.row(load, runs)
        row["sides"][0]["label"] = "Larder, no writer"
        row["sides"][1]["label"] = "Larder, a writer"
        return row

    def idle(self, load):
        """The growth of resident memory while idle connections are held."""
        sides = []
        for start in (self.redis, self.larder):
            samples = []
            for _ in range(min(self.options.rounds, 3)):
                with start(self.cores[:1]) as server:
                    samples.append(self.idle_bytes(server))
            sides.append({"label": server.label, "bytes": statistics.median(samples)})
        row = compare_report.row_of(load, sides)
        row["ratio"] = sides[1]["bytes"] / max(sides[0]["bytes"], 1)
        row["verdict"] = "met" if sides[1]["bytes"] < load.target else "missed"
        return row

    def idle_bytes(self, server):
        generator = self.generator(self.cores[1:2])
        # Some connections first, so that what a server allocates once is not counted.
        generator.run(server, ("-m", "ping", "-c", 50, "-n", 5000))
        time.sleep(0.5)
        before = server.resident_bytes()
        hold = ("--idle", IDLE_CONNECTIONS, "-c", 0, "--duration", 5)
        holder = generator.start(server, hold)
        # The generator holds them for five seconds once all are open.
        self.wait_for_connections(server, holder)
        time.sleep(2.5)
        grown = server.resident_bytes() - before
        _, problems = holder.communicate()
        if holder.returncode != 0:
            raise CannotRun(f"{server.label} does not hold {IDLE_CONNECTIONS:,} idle connections: "
                            f"{problems.strip()}")
        return grown / IDLE_CONNECTIONS

    @staticmethod
    def wait_for_connections(server, holder):
        directory = f"/proc/{server.pid}/fd"
        while len(os.listdir(directory)) < IDLE_CONNECTIONS and holder.poll() is None:
            time.sleep(0.1)

    def row(self, load, runs):
        labels = ("Redis", "Larder")
        if load.kind in ("threads", "hot"):
            labels = ("Larder", f"Larder, {load.threads} threads")
        sides = [compare_report.side_of(label, side) for label, side in zip(labels, runs)]
        return compare_report.row_of(load, sides)


class NotMeasured(Exception):
    """A load that this machine cannot run; the text says why."""


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="LOAD,…",
                        help="only these loads: " + ", ".join(load.name for load in LOADS))
    parser.add_argument("--rounds", type=int, default=5, help="rounds per load (default 5)")
    parser.add_argument("--seconds", type=float, default=3,
                        help="seconds per measurement (default 3)")
    parser.add_argument("--quick", action="store_true", help="one round of one second")
    parser.add_argument("--server", metavar="CMD",
                        help="start this in Larder's place; {port} becomes the port to listen on")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"),
                        help="directory with larder-server and larder-bench (default build/)")
    parser.add_argument("--output", metavar="DIR", help="write the results there")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 1
    names = [name for name in options.only.split(",") if name]
    unknown = set(names) - {load.name for load in LOADS}
    if unknown:
        parser.error("no such load: " + ", ".join(sorted(unknown)))
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be positive")
    options.loads = [load for load in LOADS if not names or load.name in names]
    partial = bool(names) or options.quick or options.rounds < 5 or options.server
    if not options.output:
        options.output = (os.path.join(options.build, "bench-results") if partial
                          else os.path.join(ROOT, "bench", "results"))
    return options


def main():
    options = parse_options()
    try:
        comparison = Comparison(options)
    except CannotRun as problem:
        print(f"compare: {problem}", file=sys.stderr)
        return 2
    machine = compare_report.describe_machine(options, comparison.redis_binary)
    rows = []
    failed = False
    for load in options.loads:
        print(f"… {load.title}", file=sys.stderr, flush=True)
        try:
            row = comparison.measure(load)
        except NotMeasured as reason:
            row = compare_report.row_without_figures(load, f"not measured: {reason}")
        except CannotRun as problem:
            failed = True
            row = compare_report.row_without_figures(load, f"FAILED: {problem}")
        rows.append(row)
        print(compare_report.text_of([row]), file=sys.stderr, flush=True)
    print(compare_report.text_table(rows, machine))
    for path in compare_report.write(options.output, rows, machine):
        print(f"written: {os.path.relpath(path)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
