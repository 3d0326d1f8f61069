"""The catalogue of the tests, `docs/tests.md`, written from their docstrings and limits: ``python -m scorecard.validation.catalogue``."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from scorecard.results import WORST_FIRST, Verdict
from scorecard.settings import Thresholds
from scorecard.validation import TESTS, SuiteTest

PLACE = Path("docs/tests.md")
PACKAGE = "scorecard.validation"
HEAD = """\
# The tests of the validation suite

Written from the code by `make catalogue`; a unit test fails where it is not in step. Do not edit it here.

Every test gives one or more results, and every result one verdict:

| verdict | says |
|---|---|
{verdicts}

The worst verdict of a list is that of the list, in the order {order}.
A limit is a convention of the field until a bank sets its own, in the pipeline YAML: `thresholds: {{auc_amber: {{value: 0.75, by: WHO,
reason: WHY}}}}`. A limit that is not the default is printed with every result it decides, with who set it and why.

| area | asks | tests |
|---|---|---|
{areas}
"""
SAYS = {
    Verdict.GREEN: "within its limit",
    Verdict.AMBER: "beyond a limit: look at it",
    Verdict.RED: "beyond a limit, and by more than chance explains or than may be left as it is",
    Verdict.NOT_DUE: "waits for outcomes; counts for nothing yet",
    Verdict.INSUFFICIENT_DATA: "too few rows to tell; never counts as green",
    Verdict.NOT_COMPUTABLE: "there is nothing to compute it from, and the reading says why; never counts as green",
}
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)

CODES = re.compile(r"\s\([A-Z]{3}-\d\d[^)]*\)")  # of a module's tests, which the catalogue lists anyway


@dataclass(frozen=True)
class Area:
    """Tests whose codes begin alike.

    Attributes
    ----------
    code, name : str
        Such as ``FAI`` and ``Fairness``.
    about : list of str
        Paragraphs: the question first.
    tests : list of SuiteTest
    """

    code: str
    name: str
    about: list[str]
    tests: list[SuiteTest]


def text(tests: Sequence[SuiteTest] = TESTS) -> str:
    """Return the catalogue of tests as Markdown.

    Parameters
    ----------
    tests : sequence of SuiteTest
    """
    found = list(areas(tests))
    rows = [f"| [{each.code}](#{_anchor(each)}) {each.name} | {each.about[0]} | {len(each.tests)} |" for each in found]
    verdicts = [f"| {verdict} | {SAYS[verdict]} |" for verdict in Verdict]
    head = HEAD.format(verdicts="\n".join(verdicts), areas="\n".join(rows), order=", ".join(WORST_FIRST))
    codes = {test.about.__name__: test.code for test in reversed(tests)}
    return "\n".join([head, *(_of_area(each, codes) for each in found)])


def areas(tests: Sequence[SuiteTest]) -> Iterator[Area]:
    """Yield the areas of tests in order, each with what its module says of itself.

    Examples
    --------
    >>> [area.code for area in areas(TESTS)][:3]
    ['DIS', 'CAL', 'STA']
    """
    for code in dict.fromkeys(test.area for test in tests):
        own = [test for test in tests if test.area == code]
        name = own[0].about.__module__.removeprefix(f"{PACKAGE}.").partition(".")[0]
        said = CODES.sub("", inspect.getdoc(import_module(f"{PACKAGE}.{name}")) or "")
        paragraphs = _paragraphs(said)
        yield Area(code, name.capitalize(), [each for each in paragraphs if not each.startswith("`")], own)


def sections(function: Callable[..., Any]) -> dict[str, str]:
    """Return the parts of a numpy docstring by heading; what stands before the first is ````.

    Examples
    --------
    >>> list(sections(areas))
    ['', 'Examples']
    """
    parts = SECTION.split(inspect.getdoc(function) or "")
    return dict(zip(["", *parts[1::2]], [part.strip("\n") for part in parts[::2]], strict=True))


def nulls(function: Callable[..., Any]) -> list[str]:
    """Return the null hypotheses, in words, that a test and the functions of the suite it calls give their results."""
    found: dict[str, None] = {}
    first = getattr(function, "func", function)  # of a partial function
    queue, seen = [first], {first}
    while queue:
        own = queue.pop(0)
        tree = ast.parse(textwrap.dedent(inspect.getsource(own)))
        known = inspect.unwrap(own).__globals__
        for node in ast.walk(tree):
            found |= dict.fromkeys(_told(node, known))
            called = known.get(node.func.id) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
            if inspect.isfunction(called) and called.__module__.startswith(PACKAGE) and called not in seen:
                seen.add(called)
                queue.append(called)
    return list(found)


def _told(node: ast.AST, known: dict[str, Any]) -> Iterator[str]:
    """Yield what a node says of a null hypothesis: ``null="..."``, or a constant named NULL or ..._NULL."""
    if isinstance(node, ast.keyword) and node.arg == "null" and isinstance(node.value, ast.Constant) and node.value.value:
        yield str(node.value.value)
    if isinstance(node, ast.Name) and re.fullmatch(r"(\w+_)?NULL", node.id) and isinstance(known.get(node.id), str):
        yield known[node.id]


def _of_area(area: Area, codes: dict[str, str]) -> str:
    rows = [f"| [{test.code}](#{test.code.lower()}) | {_question(test, codes)} | {_limits(test)} |" for test in area.tests]
    lines = [f"## {area.code} {area.name}", *area.about, "\n".join(["| test | | limits |", "|---|---|---|", *rows])]
    return "\n\n".join([*lines, *(_of_test(test, codes) for test in area.tests)]) + "\n"


def _of_test(test: SuiteTest, codes: dict[str, str]) -> str:
    parts = sections(test.about)
    said = _paragraphs(parts[""])[1:]
    lines = [f"### {test.code}", f"**{_question(test, codes)}**", *said]
    lines += [f"*Runs on*: {_scope(test)}"] if _scope(test) else []
    lines += [f"*Verdict*: {each}" if not place else each for place, each in enumerate(_paragraphs(_judged(parts)))]
    told = nulls(test.about)
    lines += [f"*Null hypothesis*: {'; or '.join(told)}."] if told else []
    lines += [f"*Limits*: {_limits(test)}."] if test.limits else []
    lines += [f"*Sources*: {' '.join(_paragraphs(parts['References']))}"] if "References" in parts else []
    lines += [f"*Code*: `{test.about.__module__}.{test.about.__name__}`"]
    return "\n\n".join(_linked(line, test, codes) for line in lines)


def _question(test: SuiteTest, codes: dict[str, str]) -> str:
    """Return the first line of a test's docstring, without its code."""
    first = _paragraphs(sections(test.about)[""])[0].replace(f" ({test.code})", "")
    return _linked(first, test, codes).replace("|", "\\|")


