#!/usr/bin/python3
"""How often does Larder miss, beside redis-server with its best policy, in the same memory?

Candidates: Larder with allkeys-s3fifo and 16 shards, Debian's redis-server with allkeys-lru and with
allkeys-lfu. Each, freshly started, is given as maxmemory what it uses while it is empty, and a share
of the bytes of all objects of a trace; larder-replay then plays the trace over a socket, GET and on a
miss SET of 1 KiB. hitratio-sim plays the same trace without sockets at many sizes, for the curves of
more policies, with LRU, LFU and Belady's optimum beside them.

At last, what evicting costs: the same SETs at the limit and below it. Random keys are the steady
state of a cache: below the limit all are stored already, at the limit half of them are, and each of
the others displaces one. New keys displace one each at the limit, but below it they touch memory
for the first time, which costs more; so they are compared with overwriting, too.

  make bench-hitratio ARGS="--trace web07.txt.gz --trace web12.txt.gz"
  bench/hitratio.py                     the traces of ../shared/traces, or made-up ones if there are none
  bench/hitratio.py --generate drift:requests=500000,ids=50000
  bench/hitratio.py --only cost         one part: sockets, curves or cost
"""

import csv
import glob
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile

import compare_servers
import target_report
from resp_client import RespClient
from target_report import Row

SHARES = (0.05, 0.10, 0.25)
# Miss ratios asked for at these shares, by the name of the trace.
ASKED = {"web07": (0.466, 0.426, 0.366), "web12": (0.365, 0.288, 0.212)}
MADE_UP = ("zipf:requests=500000,ids=50000", "scans:requests=500000,ids=50000",
           "drift:requests=500000,ids=50000")
VALUE_BYTES = 1024
SHARDS = 16
LARDER_POLICY = "allkeys-s3fifo"
REDIS_POLICIES = ("allkeys-lru", "allkeys-lfu")

CURVE_SHARES = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.7)
# The policies of the simulation, and how they are drawn. Those named allkeys-… are the server's own
# code with all overhead counted; the others are models that count values alone.
CURVES = {
    "allkeys-s3fifo": ("Larder: allkeys-s3fifo", target_report.OURS, "-", 2.4),
    "allkeys-lru": ("Larder: allkeys-lru", "#57ab5a", "-", 1.2),
    "allkeys-lfu": ("Larder: allkeys-lfu", "#c69026", "-", 1.2),
    "lru": ("LRU", "#57ab5a", "--", 1.2),
    "lfu": ("LFU", "#c69026", "--", 1.2),
    "sieve": ("SIEVE", "#986ee2", ":", 1.4),
    "s3fifo": ("S3-FIFO", target_report.OURS, ":", 1.4),
    "wtinylfu": ("W-TinyLFU", "#e0823d", ":", 1.4),
    "belady": ("Belady (optimum)", "black", "-", 1.2),
}

COST_KEYS = 1_500_000
COST_LIMIT = 256 << 20
COST_SHARE = 80  # percent of the throughput below the limit


