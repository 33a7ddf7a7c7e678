"""The short forms of the loads in tests/stress, which say what they have found."""

import subprocess
import sys

import pytest

from server_process import LARDER, PATIENCE, REPOSITORY

LOADS = ["many-connections", "slow-loris", "never-reads", "large-value", "tiny-commands", "churn"]


@pytest.mark.parametrize("name", LOADS)
def test_a_hard_load_loses_nothing_in_bounded_memory(larder_only, name):
    done = subprocess.run(
        [sys.executable, REPOSITORY / "tests/stress/hard_loads.py", "--short", name],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120 * PATIENCE)
    print(done.stdout)
    assert done.returncode == 0, f"with {LARDER}:\n{done.stdout}"


def test_every_load_has_its_short_form_here():
    done = subprocess.run(
        [sys.executable, REPOSITORY / "tests/stress/hard_loads.py", "--help"],
        stdout=subprocess.PIPE, text=True, timeout=60)
    assert ", ".join(LOADS) in " ".join(done.stdout.split())
