"""When two values are the same: tolerances, what is not compared and why, and by which columns rows are told apart.

Patterns are those of a shell (``*``, ``?``). An artefact is named ``STEP/NAME``, and ``STEP/metrics`` for what the step logged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers of an artefact may lie apart.

    Attributes
    ----------
    artefact : str
        Pattern of artefacts.
    relative : float
        As a share of the larger one, without its sign.
    absolute : float
        For numbers near zero, in the number's own unit.
    reason : str
        Key of a message.
    """

    artefact: str
    relative: float
    absolute: float
    reason: str

    def holds(self, before: float, after: float) -> bool:
        """Whether two numbers are the same.

        Examples
        --------
        >>> DEFAULT.holds(0.1 + 0.2, 0.3), DEFAULT.holds(0.3, 0.30001)
        (True, False)
        """
        return abs(before - after) <= max(self.absolute, self.relative * max(abs(before), abs(after)))


@dataclass(frozen=True)
class Exclusion:
    """What is not compared, and why.

    Attributes
    ----------
    artefact : str
        Pattern of artefacts.
    place : str
        Pattern of a place without the keys of its rows, or of its last name; ``*`` is the whole artefact. Of rows that have a
        name, ``rows:NAME.value`` is one.
    reason : str
        Key of a message.
    """

    artefact: str
    place: str
    reason: str


DEFAULT = Tolerance("*", 1e-9, 1e-12, "rerun.tolerance.default")
TOLERANCES = (DEFAULT,)  # the first that fits holds: put a narrower pattern before it

METRICS = "metrics"  # what a step logged, beside its artefacts
PAGES = ("*.html", "*.docx", "*.pdf", "*.png")
INPUTS = (
    "*/pipeline.json",
    "*/parameters.json",
    "*/contract.json",
    "*/contract.yaml",
    "*/edits.yaml",
    "*/incumbent.json",
    "*/thresholds.yaml",
)
OWN = ("*/logged.json", "*/artefacts.sha256")
MEASURED = (
    "seconds",
    "*_seconds",
    "seconds_*",
    "latency",
    "latency_*",
    "*_latency",
    "milliseconds",
    "*_milliseconds",
    "*_ms",
    "*_us",
)
DAYS = ("begun", "*:begun.value", "due", "due_date", "due_by", "made_on", "made_at", "started_at", "ended_at")
RUNS = ("run", "run_id", "validated_run")
# Hashes of what came out: the last bit of a number that is the same within its tolerance gives another one.
OUTPUTS = (
    ("*/scorecard.json", "sha256"),
    ("*/certificate.json", "sha256"),
    ("*/certificate.json", "vectors_sha256"),
    ("*/comparison.json", "about.sha256"),
    ("*/model_card.json", "17_hashes.hashes.scorecard"),
    ("*/monitoring.json", "model.hash"),
    ("*/validation_report.json", "annex.blocks.rows.scorecard"),
    ("*/validation_report.json", "*.rows:sha256.value"),
    ("*/validation_report.json", "*.rows:rebuilt.value"),
    ("*", "*reading.values.sha256"),
)
EXCLUSIONS = (
    *(Exclusion(pattern, "*", "rerun.excluded.page") for pattern in PAGES),
    Exclusion("*.svg", "*", "rerun.excluded.figure"),
    Exclusion("*.ipynb", "*", "rerun.excluded.notebook"),
    Exclusion("*.log", "*", "rerun.excluded.log"),
    Exclusion("*/breaches.csv", "*", "rerun.excluded.rows"),
    Exclusion("*/results.csv", "*", "rerun.excluded.words"),
    *(Exclusion(pattern, "*", "rerun.excluded.input") for pattern in INPUTS),
    *(Exclusion(pattern, "*", "rerun.excluded.own") for pattern in OWN),
    Exclusion("*/registered.json", "*", "rerun.excluded.version"),
    Exclusion("*/monitoring.json", "model.version", "rerun.excluded.version"),
    Exclusion("*/model_card.json", "1_identity.version", "rerun.excluded.version"),
    Exclusion("*/model_card.json", "17_hashes.hashes.code", "rerun.excluded.input"),
    Exclusion("*/model_card.json", "17_hashes.hashes.environment", "rerun.excluded.input"),
    *(Exclusion(artefact, place, "rerun.excluded.hash") for artefact, place in OUTPUTS),
    *(Exclusion("*", name, "rerun.excluded.time") for name in MEASURED),
    *(Exclusion("*", name, "rerun.excluded.day") for name in DAYS),
    *(Exclusion("*", name, "rerun.excluded.run") for name in RUNS),
)

