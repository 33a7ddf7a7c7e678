#!/usr/bin/python3
"""When two million keys expire at one moment, how soon is their memory back, and who has to wait?

Candidates: Larder and Debian's redis-server, each on a core of its own, in turns; of three rounds
the one with the median p99.9 is told.

One deadline: 2 M keys of 256 B get the same deadline. From a quarter of a second before it,
larder-bench reads other keys at 20,000 requests/s in an open loop, so that latency counts from when
a request was due. Meanwhile DBSIZE and the resident memory tell when 99 % of the keys are gone and
99 % of the memory that they took is back. The same load before there is any key that expires tells
what the machine itself lets clients wait; the server has real-time priority where that is allowed,
so that it waits for no other process.

Idle: 10 M keys whose deadlines are spread over an hour, and nobody asks for anything: how much
processor time does the server take?

  make bench-expiry               everything, five minutes
  bench/expiry.py --quick         the same in small
  bench/expiry.py --only idle     one half
"""

import json
import os
import sys
import time

import compare_servers
import target_report
from process_gauge import cpu_seconds, resident_bytes
from resp_client import RespClient
from target_report import Row

KEYS = 2_000_000
VALUE_BYTES = 256
RATE = 20_000
# The load runs from so many seconds before the deadline to so many after it.
LEAD, TAIL = 0.25, 2.25
OTHER_KEYS = 10_000
GONE = 0.99
PATIENCE = 30
POLL_SECONDS = 0.025

IDLE_KEYS = 10_000_000
IDLE_SECONDS = 20


def now():
    return time.time()


