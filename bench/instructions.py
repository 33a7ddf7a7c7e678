#!/usr/bin/python3
"""Guards the number of instructions that a request takes in process.

It is a count, made by callgrind, not a time, so it does not depend on what else the machine does.
A load that needs over five percent more than the committed figure of bench/instructions.json fails.

  bench/instructions.py             counts and compares
  bench/instructions.py --update    counts and writes the figures anew
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FIGURES = os.path.join(ROOT, "bench", "instructions.json")
TOLERANCE = 0.05
REQUESTS_PER_ROUND = 1000
FEW_ROUNDS, MANY_ROUNDS = 2, 12

# The name of a load in instructions_bench: what it is, and how many requests make one unit of it.
LOADS = {
    "get": ("GET of 256 B", 1),
    "set": ("SET of 256 B", 1),
    "get100": ("pipeline of 100 GET of 256 B", 100),
}


def count(binary, load, rounds):
    """Instructions of a whole run."""
    with tempfile.TemporaryDirectory() as directory:
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + directory + "/out",
                   binary, load, str(rounds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not collected:
        sys.exit(f"instructions: {' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return int(collected.group(1))


def measure(binary):
    """Instructions per unit of each load: the difference of two runs, so that what is done once
    does not count."""
    figures = {}
    for load, (_, requests) in LOADS.items():
        difference = count(binary, load, MANY_ROUNDS) - count(binary, load, FEW_ROUNDS)
        units = (MANY_ROUNDS - FEW_ROUNDS) * REQUESTS_PER_ROUND / requests
        figures[load] = round(difference / units)
    return figures


def compare(measured, committed):
    """Prints a line per load; returns the names of those that became worse."""
    worse = []
    for load, now in measured.items():
        before = committed.get(load)
        if before is None:
            print(f"{LOADS[load][0]}: {now:,} instructions, no committed figure")
            worse.append(load)
            continue
        change = now / before - 1
        print(f"{LOADS[load][0]}: {now:,} instructions, committed {before:,} ({change:+.1%})")
        if change > TOLERANCE:
            worse.append(load)
        elif change < -TOLERANCE:
            print("  better by more than the tolerance: commit it with --update")
    return worse


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.path.join(ROOT, "build/bench/instructions_bench"))
    parser.add_argument("--update", action="store_true", help="write bench/instructions.json")
    options = parser.parse_args()
    if not os.access(options.binary, os.X_OK):
        sys.exit(f"instructions: {options.binary} is not there: build instructions_bench first")
    measured = measure(options.binary)
    if options.update:
        with open(FIGURES, "w", encoding="utf-8") as file:
            json.dump(measured, file, indent=2)
            file.write("\n")
        for load, now in measured.items():
            print(f"{LOADS[load][0]}: {now:,} instructions")
        return
    with open(FIGURES, encoding="utf-8") as file:
        worse = compare(measured, json.load(file))
    if worse:
        sys.exit(f"instructions: more than {TOLERANCE:.0%} worse: {', '.join(worse)}; find out why, "
                 f"or commit the new figures with bench/instructions.py --update")


if __name__ == "__main__":
    main()