class Tools:
    """The programs that were built, and the cores they run on."""

    def __init__(self, options):
        self.cores = sorted(os.sched_getaffinity(0))
        if len(self.cores) < 2:
            raise compare_servers.CannotRun("two cores are needed: a server's and a client's")
        self.replay_binary = self._find(options.build, "larder-replay")
        self.simulator_binary = self._find(options.build, "hitratio-sim")
        self.bench_binary = self._find(options.build, "larder-bench")
        (_, self.larder), (_, self.redis) = target_report.server_commands(options)

    @staticmethod
    def _find(build, name):
        path = os.path.join(build, name)
        if not os.access(path, os.X_OK):
            raise compare_servers.CannotRun(f"{path} is not there: build it first (make build)")
        return path

    def server(self, label, policy):
        command = f"{self.redis} --maxmemory-policy {policy}"
        if label == "Larder":
            command = f"{self.larder} --shards {SHARDS} --maxmemory 0 --maxmemory-policy {policy}"
        return compare_servers.Server(label, command, self.cores[:1])

    def run(self, *command):
        done = subprocess.run(["taskset", "-c", compare_servers.core_list(self.cores[1:2]),
                               *map(str, command)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise compare_servers.CannotRun(f"{command[0]}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def replay(self, *arguments):
        return self.run(self.replay_binary, *arguments)


def set_limit(server, beyond_empty):
    """Sets maxmemory to what the empty server uses, and so much more."""
    with RespClient(server.port) as client:
        used = int(client.info("memory")["used_memory"])
        client.call("CONFIG", "SET", "maxmemory", used + int(beyond_empty))


def miss_ratio(tools, label, policy, path, share, data_bytes):
    with tools.server(label, policy) as server:
        set_limit(server, share * data_bytes)
        result = json.loads(tools.replay("--port", server.port, "--trace", path, "--value-size",
                                         VALUE_BYTES, "--json", "-"))
    return result["miss_ratio"]


def extent(path):
    """How many bytes all objects of a trace have."""
    sizes = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            number, _, size = line.strip().partition(",")
            sizes[number] = int(size or VALUE_BYTES)
    return sum(sizes.values())


def socket_rows(tools, name, path, data):
    rows = []
    data_bytes = extent(path)
    for index, share in enumerate(SHARES):
        ours = miss_ratio(tools, "Larder", LARDER_POLICY, path, share, data_bytes)
        theirs = {policy: miss_ratio(tools, "Redis", policy, path, share, data_bytes)
                  for policy in REDIS_POLICIES}
        best = min(theirs, key=theirs.get)
        data.append({"trace": name, "share": share, "larder": ours, "redis": theirs})
        asked = ASKED[name][index] if name in ASKED else None
        rows.append(Row(f"{name}, {100 * share:g} % of its bytes", "miss ratio", ours, theirs[best],
                        asked, digits=3, note=f"Redis's best policy here is {best}; " + ", ".join(
                            f"{policy} {ratio:.3f}" for policy, ratio in theirs.items())))
        print("… " + "  ".join(rows[-1].cells()), file=sys.stderr, flush=True)
    return rows


def curves_of(tools, name, path, shares):
    print(f"… curves of {name}", file=sys.stderr, flush=True)
    text = tools.run(tools.simulator_binary, "--trace", path, "--value-size", VALUE_BYTES,
                     "--shards", SHARDS, "--csv", "--policies", ",".join(CURVES), "--shares",
                     ",".join(map(str, shares)))
    curves = {policy: [] for policy in CURVES}
    for line in csv.DictReader(io.StringIO(text)):
        curves[line["policy"]].append((float(line["share"]), float(line["miss_ratio"])))
    return curves


def cost_run(tools, options, label, policy, limit, new_keys):
    """Sets random keys of those that are stored already, or new keys, on a server that is full to
    its limit, or has none (0). With the limit, there is room for about half of the keys."""
    keys = COST_KEYS // options.shrink
    load = ("-m", "set", "-c", 16, "-P", 16, "--value-size", 256, "--tape-mb", 2048, "-k", keys)
    generator = compare_servers.Generator(tools.bench_binary, tools.cores[1:2])
    with tools.server(label, policy) as server:
        if limit:
            set_limit(server, limit)
        if new_keys:
            generator.preload(server, ("--key-prefix", "old:", "-k", keys if limit else 1000,
                                       "--value-size", 256))
            return generator.run(server, (*load, "--key-distribution", "sequential", "-n", keys))
        generator.preload(server, ("-k", keys, "--value-size", 256))
        return generator.run(server, (*load, "--key-distribution", "uniform", "-n", keys))


def cost_rows(tools, options, data):
    results = {}
    for _ in range(options.cost_rounds):
        for label, policy in (("Larder", LARDER_POLICY), ("Redis", "allkeys-lru")):
            for new_keys in (False, True):
                for limit in (0, COST_LIMIT // options.shrink):
                    run = cost_run(tools, options, label, policy, limit, new_keys)
                    results.setdefault((label, limit > 0, new_keys), []).append(run)
    data.update({f"{label}, {'new' if new_keys else 'random'} keys, "
                 f"{'at the limit' if full else 'below it'}": runs
                 for (label, full, new_keys), runs in results.items()})

    def row(what, read, full_new, free_new, digits=0, **asked):
        percents = []
        for label in ("Larder", "Redis"):
            full, free = (statistics.median(map(read, results[key])) for key in
                          ((label, True, full_new), (label, False, free_new)))
            percents.append(100 * full / free)
        return Row(f"SET at the limit beside below it: {what}", "%", *percents, digits=digits, **asked)

    def rate(run):
        return run["requests_per_second"]

    def tail(run):
        return run["latency_us"]["p99.9"]

    def processor(run):
        return sum(run["server_cpu_us"].values())
    return [
        row("requests/s, random keys", rate, False, False, asked=COST_SHARE, at_least=True),
        row("p99.9, random keys", tail, False, False, asked=100 * 100 / COST_SHARE),
        row("requests/s, new keys", rate, True, True, asked=COST_SHARE, at_least=True),
        row("p99.9, new keys", tail, True, True, asked=100 * 100 / COST_SHARE),
        row("requests/s, new keys beside overwriting", rate, True, False),
        row("processor time, new keys beside overwriting", processor, True, False),
    ]


def draw(pyplot, curves, sockets):
    names = list(curves) or sorted({found["trace"] for found in sockets})
    figure, all_axes = pyplot.subplots(1, max(len(names), 1), squeeze=False, layout="constrained",
                                       figsize=(7.5 * max(len(names), 1), 6))
    for axes, name in zip(all_axes[0], names):
        for policy, points in curves.get(name, {}).items():
            label, color, style, width = CURVES[policy]
            axes.plot(*zip(*points), style, color=color, linewidth=width, label=label)
        draw_sockets(axes, [found for found in sockets if found["trace"] == name])
        axes.set_xscale("log")
        axes.set_xticks([0.01, 0.02, 0.05, 0.1, 0.2, 0.5], ["1", "2", "5", "10", "20", "50"])
        axes.minorticks_off()
        axes.set_xlabel("size of the cache, % of the bytes of all objects")
        axes.set_ylabel("miss ratio")
        axes.set_title(name)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    return figure


def draw_sockets(axes, found):
    if not found:
        return
    shares = [point["share"] for point in found]
    axes.plot(shares, [point["larder"] for point in found], "o", color=target_report.OURS,
              markersize=9, label="Larder, over a socket")
    axes.plot(shares, [min(point["redis"].values()) for point in found], "s",
              color=target_report.BASE, markersize=8, label="redis-server, its best policy")
    for index, point in enumerate(found):
        if point["trace"] in ASKED:
            axes.plot(point["share"], ASKED[point["trace"]][index], "_", markersize=22,
                      color=target_report.LIMIT, markeredgewidth=2,
                      label="asked" if index == 0 else None)


def find_traces(options):
    """Names and where they come from: files, or recipes of larder-replay."""
    files = options.trace or ([] if options.generate else sorted(glob.glob(
        os.path.join(target_report.ROOT, "..", "shared", "traces", "*.txt*"))))
    recipes = options.generate or ([] if files else MADE_UP)
    found = [(os.path.basename(file).split(".")[0], ("--trace", file)) for file in files]
    return found + [(recipe.split(":")[0], ("--generate", recipe)) for recipe in recipes]


def measure(options, rows, data):
    tools = Tools(options)
    with tempfile.TemporaryDirectory(prefix="larder-traces-") as directory:
        for name, source in find_traces(options) if options.only != "cost" else ():
            path = os.path.join(directory, name + ".txt")
            tools.replay(*source, "--write-trace", path)
            if options.only != "curves":
                rows += socket_rows(tools, name, path, data["sockets"])
            if options.only != "sockets":
                data["curves"][name] = curves_of(tools, name, path, options.curve_shares)
    if options.only in (None, "cost"):
        rows += cost_rows(tools, options, data["cost"])


def main():
    parser = target_report.parser_of(__doc__)
    parser.add_argument("--trace", action="append", default=[], metavar="FILE",
                        help="a trace: an id, or id,size, in each line; may end in .gz; repeatable")
    parser.add_argument("--generate", action="append", default=[], metavar="RECIPE",
                        help="a made-up trace, as larder-replay --help tells; repeatable")
    parser.add_argument("--only", choices=("sockets", "curves", "cost"), help="one part")
    options = target_report.finish(parser.parse_args())
    options.cost_rounds = 1 if options.quick else 3
    options.curve_shares = CURVE_SHARES[::4] if options.quick else CURVE_SHARES
    rows, data = [], {"sockets": [], "curves": {}, "cost": {}}
    try:
        measure(options, rows, data)
    except compare_servers.CannotRun as problem:
        print(f"hitratio: {problem}", file=sys.stderr)
        return 2
    return target_report.write(
        options, "hitratio", "How often a cache misses",
        "In the same memory, how often does Larder miss beside redis-server with its best policy, "
        "and beside other policies? A request is a GET, and on a miss a SET of 1 KiB.",
        rows, data, lambda pyplot: draw(pyplot, data["curves"], data["sockets"]))


if __name__ == "__main__":
    sys.exit(main())
