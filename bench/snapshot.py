#!/usr/bin/python3
"""While two million keys are saved, how long do clients wait, and how much does memory grow?

Candidates: Larder and Debian's redis-server, one after the other. The server has one core, which
its snapshot has to share with the requests; the load has another one. On a machine with three
cores, Larder is measured a second time with a core left for the snapshot.

Idle: BGSAVE of 2 M keys of 256 B while nobody asks for anything: how long does it take?

Under load: 36,000 requests/s in an open loop, so that latency counts from when a request was due,
half of them writes over the same keys. BGSAVE is asked for again as soon as the one before is
done, so that the whole of the load meets a save. The memory of the server, and of the process that
Redis forks, is read meanwhile; pages that both share count once. The same load before the first
save tells what the machine itself lets clients wait. Of three rounds the one with the median p99.9
is told.

Loading: the server is started with the file that it has saved, and answers DBSIZE with all keys
after how long? With two threads, on all cores.

  make bench-snapshot               everything, six minutes
  bench/snapshot.py --quick         the same in small
  bench/snapshot.py --only load     one part
"""

import os
import shutil
import sys
import threading
import time

import compare_servers
import target_report
from process_gauge import ResidentWatch, resident_bytes, step_back
from resp_client import RespClient, RespError
from target_report import Row

KEYS = 2_000_000
VALUE_BYTES = 256
RATE = 36_000
CONNECTIONS = 16
LOAD_SECONDS = 15
WARM_SECONDS = 4
PATIENCE = 120
POLL_SECONDS = 0.02


def family_bytes(pid):
    """Memory of a process and its children, shared pages counted once. To tell these apart, the
    system has to keep the processes from changing their memory for a while, so that is done only
    where there is a child."""
    total = 0
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = list(map(int, file.read().split()))
        if not children:
            return resident_bytes(pid)
        for member in (pid, *children):
            with open(f"/proc/{member}/smaps_rollup", encoding="ascii") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return None  # the child has just ended
    return total * 1024


def save(client):
    """Seconds that a BGSAVE takes."""
    began = time.monotonic()
    if not client.call("BGSAVE").startswith(b"Background saving started"):
        raise compare_servers.CannotRun("BGSAVE was not started")
    while client.info("persistence")["rdb_bgsave_in_progress"] != "0":
        if time.monotonic() - began > PATIENCE:
            raise compare_servers.CannotRun(f"BGSAVE is not done after {PATIENCE} s")
        time.sleep(POLL_SECONDS)
    took = time.monotonic() - began
    state = client.info("persistence")
    if state["rdb_last_bgsave_status"] != "ok":
        raise compare_servers.CannotRun(f"the save has failed: {state}")
    return took


class SavesOnAndOn(threading.Thread):
    """Saves, one after the other, until it is told to stop; the last one is waited for."""

    def __init__(self, port):
        super().__init__()
        self.port = port
        self.seconds = []
        self.problem = None
        self.stopping = threading.Event()

    def run(self):
        step_back()
        try:
            with RespClient(self.port) as client:
                while not self.stopping.is_set():
                    self.seconds.append(save(client))
        except (compare_servers.CannotRun, RespError, OSError) as problem:
            self.problem = problem


def load_arguments(options, seconds):
    return ("-m", "get=1,set=1", "--keys", KEYS // options.shrink, "--value-size", VALUE_BYTES,
            "--rate", RATE, "-c", CONNECTIONS, "--duration", seconds)


def measure_saving(options, server, generator):
    """The server has its keys already."""
    with RespClient(server.port) as client:
        idle = [save(client) for _ in range(2)]
    undisturbed = generator.run(server, load_arguments(options, options.warm_seconds))
    time.sleep(1)
    before = family_bytes(server.pid)
    saves = SavesOnAndOn(server.port)
    with ResidentWatch(server.pid, interval=0.25, size_of=family_bytes) as memory:
        saves.start()
        time.sleep(0.1)
        loaded = generator.run(server, load_arguments(options, options.load_seconds))
        saves.stopping.set()
        saves.join()
    if saves.problem:
        raise compare_servers.CannotRun(f"{server.label}: {saves.problem}")
    peak = memory.peak()
    return {"idle_seconds": min(idle), "load_seconds": saves.seconds,
            "memory_before": before, "memory": memory.samples,
            "growth_percent": 100 * (peak - before) / before,
            "undisturbed_us": undisturbed["latency_us"], "latency_us": loaded["latency_us"],
            "requests_per_second": loaded["requests_per_second"]}


def measure_loading(options, label, command, saved):
    """Seconds from the start with this file until all keys are there."""
    if label == "Larder" and not options.server:
        command = command.replace("--threads 1", "--threads 2")
    server = compare_servers.Server(label, command, options.cores)
    shutil.copyfile(saved, os.path.join(server.directory.name, "dump.rdb"))
    began = time.monotonic()
    with server:
        with RespClient(server.port) as client:
            while True:
                try:
                    if client.call("DBSIZE") == KEYS // options.shrink:
                        return time.monotonic() - began
                except RespError:
                    pass  # LOADING
                if time.monotonic() - began > PATIENCE:
                    return None
                time.sleep(POLL_SECONDS)


def p999_ms(found):
    return found["latency_us"]["p99.9"] / 1000


