"""Parameters of notebooks in their declared types, and notebooks run by a kernel of this interpreter."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard import runner
from scorecard.errors import SettingsError
from scorecard.runner import NotebookError, Parameter

KNOWN = {
    "max_bins": Parameter("max_bins", "int", "8", "intervals, 2 to 20"),
    "min_share": Parameter("min_share", "float", "0.05", "share, 0 to 0.5"),
    "trend": Parameter("trend", "str", '"auto"', "of the bad rate"),
    "quick": Parameter("quick", "bool", "False", "fewer rows"),
    "plain": Parameter("plain", "None", "3", "without a declared type"),
}
DECLARED = """pipeline: str = "pipelines/german.yaml"  # given by the runner
run: str = ""  # given by the runner
max_bins: int = 8  # intervals, 2 to 20
shares: list = [0.1, 0.2]  # of the population
plain = 3  # without a declared type
power: int = 2**3  # computed
"""


@given(st.integers())
def test_a_whole_number_comes_back_from_its_text(number):
    assert runner.checked({"max_bins": str(number)}, KNOWN) == {"max_bins": number}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_from_its_text(number):
    assert runner.checked({"min_share": repr(number)}, KNOWN) == {"min_share": number}


@given(st.text())
def test_a_text_stays_as_it_is(text):
    assert runner.checked({"trend": text}, KNOWN) == {"trend": text}


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), (True, True)])
def test_true_and_false_are_read_in_any_case(text, value):
    assert runner.checked({"quick": text}, KNOWN) == {"quick": value}


def test_a_whole_number_serves_where_a_number_is_declared():
    value = runner.checked({"min_share": 0}, KNOWN)["min_share"]
    assert (value, type(value)) == (0.0, float)


def test_a_parameter_without_a_type_has_that_of_its_default():
    assert runner.checked({"plain": "4"}, KNOWN) == {"plain": 4}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_bins", "many"), ("max_bins", "1.5"), ("max_bins", 1.5), ("max_bins", True), ("max_bins", ""), ("max_bins", None),
        ("min_share", "nan"), ("min_share", "inf"), ("min_share", float("-inf")), ("min_share", "5 %"), ("min_share", True),
        ("quick", "yes"), ("quick", 1), ("trend", 1.5), ("trend", True), ("plain", "three"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_with_the_expected_one(name, value):
    with pytest.raises(SettingsError, match=f"Parameter {name} = .*; expected (int|float|bool|str), such as "):
        runner.checked({name: value}, KNOWN)


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(SettingsError, match=r"max_bin is not a parameter of any notebook .* Did you mean max_bins\?"):
        runner.checked({"max_bin": "6"}, KNOWN)


@pytest.fixture
def notebook(tmp_path):
    """Return a function that writes a notebook whose first cell declares parameters."""

    def write(*cells, name="book", parameters=DECLARED):
        first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        book = nbformat.v4.new_notebook(cells=[first, *(nbformat.v4.new_code_cell(cell) for cell in cells)])
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(book, path)
        return path

    return write


def test_the_parameters_of_a_notebook_are_those_of_its_tagged_cell_without_the_runners_own(notebook):
    found = runner.parameters(notebook())
    assert list(found) == ["max_bins", "shares", "plain", "power"]
    assert (found["max_bins"].kind, found["max_bins"].help) == ("int", "intervals, 2 to 20")


def test_a_default_is_a_value_and_a_computed_one_its_text(notebook):
    found = runner.parameters(notebook())
    assert [found[name].value for name in found] == [8, [0.1, 0.2], 3, "2**3"]


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"cells": []}', '{"nbformat": 99}'])
def test_a_file_that_is_not_a_notebook_is_refused(tmp_path, text):
    (tmp_path / "book.ipynb").write_text(text)
    with pytest.raises(SettingsError, match=r"book\.ipynb cannot be read as a notebook"):
        runner.parameters(tmp_path / "book.ipynb")


def printed(output):
    """Return what the last cell of an executed notebook printed."""
    return nbformat.read(output, as_version=4).cells[-1].outputs[0].text


def test_given_values_replace_defaults_and_the_rest_stays(notebook, tmp_path):
    output = tmp_path / "executed.ipynb"
    runner.execute(notebook("print(max_bins, plain)"), output, {"max_bins": 4}, 60, progress=False)
    assert printed(output) == "4 3\n"


def test_a_path_may_hold_braces(notebook, tmp_path):
    output = tmp_path / "{x} {} executed.ipynb"
    runner.execute(notebook("print('here')", name="{name}"), output, {}, 60, progress=False)
    assert printed(output) == "here\n"


def test_a_failing_cell_is_told_by_its_first_line_that_is_not_empty(notebook, tmp_path):
    failing = notebook("\n\n  \nnumber = int('three')\nnumber", "print('never')")
    with pytest.raises(NotebookError, match=r"book stopped at «number = int\('three'\)»: ValueError: invalid literal"):
        runner.execute(failing, tmp_path / "executed.ipynb", {}, 60, progress=False)


def test_only_the_first_line_of_an_unexpected_error_is_told(notebook, tmp_path):
    with pytest.raises(NotebookError) as caught:
        runner.execute(notebook("raise ValueError('one\\ntwo')"), tmp_path / "executed.ipynb", {}, 60, progress=False)
    assert str(caught.value).endswith("ValueError: one")


def test_a_kernel_cannot_be_left_behind_by_a_time_that_is_over_before_it_starts(notebook, tmp_path):
    with pytest.raises(NotebookError, match="took more than 0 seconds"):
        runner.execute(notebook("print('never')"), tmp_path / "executed.ipynb", {}, 0, progress=False)
    assert not _children_of_this_process()


def _children_of_this_process():
    import psutil  # noqa: PLC0415

    return [child for child in psutil.Process().children() if "ipykernel_launcher" in child.cmdline()]


@pytest.mark.parametrize(("folder", "transport"), [("short", "ipc"), ("long" * 30, "tcp")])
def test_a_kernel_listens_on_a_socket_where_its_path_fits(folder, transport):
    class Own(runner.Kernel):
        pass

    Own.folder = Path("/tmp") / folder
    assert Own(kernel_name="python3").transport == transport


def test_the_longest_path_that_is_used_fits_the_shortest_limit():
    Own = type("Own", (runner.Kernel,), {"folder": Path("/" + "f" * (runner.SOCKET_PATH - 10))})
    kernel = Own(kernel_name="python3")
    assert kernel.transport == "ipc"
    assert len(os.fsencode(f"{kernel.ip}-99")) <= 103


def test_nothing_of_a_kernel_stays_in_the_temporary_folder(notebook, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    runner.execute(notebook("print('here')"), tmp_path / "executed.ipynb", {}, 60, progress=False)
    assert list(temporary.iterdir()) == []


def test_a_page_of_an_executed_notebook_shows_its_outputs(notebook, tmp_path):
    output = tmp_path / "executed.ipynb"
    runner.execute(notebook("print('shown on the page')"), output, {}, 60, progress=False)
    assert "shown on the page" in runner.to_html(output)


def test_a_kernel_adds_up_in_one_thread_whatever_the_environment_says(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    output = tmp_path / "executed.ipynb"
    runner.execute(notebook("import os\nprint(os.environ['OMP_NUM_THREADS'])"), output, {}, 60, progress=False)
    assert printed(output) == "1\n"


@pytest.fixture
def executed(tmp_path):
    """A notebook, and what Papermill left of it."""
    cells = [nbformat.v4.new_markdown_cell("# Why?"), nbformat.v4.new_code_cell("n: int = 1"), nbformat.v4.new_code_cell("n + 1")]
    cells[1].metadata["tags"] = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    book = nbformat.read(tmp_path / "a.ipynb", as_version=4)
    given = nbformat.v4.new_code_cell("n = 5", metadata={"tags": ["injected-parameters"]}, execution_count=2)
    book.cells.insert(2, given)
    book.cells[3].outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "6"}, execution_count=3)]
    book.cells[3].execution_count = 3
    for each in (book, *book.cells):
        each.metadata["papermill"] = {"duration": 1.5}
    nbformat.write(book, tmp_path / "executed.ipynb")
    return tmp_path


def test_the_source_of_an_executed_notebook_is_the_notebook(executed):
    assert runner.source(executed / "executed.ipynb") == nbformat.read(executed / "a.ipynb", as_version=4)


def test_an_executed_notebook_has_the_hash_of_its_source(executed):
    assert runner.source_sha256(executed / "executed.ipynb") == runner.source_sha256(executed / "a.ipynb")


def test_the_hash_of_a_notebook_is_that_of_its_code(executed):
    book, before = nbformat.read(executed / "a.ipynb", as_version=4), runner.source_sha256(executed / "a.ipynb")
    book.cells[0].source = "# Why not?"
    nbformat.write(book, executed / "a.ipynb")
    assert runner.source_sha256(executed / "a.ipynb") == before
    book.cells[2].source = "n + 2"
    nbformat.write(book, executed / "a.ipynb")
    assert runner.source_sha256(executed / "a.ipynb") != before
