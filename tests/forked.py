"""Run commands in forks of a process that has imported everything: what a command does is real, its imports happened before.

Started once by each process of tests; it reads a line of JSON for each command and answers with the exit code. Commands with an
environment of their own, or that are to be stopped, are started by `conftest` as processes of their own.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import warnings

IMPORTED = (
    "scorecard.cli", "scorecard.jobs.exporting", "scorecard.jobs.new", "scorecard.jobs.run", "scorecard.jobs.score",
    "scorecard.jobs.watch", "mlflow.store.model_registry.sqlalchemy_store", "mlflow.store.tracking.sqlalchemy_store",
)  # fmt: skip


def answer() -> dict[str, str] | None:
    """Answer until there is nothing more to do; in a fork return what it has to run."""
    for line in sys.stdin:
        asked = json.loads(line)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # threads of imported libraries wait for work that a fork never gives
            process = os.fork()
        if not process:
            return asked
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return None


def become(asked: dict[str, str]) -> None:
    """Become the command: its own session, folder, files and words."""
    os.setsid()
    os.chdir(asked["folder"])
    for place, name in enumerate(("/dev/null", asked["out"], asked["err"])):
        flags = os.O_RDONLY if place == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(name, flags), place)
    sys.argv = ["scorecard", *json.loads(asked["words"])]
    runpy.run_module("scorecard", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for each in IMPORTED:
            __import__(each)
    if (command := answer()) is not None:
        become(command)
