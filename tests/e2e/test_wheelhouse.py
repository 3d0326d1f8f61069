"""The project's wheel is complete, and the wheelhouse installs where there is no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAID_OUT = ("notebooks", "pipelines", "schemas")
BUILT = {"__pycache__", "mlruns", "wheelhouse", "dist", "build"}


def not_source(folder, names):
    """Return what a clone does not have: hidden and built files, and the sockets of kernels that run at this moment."""
    kept = (name for name in names if (Path(folder) / name).is_file() or (Path(folder) / name).is_dir())
    return set(names) - {name for name in kept if not name.startswith(".") and name not in BUILT}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Iterator[Path]:
    """Yield a copy of the project as a fresh clone has it, with what JupyterLab leaves behind."""
    copy = tmp_path_factory.mktemp("checkout") / "scorecard-kit"
    shutil.copytree(ROOT, copy, ignore=not_source)
    shutil.copy(ROOT / ".gitignore", copy)
    (copy / "notebooks" / ".ipynb_checkpoints").mkdir()
    (copy / "notebooks" / ".ipynb_checkpoints" / "01_data-checkpoint.ipynb").write_text("{}")
    yield copy
    shutil.rmtree(copy)  # with an environment inside it is gigabytes


@pytest.fixture(scope="module")
def wheel(checkout) -> set[str]:
    """Return the names of the files in the project's wheel."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--quiet", "--outdir", "dist", "."]
    subprocess.run(build, cwd=checkout, check=True)
    (path,) = (checkout / "dist").glob("scorecard_kit-*.whl")
    return set(zipfile.ZipFile(path).namelist())


def files(folder):
    """Return the files of a folder that are not hidden, relative to it."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts)}


def test_the_wheel_holds_every_file_of_the_library(checkout, wheel):
    assert {f"scorecard/{name}" for name in files(checkout / "src" / "scorecard")} <= wheel


@pytest.mark.parametrize("folder", LAID_OUT)
def test_the_wheel_holds_what_a_new_project_is_laid_out_from(checkout, wheel, folder):
    packed = {name for name in wheel if name.startswith(f"scorecard/project/{folder}/")}
    assert packed == {f"scorecard/project/{folder}/{name}" for name in files(checkout / folder)}


@pytest.mark.parametrize(
    ("folder", "ending"),
    [
        ("scorecard/datasets/", ".parquet"),
        ("scorecard/messages/en/", ".yaml"),
        ("scorecard/messages/zh/", ".yaml"),
        ("scorecard/report/", ".html"),
        ("scorecard/project/notebooks/", ".ipynb"),
        ("scorecard/project/pipelines/", ".yaml"),
        ("scorecard/project/schemas/", ".yaml"),
    ],
)
def test_the_wheel_holds_files_of_each_kind_the_library_reads(wheel, folder, ending):
    assert [name for name in wheel if name.startswith(folder) and ending in name] != []


@pytest.mark.parametrize("licence", ["LICENSE", "NOTICE"])
def test_the_wheel_holds_its_licence(wheel, licence):
    assert [name for name in wheel if name.endswith(f".dist-info/licenses/{licence}")] != []


def test_the_wheel_holds_the_library_and_nothing_else(wheel):
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {"scorecard", "scorecard_kit"}


@pytest.mark.full
def test_a_machine_without_network_installs_from_the_wheelhouse(checkout):
    # The tools of this environment collect the wheels, as an installed .venv would.
    tools = [f"BIN={sys.prefix}/bin", "--old-file=.venv/.packages", "--old-file=.venv/.installed"]
    subprocess.run(["make", *tools, "wheelhouse"], cwd=checkout, check=True)
    python = f"PYTHON={sys.base_prefix}/bin/python3.{sys.version_info.minor}"
    without_network = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "MAKE"))}
    without_network |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "wheelhouse"}
    subprocess.run(["make", python, ".venv/.installed"], cwd=checkout, env=without_network, check=True)
    # The editable project gives way to its own wheel, which must work from anywhere.
    own = ["install", "--quiet", "--no-deps", "--force-reinstall", "--no-index", "--find-links=wheelhouse", "scorecard-kit"]
    subprocess.run([".venv/bin/python", "-m", "pip", *own], cwd=checkout, env=without_network, check=True)
    command = [checkout / ".venv" / "bin" / "scorecard", "--help"]
    shown = subprocess.run(command, cwd=checkout.parent, capture_output=True, text=True, check=True)
    assert "run" in shown.stdout
