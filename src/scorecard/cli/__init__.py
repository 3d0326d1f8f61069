"""The command line: parse, call one job, print one message, exit with a code."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
from typing import Annotated, Any, NoReturn

import typer

import scorecard
from scorecard.cli.asking import BAD_INPUT, app, err, out
from scorecard.errors import ScorecardError

# In the order of the help.
from scorecard.cli import building, using, proving, serving  # isort: skip

__all__ = ["app", "building", "main", "proving", "serving", "using"]

INTERRUPTED = 130


def _version(asked: bool) -> None:
    if asked:
        out.print(f"scorecard {scorecard.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Develop, challenge, validate and watch credit scorecards, with evidence that can be rerun."""


def _killed(signum: int, frame: Any) -> None:
    raise KeyboardInterrupt


def main() -> NoReturn:
    """Run the command line; every expected error is one message and an exit code, never a traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.raiseExceptions = False  # a full disk is told once, not by every line of the log
    logging.getLogger("scorecard").propagate = False
    signal.signal(signal.SIGTERM, _killed)
    code = 0
    try:
        app()
    except ScorecardError as error:
        err.print(f"{type(error).__name__}: {error}")
        code = BAD_INPUT
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            err.print("Stopped.")
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process, what it has to say and to remove being done: taking apart all that was imported takes another second."""
    atexit._run_exitfuncs()
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # nobody reads on, or the disk is full
            code = code or BAD_INPUT
    os._exit(code)
