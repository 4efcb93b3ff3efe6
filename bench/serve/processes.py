"""What processes have used: CPU seconds and memory of a process and of all that it started, by /proc."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
#: Processes are at rest when they use less than this share of one processor.
_REST = 0.05


def tree(pid: int) -> list[int]:
    """The process and all that it started, as far as they live."""
    found = [pid]
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += tree(int(child))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time that a process and its children have used, those that have ended and were waited for included."""
    ticks = 0
    for each in tree(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # utime, stime, cutime, cstime: the 14th to 17th field of proc(5), of which two stand before the bracket.
        ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS


def await_rest(pids: list[int], seconds: float = 60) -> None:
    """Wait until the processes rest: what was asked last is over. Raises TimeoutError when they never do."""
    deadline = time.monotonic() + seconds
    while True:
        before, began = sum(map(cpu_seconds, pids)), time.monotonic()
        time.sleep(0.1)
        if sum(map(cpu_seconds, pids)) - before <= _REST * (time.monotonic() - began):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {pids} do not come to rest")


def megabytes(pid: int) -> float:
    """Resident memory of the largest process of a tree."""
    return max(map(_resident, tree(pid)), default=0.0)


@contextmanager
def peak_megabytes(pid: int) -> Iterator[list[float]]:
    """A list whose one number is the largest `megabytes` seen in the block, sampled 20 times a second."""
    peak, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            peak[0] = max(peak[0], megabytes(pid))

    thread = threading.Thread(target=watch, name="peak-memory")
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _resident(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0.0