def _scope(test: SuiteTest) -> str:
    """Return on what a test runs, as the function that runs it says in its first line."""
    first = _paragraphs(inspect.getdoc(test.run) or "")[:1]
    found = re.match(rf"Run {test.code},? (?:on )?(.*)", first[0]) if first else None
    return found[1] if found else ""


def _limits(test: SuiteTest) -> str:
    limits = Thresholds()
    return ", ".join(f"`{name}` {getattr(limits, name):g}" for name in test.limits) or "none"


def _linked(line: str, test: SuiteTest, codes: dict[str, str]) -> str:
    """Return a line in which the functions of other tests are links to them."""
    return re.sub(
        r"`(\w+)`",
        lambda found: (
            f"[{codes[found[1]]}](#{codes[found[1]].lower()})" if codes.get(found[1], test.code) != test.code else found[0]
        ),
        line,
    )


def _paragraphs(said: str) -> list[str]:
    """Return paragraphs, each on one line, with literals as Markdown has them."""
    joined = (" ".join(each.split()) for each in re.split(r"\n\s*\n", said) if each.strip())
    return [each.replace("``", "`") for each in joined]


def _judged(parts: dict[str, str]) -> str:
    """Return what a docstring says of the result without its type; else how its limits are used."""
    if "Returns" in parts:
        return textwrap.dedent("\n".join(parts["Returns"].split("\n")[1:]))
    found = re.search(r"^thresholds : Thresholds\n((?:    .*\n?)+)", parts.get("Parameters", ""), re.MULTILINE)
    return textwrap.dedent(found[1]) if found and ":" in found[1] else ""


def _anchor(area: Area) -> str:
    return f"{area.code} {area.name}".lower().replace(" ", "-")


def main(place: Path = PLACE) -> None:
    """Write the catalogue to a file."""
    place.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