# Columns that tell rows apart: the first ones that every row has and that no two rows share. Otherwise rows go by their order.
KEYS = (
    ("code", "scope"),
    ("model", "sample"),
    ("model", "feature"),
    ("model", "trial"),
    ("batch", "characteristic"),
    ("characteristic", "bin"),
    ("characteristic", "rule"),
    ("export", "dialect", "engine"),
    ("kind", "label"),
    *(
        (name,)
        for name in (
            "characteristic",
            "name",
            "sample",
            "model",
            "code",
            "method",
            "grade",
            "band",
            "step",
            "number",
            "part",
            "id",
        )
    ),
)

# Hashes of what went in: they follow from a changed input wherever they stand, and say nothing that the input does not.
HASHES = (
    "sha256",
    "*_sha256",
    "hash",
    "made_from.*",
    "17_hashes.hashes.*",
    *(f"annex.blocks.rows.{name}" for name in ("data", "contract", "settings", "code", "environment")),
    *(f"*reading.values.{name}" for name in ("written", "found")),
)


@dataclass(frozen=True)
class Rules:
    """All that is agreed before two runs are compared."""

    tolerances: tuple[Tolerance, ...] = TOLERANCES
    exclusions: tuple[Exclusion, ...] = EXCLUSIONS
    keys: tuple[tuple[str, ...], ...] = KEYS
    hashes: tuple[str, ...] = HASHES

    def tolerance(self, artefact: str) -> Tolerance:
        """Return the tolerance of an artefact."""
        return next((each for each in self.tolerances if fnmatchcase(artefact, each.artefact)), DEFAULT)

    def excluding(self, artefact: str, path: str) -> Exclusion | None:
        """Return the rule by which a place is not compared; None where it is.

        Examples
        --------
        >>> Rules().excluding("04_challengers/comparison.csv", "latency_ms").reason
        'rerun.excluded.time'
        >>> Rules().excluding("03_scorecard/points.csv", "points") is None
        True
        """
        fitting = (each for each in self.exclusions if _is_about(each, artefact, path))
        return next((each for each in fitting if _fits(path, each.place)), None)

    def is_hash(self, path: str) -> bool:
        """Whether a place holds a hash of what went in."""
        return any(_fits(path, pattern) for pattern in self.hashes)

    def key(self, *tables: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        """Return the columns that tell the rows of all tables apart; none where rows go by their order.

        Examples
        --------
        >>> Rules().key([{"name": "a", "pd": 0.1}, {"name": "b", "pd": 0.1}])
        ('name',)
        >>> Rules().key([{"name": "a"}, {"name": "a"}])
        ()
        """
        return next((key for key in self.keys if all(_tells_apart(key, rows) for rows in tables)), ())


def _is_about(rule: Exclusion, artefact: str, path: str) -> bool:
    """Whether a rule is about an artefact; what is said of every artefact holds for a metric only where one word names it.

    The other metrics are named after characteristics and groups too, and ``iv.balance_us`` is no time.
    """
    if rule.artefact == "*" and artefact.endswith(f"/{METRICS}") and not path.isidentifier():
        return False
    return fnmatchcase(artefact, rule.artefact)


def _fits(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) or fnmatchcase(path.rpartition(".")[2], pattern)


def _tells_apart(key: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> bool:
    if not all(name in row for row in rows for name in key):
        return False
    return len({named(row, key) for row in rows}) == len(rows)


def named(row: Mapping[str, Any], key: tuple[str, ...]) -> str:
    """Return what tells a row apart, in words."""
    return ", ".join(str(row[name]) for name in key)
