#!/usr/bin/python3
"""How much memory does a key take beside its own bytes, and does the limit on memory hold?

Candidates: Larder and Debian's redis-server, in the same run.

Overhead: each server, freshly started, is filled with keys of 21 bytes; the growth of its resident
memory, less the bytes of keys and values, is shared out to the keys.

Fragmentation: with a limit set, a server is filled with values of 100 B, then all keys are written
again with 700 B, then with 50 B to 8 KB, and so on, ten times over. Its resident memory is watched
all the while, and after each part its keys are counted, beside those that a fresh server holds after
that part alone.

  make bench-memory                     everything, some minutes
  bench/memory.py --quick               the same in small
  bench/memory.py --only fragmentation  one half
"""

import os
import subprocess
import sys
import time

import compare_servers
import target_report
from process_gauge import ResidentWatch
from resp_client import RespClient, RespError
from target_report import Row

KEY_BYTES = 21
MEGABYTE = 1 << 20

# Bytes of a value, whether the keys have a deadline, the keys, the overhead asked for.
FILLINGS = (
    (32, False, 2_000_000, 32),
    (32, True, 2_000_000, 40),
    (256, False, 2_000_000, None),
    (256, True, 2_000_000, 48),
    (1024, False, 1_000_000, 0.06 * 1024),
    (1024, True, 1_000_000, 0.06 * 1024),
    (10240, False, 200_000, 0.06 * 10240),
    (10240, True, 200_000, 0.06 * 10240),
)

LIMIT = 128 * MEGABYTE
# What one part writes: its name, the sizes, and how many keys: more than fit below the limit.
PARTS = (("100 B", "100", 1_200_000), ("700 B", "700", 400_000), ("50 B to 8 KB", "50-8192", 100_000))
CYCLES = 10
POLICIES = {"Larder": "allkeys-s3fifo", "Redis": "allkeys-lru"}


def fill(options, server, *arguments):
    """Sets keys of 21 bytes; the answers are checked by larder-bench."""
    command = ["taskset", "-c", compare_servers.core_list(options.cores[1:2]),
               os.path.join(options.build, "larder-bench"), "--port", str(server.port),
               "--no-progress", "--preload-only", "--key-prefix", "key:", "--key-digits",
               str(KEY_BYTES - 4), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise compare_servers.CannotRun(f"filling {server.label} failed: {done.stderr.strip()}")


def start(options, label, command):
    return compare_servers.Server(label, command, options.cores[:1])


def measure_overhead(options, label, command, value_bytes, timed, keys):
    """Bytes per key beside key and value."""
    with start(options, label, command) as server:
        before = server.resident_bytes()
        expire = ("--expire", "100000-200000") if timed else ()
        fill(options, server, "--keys", keys, "--value-size", value_bytes, *expire)
        time.sleep(0.3)
        grown = server.resident_bytes() - before
    return grown / keys - KEY_BYTES - value_bytes


def overhead_rows(options):
    rows = []
    for value_bytes, timed, keys, asked in FILLINGS:
        keys //= options.shrink
        figures = {label: measure_overhead(options, label, command, value_bytes, timed, keys)
                   for label, command in target_report.server_commands(options)}
        title = f"values of {value_bytes:,} B, {'TTL' if timed else 'no TTL'}"
        rows.append(Row(title, "bytes/key", figures["Larder"], figures["Redis"], asked))
        print("… " + "  ".join(rows[-1].cells()), file=sys.stderr, flush=True)
    return rows


def set_limit(label, server, limit):
    """Raises CannotRun if the server has no such limit."""
    try:
        with RespClient(server.port) as client:
            client.call("CONFIG", "SET", "maxmemory", limit)
            client.call("CONFIG", "SET", "maxmemory-policy", POLICIES.get(label, "allkeys-lru"))
    except RespError as problem:
        raise compare_servers.CannotRun(f"{label} takes no maxmemory: {problem}") from None


def keys_of(server):
    with RespClient(server.port) as client:
        return client.call("DBSIZE")


def play_part(options, server, part):
    name, sizes, keys = part
    fill(options, server, "--keys", keys // options.shrink, "--value-size", sizes)
    return keys_of(server)


def measure_fragmentation(options, label, command):
    """The peak of resident memory, the samples, and the least share of a fresh server's keys."""
    limit = LIMIT // options.shrink
    fresh = {}
    for part in PARTS:
        with start(options, label, command) as server:
            set_limit(label, server, limit)
            fresh[part[0]] = play_part(options, server, part)
    counts = []
    with start(options, label, command) as server:
        set_limit(label, server, limit)
        with ResidentWatch(server.pid) as watch:
            for cycle in range(options.cycles):
                for part in PARTS:
                    keys = play_part(options, server, part)
                    counts.append({"cycle": cycle, "part": part[0], "keys": keys,
                                   "fresh": fresh[part[0]],
                                   "seconds": time.monotonic() - watch.start})
        with RespClient(server.port) as client:
            fields = client.info("memory")
    return {"limit": limit, "samples": watch.samples, "peak": watch.peak(), "counts": counts,
            "least_share": min(count["keys"] / count["fresh"] for count in counts),
            "fragmentation_ratio": float(fields.get("mem_fragmentation_ratio", "nan"))}


def fragmentation_rows(options, data):
    for label, command in target_report.server_commands(options):
        try:
            data[label] = measure_fragmentation(options, label, command)
        except compare_servers.CannotRun as problem:
            print(f"… {problem}", file=sys.stderr)
    def both(read):
        return [read(data[label]) if label in data else None for label in ("Larder", "Redis")]
    limit = LIMIT // options.shrink
    peaks = both(lambda found: found["peak"] / MEGABYTE)
    shares = both(lambda found: 100 * found["least_share"])
    return [
        Row(f"largest resident memory, maxmemory {limit // MEGABYTE} MB", "MB", *peaks,
            (1.10 * limit + 32 * MEGABYTE) / MEGABYTE),
        Row("fewest live keys beside a fresh server", "%", *shares, 90, at_least=True),
    ]


def draw(pyplot, rows, fragmentation):
    overhead = [row for row in rows if row.unit == "bytes/key"]
    halves = [half for half in (overhead and (lambda axes: draw_overhead(axes, overhead)),
                                fragmentation and (lambda axes: draw_fragmentation(axes, fragmentation)))
              if half]
    figure, all_axes = pyplot.subplots(1, len(halves), figsize=(7.5 * len(halves), 5.5),
                                       squeeze=False, layout="constrained")
    for axes, half in zip(all_axes[0], halves):
        half(axes)
    figure.suptitle("Memory of Larder beside redis-server")
    return figure


def draw_overhead(axes, rows):
    rows = rows[::-1]
    for y, row in enumerate(rows):
        for value, color, shift in ((row.redis, target_report.BASE, 0.19),
                                    (row.larder, target_report.OURS, -0.19)):
            axes.barh(y + shift, value, height=0.36, color=color)
            axes.text(value * 1.03, y + shift, f"{value:,.0f}", va="center", fontsize=8)
        if row.asked is not None:
            axes.plot([row.asked] * 2, [y - 0.4, y], color=target_report.LIMIT, linewidth=2)
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), [row.what for row in rows], fontsize=9)
    axes.set_xlabel("bytes per key beside key and value (red: asked for)")


