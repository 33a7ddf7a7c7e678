"""Medians, the table, the files and the picture of a comparison."""

import datetime
import json
import os
import platform
import re
import statistics
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PERCENTILES = ("p50", "p99", "p99.9")


def side_of(label, runs):
    """The medians of one server's runs."""
    def median(read):
        return statistics.median(read(run) for run in runs)

    rates = [run["requests_per_second"] for run in runs]
    side = {
        "label": label,
        "rate": statistics.median(rates),
        "spread": (max(rates) - min(rates)) / statistics.median(rates),
        "latency_us": {name: median(lambda run, n=name: run["latency_us"][n])
                       for name in PERCENTILES},
        "cpu_us": {name: median(lambda run, n=name: run["server_cpu_us"][n])
                   for name in ("user", "kernel")},
        "generator_cpu_us": median(lambda run: sum(run["generator_cpu_us"].values())),
        "runs": runs,
    }
    side["cpu_us"]["sum"] = median(lambda run: sum(run["server_cpu_us"].values()))
    server_busy = side["rate"] * side["cpu_us"]["sum"] / 1e6
    generator_busy = side["rate"] * side["generator_cpu_us"] / 1e6
    side["limited_by_load"] = generator_busy > 0.95 and server_busy < 0.9
    return side


def row_of(load, sides):
    """A row with its ratio (second side : first) and verdict."""
    row = {"name": load.name, "title": load.title, "kind": load.kind, "target": load.target,
           "at_least": load.at_least, "sides": sides, "note": ""}
    if load.kind == "idle":
        return row
    row["ratio"] = compared(load.kind, sides[1]) / compared(load.kind, sides[0])
    met = row["ratio"] >= load.target if load.at_least else row["ratio"] <= load.target
    row["verdict"] = "met" if met else "missed"
    if load.kind == "rate" and sides[1]["limited_by_load"]:
        row["note"] = "Larder waited for the load generator"
    return row


def row_without_figures(load, note):
    return {"name": load.name, "title": load.title, "kind": load.kind, "target": load.target,
            "at_least": load.at_least, "sides": [], "ratio": None, "verdict": "open", "note": note}


def compared(kind, side):
    if kind in ("cpu", "threads"):
        return side["cpu_us"]["sum"]
    return side["latency_us"]["p99.9"] if kind == "tail" else side["rate"]


WHAT = {"rate": "requests/s", "cpu": "CPU", "tail": "p99.9", "threads": "CPU", "hot": "requests/s",
        "writer": "requests/s"}


def target_text(row):
    if row["kind"] == "idle":
        return f"< {row['target']:,} bytes"
    return f"{WHAT[row['kind']]} {'≥' if row['at_least'] else '≤'} {row['target']:g}x"


HEADER = ("load", "server", "requests/s", "p50 us", "p99 us", "p99.9 us", "CPU us", "user",
          "kernel", "ratio", "target", "")


def cells_of(row):
    """The lines of a row, one per side."""
    lines = []
    for index, side in enumerate(row["sides"]):
        last = index == len(row["sides"]) - 1
        title = row["title"] if index == 0 else ""
        end = (f"{row['ratio']:.2f}x", target_text(row), row["verdict"]) if last else ("", "", "")
        if row["kind"] == "idle":
            figures = (f"{side['bytes']:,.0f} bytes", "", "", "", "", "", "")
        else:
            latency = [f"{side['latency_us'][name]:,.0f}" for name in PERCENTILES]
            cpu = [f"{side['cpu_us'][name]:.2f}" for name in ("sum", "user", "kernel")]
            figures = (f"{side['rate']:,.0f}", *latency, *cpu)
        lines.append((title, side["label"], *figures, *end))
    if not lines:
        lines.append((row["title"], *[""] * 8, "", target_text(row), row["verdict"]))
    return lines


def text_of(rows):
    """The rows without a header, for showing them as they come."""
    lines = []
    for row in rows:
        for cells in cells_of(row):
            lines.append("    " + "  ".join(cell for cell in cells[1:] if cell))
        if row["note"]:
            lines.append("    " + row["note"])
    return "\n".join(lines)


def text_table(rows, machine):
    table = [HEADER]
    notes = {}
    for row in rows:
        table += cells_of(row)
        if row["note"]:
            notes[len(table) - 1] = row["note"]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADER))]
    left = (0, 1, 10, 11)
    out = []
    for number, line in enumerate(table):
        cells = [cell.ljust(width) if column in left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        out.append("  ".join(cells).rstrip())
        if number == 0:
            out.append("-" * (sum(widths) + 2 * len(widths)))
        if number in notes:
            out += ["    " + text for text in notes[number].splitlines()]
    met = sum(row["verdict"] == "met" for row in rows)
    missed = [row["name"] for row in rows if row["verdict"] == "missed"]
    out.append("")
    out.append(f"{met} of {len(rows)} targets met" +
               (f"; missed: {', '.join(missed)}" if missed else ""))
    out.append(f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}; "
               f"{machine['redis']}; {machine['rounds']} rounds of {machine['seconds']:g} s, medians")
    return "\n".join(out)


