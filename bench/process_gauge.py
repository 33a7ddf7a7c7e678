"""What a process takes at the moment: resident memory and processor time."""

import os
import threading
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * PAGE


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def step_back():
    """Lets all others go before this thread, so that watching does not change what is watched."""
    os.setpriority(os.PRIO_PROCESS, 0, 19)


class ResidentWatch:
    """Samples the resident memory of a process in a thread, for as long as it is entered.

    `size_of` tells it from the process's number, or None where it cannot be told just now.
    """

    def __init__(self, pid, interval=0.02, size_of=resident_bytes):
        self.pid = pid
        self.interval = interval
        self.size_of = size_of
        self.samples = []  # (seconds since the start, bytes)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.start = time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()

    def _run(self):
        step_back()
        while not self.stopping.wait(self.interval):
            size = self.size_of(self.pid)
            if size is not None:
                self.samples.append((time.monotonic() - self.start, size))

    def peak(self):
        return max(size for _, size in self.samples)