def measure(options, label, command, cores):
    generator = compare_servers.Generator(os.path.join(options.build, "larder-bench"),
                                          options.cores[1:2])
    with compare_servers.Server(label, command, cores) as server:
        generator.preload(server, load_arguments(options, 1))
        rounds = [measure_saving(options, server, generator) for _ in range(options.repeats)]
        found, found["p99.9_ms_of_rounds"] = target_report.middle_round(rounds, p999_ms)
        saved = os.path.join(server.directory.name, "dump.rdb")
        found["file_bytes"] = os.path.getsize(saved)
        if options.only != "load":
            kept = os.path.join(options.scratch, label + ".rdb")
            shutil.copyfile(saved, kept)
    if options.only != "load":
        found["loading_seconds"] = measure_loading(options, label, command, kept)
        os.unlink(kept)
    print(f"… {label}: {found['idle_seconds']:.2f} s idle, "
          f"{max(found['load_seconds']):.2f} s under load, p99.9 {p999_ms(found):.2f} ms",
          file=sys.stderr)
    return found


def mean(numbers):
    return sum(numbers) / len(numbers)


def rows_of(options, data):
    larder, redis = data["Larder"], data["Redis"]

    def both(read):
        return read(larder), read(redis)

    def wait(field, name):
        return both(lambda found: found[field][name] / 1000)

    all_rounds = [f"{label} {', '.join(f'{figure:.2f}' for figure in found['p99.9_ms_of_rounds'])}"
                  for label, found in data.items()]
    rows = [
        Row("BGSAVE of an idle server", "s", *both(lambda found: found["idle_seconds"]),
            redis["idle_seconds"], digits=2),
        Row("BGSAVE under load", "s", *both(lambda found: mean(found["load_seconds"])),
            3 * mean(redis["load_seconds"]), digits=2),
        Row("clients during saves: p99.9", "ms", *wait("latency_us", "p99.9"), 5, digits=2,
            note="in all rounds: " + "; ".join(all_rounds)),
        Row("clients during saves: longest wait", "ms", *wait("latency_us", "max"), 20, digits=2),
        Row("the same clients without a save: p99.9", "ms", *wait("undisturbed_us", "p99.9"),
            digits=2),
        Row("the same clients without a save: longest wait", "ms", *wait("undisturbed_us", "max"),
            digits=2),
        Row("growth of memory during saves", "%", *both(lambda found: found["growth_percent"]), 5),
    ]
    free = data.get("Larder with a free core")
    rows.append(Row("clients during saves, with a core for the snapshot: p99.9", "ms",
                    free["latency_us"]["p99.9"] / 1000 if free else None, None, 1, digits=2,
                    note="" if free else "no figure: the machine has two cores"))
    if options.only != "load":
        late = None in both(lambda found: found["loading_seconds"])
        rows.append(Row("starting with the file until all keys are there", "s",
                        *both(lambda found: found["loading_seconds"]),
                        None if late else redis["loading_seconds"] / 2, digits=2,
                        note=f"no figure: not within {PATIENCE} s" if late else ""))
    return rows


def draw(pyplot, data):
    figure, axes = pyplot.subplots(figsize=(9, 4.5), layout="constrained")
    for label, color in (("Redis", target_report.BASE), ("Larder", target_report.OURS)):
        samples = data[label]["memory"]
        before = data[label]["memory_before"]
        axes.plot([second for second, _ in samples],
                  [100 * (size - before) / before for _, size in samples], color=color, label=label)
    axes.axhline(5, color=target_report.LIMIT, linewidth=1)
    axes.set_xlabel("seconds (red: asked for)")
    axes.set_ylabel("growth of memory, %")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.suptitle("Saves one after the other, while the same keys are written over")
    return figure


def main():
    parser = target_report.parser_of(__doc__)
    parser.add_argument("--only", choices=("load",), help="without loading")
    options = target_report.finish(parser.parse_args())
    options.load_seconds = 4 if options.quick else LOAD_SECONDS
    options.warm_seconds = 2 if options.quick else WARM_SECONDS
    options.cores = sorted(os.sched_getaffinity(0))
    options.scratch = os.path.join(options.build, "bench-results")
    os.makedirs(options.scratch, exist_ok=True)
    data = {}
    try:
        if len(options.cores) < 2:
            raise compare_servers.CannotRun("two cores are needed: one for the server, one for the load")
        commands = target_report.server_commands(options)
        for label, command in commands:
            data[label] = measure(options, label, command, options.cores[:1])
        if len(options.cores) > 2:
            data["Larder with a free core"] = measure(options, *commands[0],
                                                      [options.cores[0], options.cores[2]])
    except compare_servers.CannotRun as problem:
        print(f"snapshot: {problem}", file=sys.stderr)
        return 2
    return target_report.write(
        options, "snapshot", "Saving while clients write",
        f"While {KEYS // options.shrink:,} keys of {VALUE_BYTES} B are saved again and again, how "
        f"long do other clients wait, at {RATE:,} requests/s in an open loop, half of them writes "
        "over the same keys, and how much does memory grow?",
        rows_of(options, data), data, lambda pyplot: draw(pyplot, data))


if __name__ == "__main__":
    sys.exit(main())
