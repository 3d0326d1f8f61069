"""The lists of packages agree with each other: pyproject.toml, requirements.lock, environment.yml, Makefile, packages.txt."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

BLOCKS = re.findall(r"^\S.*(?:\n .*)*\n", LOCK, flags=re.MULTILINE)
LOCKED = [Requirement(block.splitlines()[0].removesuffix("\\")) for block in BLOCKS]
DIRECT = [Requirement(line) for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]]
EXTRAS = PROJECT["optional-dependencies"]
APART = ["spark", "pmml", "bench"]
PYTHONS = ["3.11.0", "3.11.9", "3.12.0", "3.13.0"]


def names(requirements):
    return {canonicalize_name(requirement.name) for requirement in requirements}


def active(requirement, python):
    environment = {"python_version": python.rpartition(".")[0], "python_full_version": python}
    return requirement.marker is None or requirement.marker.evaluate(environment)


def locked_versions(name, python):
    found = [entry for entry in LOCKED if canonicalize_name(entry.name) == canonicalize_name(name) and active(entry, python)]
    return {str(entry.specifier).removeprefix("==") for entry in found}


def snippet(name):
    """Return a piece of Python that the Makefile holds."""
    return re.search(rf"^define {name}\n(.*?)^endef", MAKEFILE, flags=re.MULTILINE | re.DOTALL)[1]


@pytest.mark.parametrize("python", PYTHONS)
def test_the_range_of_a_direct_dependency_admits_the_locked_version(python):
    misfits = [str(each) for each in DIRECT if not any(map(each.specifier.contains, locked_versions(each.name, python)))]
    assert misfits == []


@pytest.mark.parametrize("python", PYTHONS)
def test_no_package_is_locked_twice_for_one_python(python):
    repeated = [name for name in names(LOCKED) if len(locked_versions(name, python)) > 1]
    assert repeated == []


def test_every_lock_entry_is_an_exact_version_with_a_hash():
    entry = r"[a-z0-9-]+(\[[a-z,-]+\])?==[^\s*]+( ; .+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n"
    assert [block for block in BLOCKS if not re.fullmatch(entry, block)] == []


def test_the_lock_is_nothing_but_entries():
    assert "".join(BLOCKS) == LOCK


def test_an_entry_with_extras_stands_without_them_too():
    with_extras = {str(entry).replace(f"[{','.join(sorted(entry.extras))}]", "") for entry in LOCKED if entry.extras}
    assert with_extras <= {str(entry) for entry in LOCKED if not entry.extras}


def undeclared(folder, requirements):
    """Return the modules that a folder's Python files import and none of the requirements brings."""
    nodes = [node for path in folder.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules = plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 0}
    brought = {module: {canonicalize_name(name) for name in by} for module, by in packages_distributions().items()}
    own = names(requirements) | {"scorecard-kit"}
    return {top for top in (module.partition(".")[0] for module in modules) if brought.get(top, own).isdisjoint(own)}


def test_what_the_library_imports_is_a_direct_dependency():
    assert undeclared(ROOT / "src", map(Requirement, PROJECT["dependencies"])) == set()


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_what_the_tests_import_is_a_direct_dependency(folder):
    apart = [Requirement(line) for extra in APART for line in EXTRAS[extra]]
    assert undeclared(ROOT / folder, [*DIRECT, *apart]) == set()


@pytest.mark.parametrize("extra", APART)
def test_an_extra_that_few_need_has_a_lock_of_its_own(extra):
    blocks = re.findall(r"^\S.*(?:\n .*)*\n", (ROOT / f"requirements-{extra}.lock").read_text(encoding="utf-8"), re.MULTILINE)
    locked = [Requirement(block.splitlines()[0].removesuffix("\\")) for block in blocks]
    assert {canonicalize_name(Requirement(line).name) for line in EXTRAS[extra]} <= names(locked)
    assert names(locked).isdisjoint(names(LOCKED))
    assert all(re.fullmatch(r"\S+ \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+", block) for block in blocks)


def test_every_extra_is_locked():
    assert set(EXTRAS) == {"dev", *APART}
    assert re.search(r"^APART := (.*)$", MAKEFILE, re.MULTILINE)[1].split() == APART


@pytest.mark.parametrize(
    "name",
    ["jupyterlab", "papermill", "scikit-learn", "xgboost", "optbinning", "mlflow", "evidently", "pandera", "pytest"],
)
def test_a_tool_the_kit_is_made_of_is_a_direct_dependency(name):
    assert name in names(DIRECT)


def listed():
    section = PYPROJECT.partition("dependencies = [")[2].partition("[project.scripts]")[0]
    return re.findall(r'^ +"([^"]+)", *(#.*)?$', section, re.MULTILINE)


def capped_at_next_major(requirement):
    version = {part.operator: Version(part.version) for part in requirement.specifier}
    return set(version) == {">=", "<"} and version["<"] == Version(str(version[">="].major + 1)) and version[">="].major > 0