def draw_fragmentation(axes, fragmentation):
    for label, color in (("Redis", target_report.BASE), ("Larder", target_report.OURS)):
        if label not in fragmentation:
            continue
        found = fragmentation[label]
        axes.plot([second for second, _ in found["samples"]],
                  [size / MEGABYTE for _, size in found["samples"]], color=color, label=label)
        allowed = (1.10 * found["limit"] + 32 * MEGABYTE) / MEGABYTE
        axes.axhline(allowed, color=target_report.LIMIT, linewidth=1)
        axes.axhline(found["limit"] / MEGABYTE, color="black", linewidth=0.7, linestyle="--")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds; values of 100 B, 700 B, 50 B to 8 KB, over and over")
    axes.set_ylabel("resident memory, MB (dashed: maxmemory; red: asked for)")
    if fragmentation:
        axes.legend()


def main():
    parser = target_report.parser_of(__doc__)
    parser.add_argument("--only", choices=("overhead", "fragmentation"), help="one half")
    options = target_report.finish(parser.parse_args())
    options.cycles = 2 if options.quick else CYCLES
    options.cores = sorted(os.sched_getaffinity(0))
    if len(options.cores) < 2:
        print("memory: two cores are needed, one for the server and one for the load",
              file=sys.stderr)
        return 2
    rows, fragmentation = [], {}
    try:
        if options.only != "fragmentation":
            rows += overhead_rows(options)
        if options.only != "overhead":
            rows += fragmentation_rows(options, fragmentation)
    except compare_servers.CannotRun as problem:
        print(f"memory: {problem}", file=sys.stderr)
        return 2
    return target_report.write(
        options, "memory", "Memory per key, and the limit",
        "How much memory does a key of 21 bytes take beside its own bytes and those of its value, "
        "and does resident memory keep to `maxmemory` while the sizes of values change?",
        rows, fragmentation, lambda pyplot: draw(pyplot, rows, fragmentation))


if __name__ == "__main__":
    sys.exit(main())
