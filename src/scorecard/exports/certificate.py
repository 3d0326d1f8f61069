"""What was proven of a scorecard's exports, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import pandas


@dataclass(frozen=True)
class Proof:
    """What one export gave beside the scorecard.

    Attributes
    ----------
    export : str
        ``sql``, ``python``, ``pmml`` or ``excel``.
    dialect : str or None
        Of SQL.
    engine, version : str
        Where it was executed; without a version the engine is absent.
    executed : bool
    vectors, left_out : int
        Compared, and left out because the engine cannot hold them.
    score, pd : float or None
        Largest differences; None where nothing was compared.
    grades, reasons : int or None
        Vectors with another grade, and with other reasons.
    equal : bool or None
        False also where the export fails; None where nothing was compared.
    note : str
        The first difference, what was left out and why, or why it was not executed.
    """

    export: str
    dialect: str | None
    engine: str
    version: str | None
    executed: bool = False
    vectors: int = 0
    left_out: int = 0
    score: float | None = None
    pd: float | None = None
    grades: int | None = None
    reasons: int | None = None
    equal: bool | None = None
    note: str = ""


@dataclass(frozen=True)
class Certificate:
    """What was proven of a scorecard's exports. It holds no time: equal scorecards and engines give equal certificates.

    Attributes
    ----------
    name, sha256 : str
        Of the scorecard.
    kit : str
        Version that wrote the exports.
    vectors : int
        Golden vectors.
    vectors_sha256 : str
    tolerance : float
        Of a PD; scores, grades and reasons are equal.
    complete : bool
        Every export that can be executed was.
    proofs : tuple of Proof
    """

    name: str
    sha256: str
    kit: str
    vectors: int
    vectors_sha256: str
    tolerance: float
    complete: bool
    proofs: tuple[Proof, ...]

    @property
    def clean(self) -> bool:
        """Whether at least one export was executed, and none differs or fails."""
        return any(each.executed for each in self.proofs) and not self.differences

    @property
    def differences(self) -> list[str]:
        """What differs or fails, a sentence each."""
        return [each.note for each in self.proofs if each.equal is False]

    def table(self) -> pandas.DataFrame:
        """Return the proofs as people read them, a row each: gaps are the largest differences to the scorecard."""
        rows = [
            {"export": each.export, "dialect": each.dialect, "engine": each.engine, "version": each.version, "executed": each.executed,
             "vectors": each.vectors, "left_out": each.left_out, "score_gap": _gap(each.score), "pd_gap": _gap(each.pd),
             "grades_differ": each.grades, "reasons_differ": each.reasons, "equal": each.equal, "note": each.note}
            for each in self.proofs
        ]  # fmt: skip
        return pandas.DataFrame(rows, dtype=object)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self) | {"proofs": [asdict(each) for each in self.proofs], "clean": self.clean}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Certificate:
        """Rebuild what `to_dict` wrote."""
        own = {each.name: content[each.name] for each in fields(cls)}
        return cls(**own | {"proofs": tuple(Proof(**each) for each in content["proofs"])})


def _gap(value: float | None) -> str | None:
    return None if value is None else f"{value:.1e}" if value else "0"
