"""What every committed notebook keeps to: one question, thin cells, declared parameters, an answer, and no trace of a run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from scorecard import runner, settings

ROOT = Path(__file__).parents[2]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PIPELINES = sorted((ROOT / "pipelines").glob("*.yaml"))
MOST_LINES = 12  # of code in a cell
FOUNDATIONS = {"__future__", "IPython", "pandas", "scorecard"}
STATEMENTS = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar,
)  # fmt: skip
DECLARATION = re.compile(r"(?P<name>\w+): (?P<kind>int|float|bool|str) = (?P<default>[^#]+?)  # (?P<words>.+)")
RANGE = re.compile(r"\d to \d|\d or more|above \d|up to \d|any (whole )?number")
ABSOLUTE = re.compile(r"(?<![\w.}:/])(?:/\w+/\w|~/\w|[A-Za-z]:[\\/]\w)")


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


@pytest.fixture
def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture
def declared(code):
    (cell,) = (cell for cell in code if "parameters" in cell.metadata.get("tags", []))
    return cell.source.splitlines()


def test_every_notebook_of_the_settings_is_there_and_no_other():
    assert [each.stem for each in PATHS] == list(settings.NOTEBOOKS)


def test_it_is_valid_notebook_format_4_5_with_an_id_on_every_cell(notebook):
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    nbformat.validate(notebook)
    identities = [cell.id for cell in notebook.cells]
    assert len(set(identities)) == len(identities)


def test_it_asks_for_the_python3_kernel(notebook):
    assert notebook.metadata.kernelspec.name == "python3"


def test_it_is_committed_without_outputs_or_any_trace_of_a_run(notebook, code):
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert [cell.id for cell in notebook.cells if set(cell.metadata) - {"tags"}] == []


def test_its_title_is_a_question(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert re.fullmatch(r"# [A-Z].+\?", first.source.splitlines()[0])


def test_one_cell_is_tagged_parameters_and_it_comes_before_any_other_code(code):
    tagged = ["parameters" in cell.metadata.get("tags", []) for cell in code]
    assert tagged == [True] + [False] * (len(code) - 1)


def test_every_parameter_has_a_type_and_a_default_of_that_type(declared):
    for line in declared:
        found = DECLARATION.fullmatch(line)
        assert found, line
        assert type(ast.literal_eval(found["default"])).__name__ == found["kind"], line


def test_every_parameter_says_its_range_if_a_number_and_its_choices_if_text(declared):
    for line in declared:
        found = DECLARATION.fullmatch(line)
        default = ast.literal_eval(found["default"])
        if isinstance(default, str):
            said = default or "empty"
            assert said in found["words"] or found["words"].startswith("path"), line
        elif not isinstance(default, bool):
            assert RANGE.search(found["words"]), line


def test_the_runner_reads_the_parameters_that_the_cell_declares(path, declared):
    names = [DECLARATION.fullmatch(line)["name"] for line in declared]
    assert [name for name in names if name not in runner.RESERVED] == list(runner.parameters(path))
    assert set(runner.RESERVED) <= set(names)


def test_no_cell_has_more_than_twelve_lines_of_code(code):
    for cell in code:
        lines = [line for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#")]
        declared = "parameters" in cell.metadata.get("tags", [])  # a line a parameter, and no code
        assert declared or len(lines) <= MOST_LINES, cell.id


def test_it_defines_nothing_and_loops_over_nothing(code):
    found = [(cell.id, node.lineno) for cell in code for node in ast.walk(ast.parse(cell.source)) if isinstance(node, STATEMENTS)]
    assert found == []


def test_it_imports_the_library_and_what_shows_tables_only(code):
    nodes = [node for cell in code for node in ast.walk(ast.parse(cell.source))]
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= FOUNDATIONS


def test_it_begins_the_step_of_its_own_name(path, code):
    calls = [node for cell in code for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)]
    begun = [node.args[0].value for node in calls if isinstance(node.func, ast.Name) and node.func.id == "begin"]
    assert begun == [path.stem]


def test_its_last_cell_finishes_the_step_and_states_the_answer(notebook):
    last = notebook.cells[-1]
    assert last.cell_type == "code"
    *_, finish, answer = ast.parse(last.source).body
    assert ast.unparse(finish) == "step.finish()"
    assert isinstance(answer, ast.Expr)
    assert isinstance(answer.value, ast.Call)
    assert ast.unparse(answer.value.func) == "Markdown"


def test_it_names_no_path_of_one_machine(notebook):
    assert [cell.id for cell in notebook.cells if ABSOLUTE.search(cell.source)] == []


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.stem)
def test_a_pipeline_sets_only_parameters_that_its_notebooks_declare(path):
    pipeline = settings.load(path)
    known = {name for stem in pipeline.notebooks for name in runner.parameters(ROOT / "notebooks" / f"{stem}.ipynb")}
    assert set(pipeline.parameters) <= known
