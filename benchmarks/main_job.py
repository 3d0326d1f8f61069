"""Measure the main job: time and peak memory per notebook, and how much of it is not model computation.

Overhead is a notebook's wall time less its cells after the first one, which imports and opens the run:
starting the runner and the kernel, imports, saving the notebook and its HTML.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil

PERIOD_SECONDS = 0.1


@dataclass
class Memory:
    """Resident memory of a process and its children, sampled ten times a second."""

    process: psutil.Process
    samples: list[tuple[float, float]] = field(default_factory=list)

    def watch(self) -> None:
        """Sample until the process ends."""
        while self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE:
            total = 0
            for each in [self.process, *self.process.children(recursive=True)]:
                try:
                    total += each.memory_info().rss
                except psutil.Error:
                    continue
            self.samples.append((time.time(), total / 2**20))
            time.sleep(PERIOD_SECONDS)

    def peak(self, start: float, end: float) -> float:
        """Return the highest MiB between two times."""
        return max((size for at, size in self.samples if start <= at <= end), default=0.0)


def main() -> None:
    """Run the job in a project of its own and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pipeline", nargs="?", default="pipelines/taiwan.yaml")
    options.add_argument("-p", action="append", default=[], metavar="NAME=VALUE")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        command = [sys.executable, "-m", "scorecard"]
        subprocess.run([*command, "init", str(project)], check=True, stdout=subprocess.DEVNULL)
        parameters = [word for pair in given.p for word in ("-p", pair)]
        started = time.time()
        job = subprocess.Popen([*command, "run", given.pipeline, *parameters, "--json"], cwd=project, stdout=subprocess.DEVNULL)
        memory = Memory(psutil.Process(job.pid))
        thread = threading.Thread(target=memory.watch, daemon=True)
        thread.start()
        if job.wait():
            sys.exit(job.returncode)
        _print(project, memory, started, time.time())


def _print(project: Path, memory: Memory, started: float, ended: float) -> None:
    print(f"{'notebook':<16}{'seconds':>9}{'computing':>11}{'overhead':>10}{'peak MiB':>10}")
    computing_total = 0.0
    for path in sorted(project.glob("mlruns/artifacts/*/artifacts/*.ipynb"), key=lambda each: each.name):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        told = notebook["metadata"]["papermill"]
        first = _seconds(told["start_time"])
        last = _seconds(told["end_time"])
        cells = [cell["metadata"]["papermill"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
        tags = [cell["metadata"].get("tags", []) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        own = [
            cell["duration"] or 0.0
            for cell, tag in zip(cells, tags, strict=True)
            if not {"parameters", "injected-parameters"} & set(tag)
        ]
        computing = sum(own[1:])
        computing_total += computing
        print(
            f"{path.stem:<16}{last - first:>9.1f}{computing:>11.1f}{last - first - computing:>10.1f}{memory.peak(first, last):>10.0f}"
        )
    whole = ended - started
    print(
        f"{'the whole job':<16}{whole:>9.1f}{computing_total:>11.1f}{whole - computing_total:>10.1f}{memory.peak(started, ended):>10.0f}"
    )


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


if __name__ == "__main__":
    main()
