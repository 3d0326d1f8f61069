"""The README's commands exist, with the options it shows, and its rules and edits do what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main
import yaml

from scorecard import binning, contracts, profile, settings
from scorecard.binning import Rules
from scorecard.cli import app
from scorecard.data.samples import prepare

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


def counted(name, names, splits, **changes):
    pipeline = settings.load(ROOT / "pipelines" / f"{name}.yaml", changes)
    contract = contracts.load(ROOT / pipeline.contract)
    return profile.count_all(prepare(pipeline, contract, ROOT, 1), names, "development", splits=splits).classes


def test_the_rules_it_shows_are_kept_on_the_table_they_name(data_folder):
    (block,) = (each for each in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if each.startswith("binning:"))
    own = yaml.safe_load(block)["binning"]
    (rows,) = (data_folder / "lendingclub_2007_2011").glob("*.parquet")
    classes = counted(
        "lending_club", list(own), {name: tuple(each.get("splits", ())) for name, each in own.items()}, table=str(rows)
    )
    fitted, refused = binning.fit_all(classes, Rules(), own)
    assert refused == {}
    assert set(own["annual_inc"]["splits"]) < set(fitted["annual_inc"].edges)


def test_the_edit_it_shows_removes_an_edge_that_is_there():
    name, at = re.search(r'edits\.merge\("(\w+)", ([\d.]+)', README).groups()
    rules = Rules(max_bins=settings.load(ROOT / "pipelines" / "german.yaml").parameters["max_bins"])
    assert float(at) in binning.fit(counted("german", [name], {})[name], rules).edges
