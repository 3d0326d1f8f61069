"""The scorecard: one file, `scorecard.json`, that a person can read and every export is rendered from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas
import pyarrow as pa

from scorecard import scale, woe
from scorecard.contracts import Contract
from scorecard.errors import DataError, EvidenceError, GovernanceError
from scorecard.points import Scaling, points
from scorecard.settings import Pipeline
from scorecard.woe import Characteristic, column

if TYPE_CHECKING:
    from scorecard.selection import Selection

FORMAT = "scorecard/1"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """What a scorecard says of each row, in input order.

    Attributes
    ----------
    score, pd : arrays of shape (rows,)
    grade : array of shape (rows,)
        Position in the scorecard's grades, 0 is the best.
    unseen : dict
        Characteristic to the number of rows with a level that development did not have.
    """

    score: Floats
    pd: Floats
    grade: npt.NDArray[np.intp]
    unseen: dict[str, int]


@dataclass(frozen=True)
class Term:
    """A characteristic with its coefficient and the points of its bins."""

    characteristic: Characteristic
    dtype: str
    description: str | None
    coefficient: float
    standard_error: float
    p_value: float
    points: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; each bin carries its points."""
        content = self.characteristic.to_dict()
        bins = [each | {"points": points} for each, points in zip(content.pop("bins"), self.points, strict=True)]
        own = {key: value for key, value in asdict(self).items() if key not in {"characteristic", "points"}}
        return {"name": content.pop("name"), **own, **content, "bins": bins}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Term:
        """Rebuild what `to_dict` wrote."""
        own = {key: content[key] for key in ("dtype", "description", "coefficient", "standard_error", "p_value")}
        points = tuple(each["points"] for each in content["bins"])
        bins = [{key: value for key, value in each.items() if key != "points"} for each in content["bins"]]
        rest = {key: value for key, value in content.items() if key not in own}
        return cls(Characteristic.from_dict(rest | {"bins": bins}), **own, points=points)