def test_every_listed_dependency_is_read():
    assert [Requirement(line) for line, _ in listed()] == DIRECT


def test_a_cap_says_its_reason():
    capped = [(Requirement(line), reason) for line, reason in listed() if "<" in line or "==" in line]
    bare = [str(requirement) for requirement, reason in capped if not reason and not capped_at_next_major(requirement)]
    assert bare == []


def test_the_cap_at_the_next_major_version_says_its_reason_once():
    assert re.search(r"^ *# .*next major version", PYPROJECT, flags=re.MULTILINE)


def test_conda_installs_the_lock_and_nothing_beside_it():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge"]
    python, pip, pip_lines = environment["dependencies"]
    assert (pip, pip_lines) == ("pip", {"pip": ["-r requirements.lock"]})
    assert Version(python.removeprefix("python=")) in SpecifierSet(PROJECT["requires-python"])


def test_the_makefile_admits_the_pythons_of_pyproject():
    first, last = (int(minor) for minor in re.search(r"\(3, (\d+)\) <= .* <= \(3, (\d+)\)", snippet("SUPPORTED")).groups())
    required = SpecifierSet(PROJECT["requires-python"])
    assert [minor for minor in range(100) if f"3.{minor}" in required] == list(range(first, last + 1))


def test_the_classifiers_name_the_pythons_of_pyproject():
    named = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
    assert named == [f"3.{minor}" for minor in range(100) if f"3.{minor}" in SpecifierSet(PROJECT["requires-python"])]


def test_make_leaves_out_the_gpu_library_alone():
    run = subprocess.run([sys.executable, "-c", snippet("WITHOUT_GPU")], cwd=ROOT, capture_output=True, text=True, check=True)
    left_out = set(BLOCKS) - set(re.findall(r"^\S.*(?:\n .*)*\n", run.stdout, flags=re.MULTILINE))
    assert sorted(block.partition("==")[0] for block in left_out) == ["nvidia-nccl-cu12", "nvidia-nccl-cu13"]


def test_make_lock_repeats_an_entry_without_its_extras(tmp_path):
    (tmp_path / "requirements.lock").write_text("a==1 \\\n    --hash=x\nb[c,d]==2 ; m \\\n    --hash=y \\\n    --hash=z\n")
    subprocess.run([sys.executable, "-c", snippet("REPEAT_WITHOUT_EXTRAS")], cwd=tmp_path, check=True)
    block = "==2 ; m \\\n    --hash=y \\\n    --hash=z\n"
    assert (tmp_path / "requirements.lock").read_text() == f"a==1 \\\n    --hash=x\nb{block}b[c,d]{block}"


def test_every_make_target_is_explained():
    targets = re.search(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)[1].split()
    assert re.findall(r"^([a-z]+):.* ## \S", MAKEFILE, flags=re.MULTILINE) == targets


def test_every_system_package_says_what_needs_it():
    lines = (ROOT / "packages.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"(# .+|[a-z0-9.+-]+ +# \S.*)", line)] == []


SAMPLE = """
import pytest

@pytest.mark.system("sh", "no-such-program")
def test_program(): pass

@pytest.mark.system("sh")
def test_shell(): pass

def test_data(data_folder): pass

@pytest.mark.xfail
def test_known(): assert False
"""


@pytest.mark.parametrize(
    ("require", "data", "expected"),
    [
        ("", None, {"program": "SKIPPED", "shell": "PASSED", "data": "SKIPPED", "known": "XFAIL"}),
        ("system", None, {"program": "ERROR", "shell": "PASSED", "data": "SKIPPED", "known": "XFAIL"}),
        ("all", None, {"program": "ERROR", "shell": "PASSED", "data": "ERROR", "known": "XFAIL"}),
        ("all", ".", {"program": "ERROR", "shell": "PASSED", "data": "PASSED", "known": "XFAIL"}),
        ("", "no-such-folder", {"program": "SKIPPED", "shell": "PASSED", "data": "ERROR", "known": "XFAIL"}),
    ],
)
def test_what_is_missing_is_skipped_or_fails_as_required(tmp_path, require, data, expected):
    run = run_sample(tmp_path, require, data)
    assert dict(re.findall(r"::test_(\w+) ([A-Z]+)", run.stdout.partition("short test summary")[0])) == expected


def test_a_required_kind_that_does_not_exist_is_refused(tmp_path):
    run = run_sample(tmp_path, "everything", None)
    assert "SCORECARD_REQUIRE is 'everything'; expected system or all" in run.stderr
    assert run.returncode == pytest.ExitCode.USAGE_ERROR


def run_sample(folder, require, data):
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_sample.py").write_text(SAMPLE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = system: needs a program\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SCORECARD_", "PYTEST_"))}
    environment |= {"SCORECARD_REQUIRE": require} | ({"SCORECARD_DATA": data} if data else {})
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