def set_niceness(niceness):
    """Of this process and those that it starts; stays as it is where that is not allowed."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
    except PermissionError:
        pass


class AheadOfOthers:
    """While entered, the server runs as soon as it can run, so that what is measured are its own
    stalls and not those that other processes make; where that is allowed."""

    def __init__(self, server):
        self.threads = [int(thread) for thread in os.listdir(f"/proc/{server.pid}/task")]

    def __enter__(self):
        self._set(os.SCHED_FIFO, 1)

    def __exit__(self, *_):
        self._set(os.SCHED_OTHER, 0)

    def _set(self, policy, priority):
        try:
            for thread in self.threads:
                os.sched_setscheduler(thread, policy, os.sched_param(priority))
        except PermissionError:
            pass


def fill_with_deadline(server, keys):
    """Stores the keys and returns their deadline, in seconds since the epoch. They get it at the
    end, all the same."""
    with RespClient(server.port) as client:
        names = [b"due:%017d" % number for number in range(keys)]
        began = now()
        client.set_many(names[:keys // 20], b"v" * VALUE_BYTES, b"PXAT", b"%d" % (began * 1000 + 3.6e6))
        # As long as the whole takes at this pace, and some seconds to get ready.
        deadline = now() + 1.5 * 20 * (now() - began) + 5
        client.set_many(names, b"v" * VALUE_BYTES, b"PXAT", b"%d" % (deadline * 1000))
        return deadline


def watch_them_go(server, deadline, base, grown, keys):
    """Samples (seconds after the deadline, keys left, share of the memory left), until what is to
    be gone is gone."""
    samples = []
    with RespClient(server.port) as client:
        while now() < deadline + PATIENCE:
            left = client.call("DBSIZE") - OTHER_KEYS
            memory = max(0, resident_bytes(server.pid) - base) / grown
            samples.append((now() - deadline, left, memory))
            if left <= (1 - GONE) * keys and memory <= 1 - GONE and now() > deadline + TAIL:
                break
            time.sleep(POLL_SECONDS)
    return samples


def first_time(samples, condition):
    """Seconds after the deadline; None if it never came to that."""
    return next((second for second, *sample in samples if second >= 0 and condition(*sample)), None)


def measure_deadline(options, label, command):
    keys = KEYS // options.shrink
    load = ("-m", "get", "--keys", OTHER_KEYS, "--key-prefix", "other:", "--value-size", VALUE_BYTES)
    timing = ("--rate", RATE, "-c", 16, "--duration", LEAD + TAIL)
    generator = compare_servers.Generator(os.path.join(options.build, "larder-bench"),
                                          options.cores[1:2])
    set_niceness(-20)
    with compare_servers.Server(label, command, options.cores[:1]) as server:
        generator.preload(server, load)
        with AheadOfOthers(server):
            undisturbed = generator.run(server, (*load, *timing))
        base = resident_bytes(server.pid)
        deadline = fill_with_deadline(server, keys)
        grown = resident_bytes(server.pid) - base
        if now() > deadline - 2 * LEAD:
            raise compare_servers.CannotRun(f"{label}: the keys were not stored in time")
        time.sleep(deadline - LEAD - now())
        with AheadOfOthers(server):
            process = generator.start(server, (*load, *timing, "--json", "-"))
            set_niceness(10)  # what watches must not keep the load from its core
            samples = watch_them_go(server, deadline, base, grown, keys)
            output, _ = process.communicate()
        set_niceness(options.niceness)
        if process.returncode != 0:
            raise compare_servers.CannotRun(f"{label}: the load ended with {process.returncode}")
    return {"samples": samples, "grown": grown, "latency_us": json.loads(output)["latency_us"],
            "undisturbed_us": undisturbed["latency_us"],
            "keys_gone": first_time(samples, lambda left, _: left <= (1 - GONE) * keys),
            "memory_back": first_time(samples, lambda left, memory:
                                      left <= (1 - GONE) * keys and memory <= 1 - GONE)}


def p999_ms(found):
    return found["latency_us"]["p99.9"] / 1000


def deadline_rows(options, data):
    rounds = {"Larder": [], "Redis": []}
    for _ in range(options.repeats):
        for label, command in target_report.server_commands(options):
            found = measure_deadline(options, label, command)
            rounds[label].append(found)
            print(f"… {label}: keys gone after {found['keys_gone']:.2f} s, p99.9 of others "
                  f"{p999_ms(found):.2f} ms", file=sys.stderr)
    told = []
    for label, found in rounds.items():
        data[label], figures = target_report.middle_round(found, p999_ms)
        told.append(f"{label} {', '.join(f'{figure:.2f}' for figure in figures)}")

    def both(read):
        return [read(data[label]) for label in ("Larder", "Redis")]
    late = "no figure: not within half a minute"
    note = late if None in both(lambda found: found["memory_back"]) else ""
    return [
        Row("99 % of the keys gone after", "s", *both(lambda found: found["keys_gone"]), digits=2),
        Row("keys gone and 99 % of their memory back after", "s",
            *both(lambda found: found["memory_back"]), 1.5, digits=2, note=note),
        Row("other clients: p99.9", "ms", *both(p999_ms), 1, digits=2,
            note="in all rounds: " + "; ".join(told)),
        Row("other clients: longest wait", "ms",
            *both(lambda found: found["latency_us"]["max"] / 1000), 10, digits=2),
        Row("the same clients when nothing expires: p99.9", "ms",
            *both(lambda found: found["undisturbed_us"]["p99.9"] / 1000), digits=2),
        Row("the same clients when nothing expires: longest wait", "ms",
            *both(lambda found: found["undisturbed_us"]["max"] / 1000), digits=2),
    ]


def measure_idle(options, label, command):
    """Percent of a core."""
    generator = compare_servers.Generator(os.path.join(options.build, "larder-bench"),
                                          options.cores[1:2])
    with compare_servers.Server(label, command, options.cores[:1]) as server:
        generator.preload(server, ("--keys", IDLE_KEYS // options.shrink, "--value-size", 32,
                                   "--expire", "1-3600"))
        time.sleep(2)
        before = cpu_seconds(server.pid)
        time.sleep(options.idle_seconds)
        return 100 * (cpu_seconds(server.pid) - before) / options.idle_seconds


def idle_rows(options):
    figures = {label: measure_idle(options, label, command)
               for label, command in target_report.server_commands(options)}
    return [Row(f"CPU while idle, {IDLE_KEYS // options.shrink:,} keys with TTLs over an hour",
                "% of a core", figures["Larder"], figures["Redis"], 1, digits=2)]


def draw(pyplot, data):
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(14, 4.5), layout="constrained",
                                            sharex=True)
    for label, color in (("Redis", target_report.BASE), ("Larder", target_report.OURS)):
        if label not in data:
            continue
        samples = data[label]["samples"]
        seconds = [second for second, *_ in samples]
        left.plot(seconds, [left_over / 1e6 for _, left_over, _ in samples], color=color, label=label)
        right.plot(seconds, [100 * memory for *_, memory in samples], color=color, label=label)
    left.set_ylabel("keys left, millions")
    right.set_ylabel("memory of the keys that is still held, %")
    for axes in (left, right):
        axes.axvline(1.5, color=target_report.LIMIT, linewidth=1)
        axes.set_xlabel("seconds after the deadline (red: asked for)")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    if data:
        left.legend()
    figure.suptitle("Two million keys expire at one moment")
    return figure


def main():
    parser = target_report.parser_of(__doc__)
    parser.add_argument("--only", choices=("deadline", "idle"), help="one half")
    options = target_report.finish(parser.parse_args())
    options.idle_seconds = 5 if options.quick else IDLE_SECONDS
    options.cores = sorted(os.sched_getaffinity(0))
    options.niceness = os.getpriority(os.PRIO_PROCESS, 0)
    rows, data = [], {}
    try:
        if len(options.cores) < 2:
            raise compare_servers.CannotRun("two cores are needed: one for the server, one for the load")
        if options.only != "idle":
            rows += deadline_rows(options, data)
        if options.only != "deadline":
            rows += idle_rows(options)
    except compare_servers.CannotRun as problem:
        print(f"expiry: {problem}", file=sys.stderr)
        return 2
    return target_report.write(
        options, "expiry", "Keys that expire together",
        "When two million keys of 256 B expire at one moment, how soon is their memory back, and how "
        f"long do other clients wait, at {RATE:,} requests/s in an open loop? And what do ten "
        "million keys with deadlines cost a server that nobody asks for anything?",
        rows, data, lambda pyplot: draw(pyplot, data))


if __name__ == "__main__":
    sys.exit(main())