def markdown_table(rows, machine, picture):
    out = ["# Larder beside Redis", "",
           f"{machine['date']}, commit {machine['commit']}. {machine['cpu']}, {machine['cores']} "
           f"cores, Linux {machine['kernel']}; {machine['compiler']}, {machine['build_type']}; "
           f"{machine['redis']}, io-threads 1. One core for the server, one for the load; "
           f"medians of {machine['rounds']} interleaved rounds of {machine['seconds']:g} s. "
           f"CPU is the server's processor time per request.", "",
           "| " + " | ".join(HEADER[:-1]) + " | met |", "|" + "---|" * len(HEADER)]
    for row in rows:
        for cells in cells_of(row):
            out.append("| " + " | ".join(cells) + " |")
    notes = [f"- {row['title']}: {row['note']}" for row in rows if row["note"]]
    spread = [side["spread"] for row in rows for side in row["sides"] if "spread" in side]
    if spread:
        notes.append(f"- The requests/s of a load's rounds lay {100 * statistics.median(spread):.0f}"
                     f" % apart (median over the loads), at worst {100 * max(spread):.0f} %.")
    out += ["", *notes, "", f"![throughput and latency]({picture})", ""]
    return "\n".join(out)


def describe_machine(options, redis_binary):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    commit = run("git", "-C", ROOT, "rev-parse", "--short", "HEAD") or "unknown"
    changed = run("git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no")
    cache = build_cache(options.build)
    compiler = run(cache.get("CMAKE_CXX_COMPILER", "c++"), "--version").splitlines()
    redis = re.search(r"v=(\S+)", run(redis_binary, "--version"))
    return {
        "date": datetime.date.today().isoformat(),
        "commit": commit + (" with changes" if changed else ""),
        "short_hash": commit,
        "cpu": model.group(1) if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "compiler": compiler[0] if compiler else "unknown compiler",
        "build_type": cache.get("CMAKE_BUILD_TYPE", "unknown build"),
        "redis": f"redis-server {redis.group(1)}" if redis else "no redis-server",
        "server": options.server or "larder-server",
        "rounds": options.rounds,
        "seconds": options.seconds,
        "load_average": os.getloadavg()[0],
    }


def build_cache(build):
    try:
        with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as file:
            return dict(re.findall(r"^(\w+):\w+=(.*)$", file.read(), re.MULTILINE))
    except OSError:
        return {}


def run(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def write(directory, rows, machine):
    """Writes data, table and picture; returns their paths."""
    os.makedirs(directory, exist_ok=True)
    stem = os.path.join(directory, f"{machine['date']}-{machine['short_hash']}")
    with open(stem + ".json", "w", encoding="utf-8") as file:
        json.dump({"machine": machine, "rows": rows}, file, indent=1)
        file.write("\n")
    with open(stem + ".md", "w", encoding="utf-8") as file:
        file.write(markdown_table(rows, machine, os.path.basename(stem) + ".png"))
    paths = [stem + ".json", stem + ".md"]
    drawn = [row for row in rows if row["sides"] and row["kind"] != "idle"]
    if drawn and draw(stem + ".png", drawn, machine):
        paths.append(stem + ".png")
    return paths


def draw(path, rows, machine):
    """Draws throughput and latency per load; False where matplotlib is missing."""
    try:
        import matplotlib
        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        print("no picture: apt-get install python3-matplotlib")
        return False
    rows = rows[::-1]
    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(15, 1.6 + 0.62 * len(rows)), sharey=True, layout="constrained",
        width_ratios=(1, 1.15))
    draw_throughput(left, rows)
    draw_latency(right, rows)
    figure.suptitle(f"Larder beside {machine['redis']} — one core each, {machine['cpu']}, "
                    f"{machine['date']}, {machine['commit']}", fontsize=12)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return True


BASE, OURS = "#9aa5b1", "#1f6feb"


def draw_throughput(axes, rows):
    for y, row in enumerate(rows):
        base, ours = row["sides"]
        ratio = ours["rate"] / base["rate"]
        axes.barh(y + 0.19, 1, height=0.36, color=BASE)
        axes.barh(y - 0.19, ratio, height=0.36, color=OURS)
        axes.text(1.03, y + 0.19, f"{base['label']}: {base['rate']:,.0f}/s", va="center", fontsize=8)
        clear = max(ratio, row["target"]) if row["kind"] == "rate" else ratio
        axes.text(clear + 0.05, y - 0.19, f"{ours['label']}: {ours['rate']:,.0f}/s = {ratio:.2f}x",
                  va="center", fontsize=8)
        if row["kind"] == "rate":
            axes.plot([row["target"]] * 2, [y - 0.4, y], color="#d1242f", linewidth=2)
    longest = max(max(row["sides"][1]["rate"] / row["sides"][0]["rate"], row["target"])
                  if row["kind"] == "rate" else 1 for row in rows)
    axes.set_xlim(0, longest + 2.2)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_yticks(range(len(rows)), [row["title"] for row in rows], fontsize=9)
    axes.set_xlabel("requests per second, first server of the load = 1 (red line: target)")
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)


def draw_latency(axes, rows):
    markers = dict(zip(PERCENTILES, ("o", "s", "^")))
    for y, row in enumerate(rows):
        for side, color, shift in zip(row["sides"], (BASE, OURS), (0.19, -0.19)):
            values = [side["latency_us"][name] for name in PERCENTILES]
            axes.plot(values, [y + shift] * len(values), color=color, linewidth=1.5, zorder=1)
            for name, value in zip(PERCENTILES, values):
                axes.scatter(value, y + shift, color=color, marker=markers[name], s=42, zorder=2)
            axes.text(values[-1] * 1.12, y + shift, f"{values[-1]:,.0f}", va="center", fontsize=8)
    for name in PERCENTILES:
        axes.scatter([], [], color="black", marker=markers[name], label=name)
    axes.scatter([], [], color=BASE, marker="s", label="Redis (or one thread)")
    axes.scatter([], [], color=OURS, marker="s", label="Larder")
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * 1.6)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("latency in µs (figure: p99.9)")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.0 + 0.9 / (2 + len(rows))), ncol=5,
                fontsize=8, frameon=False)
