"""The README's commands exist, with the options it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from scorecard.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
COMMANDS = sorted({line for line in LINES if line.startswith("scorecard ")})
TARGETS = sorted(set(re.findall(r"(?:`|^)make ([a-z]+)\b", README, re.MULTILINE)))


@pytest.mark.parametrize("line", COMMANDS)
def test_readme_command_is_understood_by_the_command_line(line):
    _, name, *arguments = shlex.split(line, comments=True)
    command = typer.main.get_command(app).commands[name]
    command.make_context(name, arguments)


@pytest.mark.parametrize("target", TARGETS)
def test_readme_make_target_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_command_stands_in_the_readme():
    named = {shlex.split(line, comments=True)[1] for line in COMMANDS}
    assert named == set(typer.main.get_command(app).commands)


def test_first_thirty_lines_say_what_for_whom_and_how():
    head = "\n".join(README.splitlines()[:30])
    for word in ("modelers", "validators", "committees", "make run", "make test", "model card", "notebooks/", "scorecard new"):
        assert word in head


def test_readme_names_only_files_that_exist():
    for name in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / name).exists(), name