@dataclass(frozen=True)
class Scorecard:
    """A scorecard, complete: bins, WoE, coefficients, points, treatments, scaling, grades and what it was made from.

    `missing_values` are the texts that stand for a missing value, as development read them.
    """

    name: str
    target: Mapping[str, Any]
    scaling: Scaling
    intercept: float
    terms: tuple[Term, ...]
    grades: tuple[scale.Grade, ...]
    made_from: Mapping[str, str]
    missing_values: tuple[str, ...] = ()

    @property
    def inputs(self) -> list[str]:
        """Names of the columns it needs."""
        return [term.characteristic.name for term in self.terms]

    @property
    def dtypes(self) -> dict[str, str]:
        """Contract dtype of each input."""
        return {term.characteristic.name: term.dtype for term in self.terms}

    def score(self, table: pa.Table | pa.RecordBatch) -> Scored:
        """Score rows.

        Parameters
        ----------
        table : pyarrow.Table or RecordBatch
            With every input; more columns are ignored.

        Raises
        ------
        DataError
            Where an input column is missing.
        """
        total = np.zeros(table.num_rows)
        unseen: dict[str, int] = {}
        for term in self.terms:
            index = term.characteristic.assign(column(table, term.characteristic.name))
            total += np.array(term.points)[index]
            found = int((index == term.characteristic.index("unseen")).sum())
            unseen |= {term.characteristic.name: found} if found else {}
        return Scored(total, self.scaling.pd(total), scale.assign(total, self.grades), unseen)

    def grade_names(self) -> tuple[str, ...]:
        """Return the names of the grades, best first."""
        return tuple(grade.name for grade in self.grades)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the canonical content."""
        return _sha256(self._content())

    def _content(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self.name,
            "target": dict(self.target),
            "missing_values": list(self.missing_values),
            "scaling": asdict(self.scaling) | {"factor": self.scaling.factor, "offset": self.scaling.offset},
            "intercept": self.intercept,
            "characteristics": [term.to_dict() for term in self.terms],
            "grades": [grade.to_dict() for grade in self.grades],
            "made_from": dict(self.made_from),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the content of `scorecard.json`, its own hash included."""
        content: dict[str, Any] = json.loads(json.dumps(self._content(), allow_nan=False))
        return content | {"sha256": self.sha256}

    def to_json(self) -> str:
        """Return the text of `scorecard.json`: equal inputs give equal bytes."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Scorecard:
        """Read `scorecard.json` and check that no byte of its content changed.

        Raises
        ------
        GovernanceError
            Where the text is no scorecard, its format is unknown, or the content does not match its hash.
        """
        content = _parsed(text)
        scaling = Scaling(*(content["scaling"][key] for key in ("pdo", "base_score", "base_odds")))
        return cls(
            content["name"], content["target"], scaling, content["intercept"],
            tuple(Term.from_dict(term) for term in content["characteristics"]),
            tuple(scale.Grade(**grade) for grade in content["grades"]), content["made_from"],
            tuple(content["missing_values"]),
        )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> Scorecard:
        """Read a scorecard file."""
        if not path.is_file():
            raise DataError(f"{path} is not a file; expected scorecard.json. Check the path.")
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise GovernanceError(f"{path} is not text; expected scorecard.json. Take the registered file.") from error


def build(
    pipeline: Pipeline, contract: Contract, chosen: Selection, characteristics: Mapping[str, Characteristic], scaling: Scaling
) -> Scorecard:
    """Put a scorecard together from a selection and its fit, still without grades.

    Points are whole numbers, and the PD is that of the whole-number score: what the file says is what every export gives.

    Raises
    ------
    EvidenceError
        Where no characteristic was kept.
    """
    if chosen.fit is None:
        best = max(characteristics.values(), key=lambda each: each.iv - each.noise_floor, default=None)
        told = f"; the best, {best.name}, has IV {best.iv:.3f} against a noise floor of {best.noise_floor:.3f}" if best else ""
        raise EvidenceError(
            f"No characteristic passes the selection{told}. Nothing is registered. Check the target and the contract's inputs."
        )
    terms = []
    for position, name in enumerate(chosen.kept):
        each, column = characteristics[name], contract.columns[name]
        coefficient = float(chosen.fit.coefficients[position])
        exact = points(each.woe, coefficient, chosen.fit.intercept, len(chosen.kept), scaling)
        whole = tuple(float(value) for value in np.round(exact) + 0.0)
        errors, p_values = float(chosen.fit.standard_errors[position]), float(chosen.fit.p_values[position])
        terms.append(Term(each, column.dtype, column.description, coefficient, errors, p_values, whole))
    target = {"column": pipeline.target.column, "good": list(pipeline.target.good), "bad": list(pipeline.target.bad)}
    return Scorecard(pipeline.name, target, scaling, chosen.fit.intercept, tuple(terms), (), {}, contract.missing_values)


def graded(card: Scorecard, rows: pa.Table, bad: npt.NDArray[np.int64], made_from: Mapping[str, str]) -> Scorecard:
    """Return the scorecard with its provisional grades and the hashes of what it was made from."""
    scored = card.score(rows)
    return replace(card, grades=scale.provisional(scored.score, scored.pd, bad), made_from=dict(made_from))


def points_table(card: Scorecard) -> pandas.DataFrame:
    """Return the scorecard as people know it: a row per bin with its points."""
    rows = [
        {"characteristic": term.characteristic.name, "bin": each.label, "kind": each.kind, "count": each.count, "bad_rate": each.bad_rate,
         "woe": each.woe, "points": points, "treatment": each.treatment}
        for term in card.terms for each, points in zip(term.characteristic.bins, term.points, strict=True)
    ]  # fmt: skip
    return pandas.DataFrame(rows)


def coefficients(card: Scorecard) -> pandas.DataFrame:
    """Return the fit: coefficient, standard error and Wald p-value per characteristic."""
    rows = [
        {"characteristic": term.characteristic.name, "coefficient": term.coefficient, "standard_error": term.standard_error,
         "p_value": term.p_value, "iv": term.characteristic.iv, "lowest_points": min(term.points), "highest_points": max(term.points)}
        for term in card.terms
    ]  # fmt: skip
    return pandas.DataFrame(rows)


def grades_table(card: Scorecard) -> pandas.DataFrame:
    """Return the grades, best first."""
    return pandas.DataFrame([grade.to_dict() for grade in card.grades])


def attributes(card: Scorecard, samples: Mapping[str, pa.Table]) -> pandas.DataFrame:
    """Return the counts of every bin in every sample: characteristic, attribute, points, and a column per sample."""
    parts = []
    for term in card.terms:
        each = term.characteristic
        counts = {
            name: np.bincount(each.assign(column(rows, each.name)), minlength=len(each.bins)) for name, rows in samples.items()
        }
        labels = [found.label for found in each.bins]
        parts.append(pandas.DataFrame({"characteristic": each.name, "attribute": labels, "points": term.points, **counts}))
    return pandas.concat(parts, ignore_index=True)


def example(card: Scorecard) -> pandas.DataFrame:
    """Return one made-up customer for the model's signature."""
    return woe.example(term.characteristic for term in card.terms)


def _sha256(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode(errors="surrogatepass")).hexdigest()


def _parsed(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise GovernanceError(f"The file is not JSON (line {line}); expected a scorecard. Take the registered file.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else None
        raise GovernanceError(f"The file has format {found!r}; expected {FORMAT!r}. Use a kit version that knows it.")
    written, found = content.pop("sha256", None), _sha256(content)
    if found != written:
        raise GovernanceError(
            f"The scorecard {content.get('name')} does not match its own hash (found {found[:12]}, written {str(written)[:12]}): "
            "it was changed after it was made. Take the registered file."
        )
    return content
