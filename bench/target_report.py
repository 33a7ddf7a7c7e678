"""Results of the benches that hold Larder and redis-server against figures that are asked for."""

import argparse
import dataclasses
import json
import os

import compare_report
import compare_servers

ROOT = compare_report.ROOT
BASE, OURS, LIMIT = compare_report.BASE, compare_report.OURS, "#d1242f"


@dataclasses.dataclass
class Row:
    """One figure of both servers. `asked` is what Larder's is to be at most, or at least; None if
    the figure is only told."""

    what: str
    unit: str
    larder: float | None
    redis: float | None
    asked: float | None = None
    at_least: bool = False
    digits: int = 1
    note: str = ""

    @property
    def verdict(self):
        if self.asked is None:
            return ""
        if self.larder is None:
            return "open"
        good = self.larder >= self.asked if self.at_least else self.larder <= self.asked
        return "met" if good else "missed"

    def cells(self):
        def figure(value):
            return "–" if value is None else f"{value:,.{self.digits}f}"
        asked = "" if self.asked is None else f"{'≥' if self.at_least else '≤'} {figure(self.asked)}"
        return (self.what, self.unit, figure(self.larder), figure(self.redis), asked, self.verdict)


HEADER = ("figure", "unit", "Larder", "Redis", "asked", "")


def middle_round(rounds, read):
    """Of several rounds the one with the median of a figure, as a whole, so that its figures belong
    together; and that figure in all rounds."""
    in_order = sorted(rounds, key=read)
    return in_order[len(rounds) // 2], [read(found) for found in rounds]


def text_table(rows):
    table = [HEADER] + [row.cells() for row in rows]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADER))]
    lines = []
    for number, line in enumerate(table):
        cells = [cell.rjust(width) if column in (2, 3, 4) else cell.ljust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        lines.append("  ".join(cells).rstrip())
        if number == 0:
            lines.append("-" * (sum(widths) + 2 * len(widths)))
        elif rows[number - 1].note:
            lines.append("    " + rows[number - 1].note)
    judged = [row for row in rows if row.asked is not None]
    missed = [row.what for row in judged if row.verdict == "missed"]
    lines += ["", f"{sum(row.verdict == 'met' for row in judged)} of {len(judged)} figures met" +
              (f"; missed: {', '.join(missed)}" if missed else "")]
    return "\n".join(lines)


def markdown(title, question, rows, machine, picture):
    lines = [f"# {title}", "", question, "",
             f"{machine['date']}, commit {machine['commit']}. {machine['cpu']}, {machine['cores']} "
             f"cores, Linux {machine['kernel']}; {machine['compiler']}, {machine['build_type']}; "
             f"{machine['redis']}.", "",
             "| " + " | ".join(HEADER[:-1]) + " | met |", "|" + "---|" * len(HEADER)]
    lines += ["| " + " | ".join(row.cells()) + " |" for row in rows]
    lines += ["", *[f"- {row.what}: {row.note}" for row in rows if row.note], ""]
    return "\n".join(lines + ([f"![{title}]({picture})", ""] if picture else []))


def parser_of(doc):
    """The options that these benches have in common."""
    parser = argparse.ArgumentParser(description=doc,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true",
                        help="a small run, to see that it works; writes to build/bench-results/")
    parser.add_argument("--server", metavar="CMD",
                        help="start this in Larder's place; {port} becomes the port to listen on")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"),
                        help="directory with larder-server and the tools (default build/)")
    parser.add_argument("--output", metavar="DIR", help="write the results there")
    return parser


def finish(options):
    """Fills in what follows from other options."""
    if not options.output:
        options.output = (os.path.join(options.build, "bench-results")
                          if options.quick or options.server
                          else os.path.join(ROOT, "bench", "results"))
    options.shrink = 10 if options.quick else 1
    options.repeats = 1 if options.quick else 3
    options.rounds = options.seconds = 1  # what compare_report tells of a comparison
    return options


def server_commands(options):
    """The labels and commands of the servers in a run."""
    larder = compare_servers.larder_command(os.path.join(options.build, "larder-server"),
                                            options.server, 1)
    redis = compare_servers.redis_command(compare_servers.redis_binary(options.build))
    return (("Larder", larder), ("Redis", redis))


def describe_machine(options):
    return compare_report.describe_machine(options, compare_servers.redis_binary(options.build))


def write(options, name, title, question, rows, data, draw):
    """Prints the table and writes it with data and picture; draw(pyplot) returns a figure."""
    machine = describe_machine(options)
    print(text_table(rows))
    os.makedirs(options.output, exist_ok=True)
    stem = os.path.join(options.output, name)
    with open(stem + ".json", "w", encoding="utf-8") as file:
        json.dump({"machine": machine, "rows": [dataclasses.asdict(row) for row in rows],
                   "data": data}, file)
        file.write("\n")
    picture = save_picture(stem + ".png", draw)
    with open(stem + ".md", "w", encoding="utf-8") as file:
        file.write(markdown(title, question, rows, machine, name + ".png" if picture else ""))
    for end in (".md", ".json", *([".png"] if picture else [])):
        print(f"written: {os.path.relpath(stem + end)}")
    return 1 if any(row.verdict == "missed" for row in rows) else 0


def save_picture(path, draw):
    """False where matplotlib is missing."""
    try:
        import matplotlib
        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        print("no picture: apt-get install python3-matplotlib")
        return False
    figure = draw(pyplot)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return True
