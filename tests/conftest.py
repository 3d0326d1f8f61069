"""What a test needs from the machine, and what happens where it is missing.

`SCORECARD_REQUIRE` says which absences are failures instead of skips: `system` the programs of packages.txt, `all` everything.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("kit", deadline=None)  # no test asserts a time
hypothesis.settings.load_profile("kit")

REQUIRE = os.environ.get("SCORECARD_REQUIRE", "")


def pytest_configure():
    if REQUIRE not in {"", "system", "all"}:
        raise pytest.UsageError(f"SCORECARD_REQUIRE is {REQUIRE!r}; expected system or all, or leave it unset.")


def pytest_runtest_setup(item):
    needed = [program for marker in item.iter_markers("system") for program in marker.args]
    missing = [program for program in needed if shutil.which(program) is None]
    if missing:
        refuse = pytest.fail if REQUIRE else pytest.skip
        refuse(f"needs {', '.join(missing)}: make system")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if REQUIRE == "all" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where nothing may be: {call.excinfo.value}"
    return report


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of larger data sets that SCORECARD_DATA names."""
    name = os.environ.get("SCORECARD_DATA")
    if not name:
        pytest.skip("needs the larger data sets: set SCORECARD_DATA to their folder")
    folder = Path(name)
    if not folder.is_dir():
        pytest.fail(f"SCORECARD_DATA is {name}, which is not a folder", pytrace=False)
    return folder
