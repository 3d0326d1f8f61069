"""What decides about a characteristic: limits, what a person orders, and the row that says what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from scorecard.errors import SettingsError
from scorecard.regression import Fit
from scorecard.selection.shift import Shift


@dataclass(frozen=True)
class Limits:
    """Limits of the selection; all are conventions (Siddiqi 2017, chapters 6 and 10).

    Attributes
    ----------
    min_iv, max_iv : float
        A characteristic also has to exceed its own noise floor; above `max_iv` it is suspected to know the outcome.
    max_correlation : float
        Of WoE, absolute, above 0 and up to 1; the strongest of a cluster stays.
    max_p_value : float
        Wald, two-sided; above 0 and up to 1.
    max_characteristics : int
    max_psi : float
        Between development and any later sample, where chance does not explain it.
    max_vif : float
        Of WoE, 1 or more; infinite asks for none.
    min_marginal_iv : float
        What a characteristic must add to the model of those that add more; 0 switches the stepwise off. The field's
        convention is 0.02; half of it costs no AUC on the public tables and still shortens the scorecard.
    """

    min_iv: float = 0.02
    max_iv: float = 1.5
    max_correlation: float = 0.75
    max_p_value: float = 0.05
    max_characteristics: int = 15
    max_psi: float = 0.25
    max_vif: float = 5.0
    min_marginal_iv: float = 0.01

    def __post_init__(self) -> None:
        ranges: dict[str, tuple[bool, str]] = {
            "min_iv": (self.min_iv >= 0, "0 or more"),
            "max_iv": (self.max_iv > self.min_iv, f"more than min_iv = {self.min_iv}"),
            "max_correlation": (0 < self.max_correlation <= 1, "above 0 and up to 1"),
            "max_p_value": (0 < self.max_p_value <= 1, "above 0 and up to 1"),
            "max_characteristics": (self.max_characteristics >= 1, "1 or more"),
            "max_psi": (self.max_psi > 0, "above 0"),
            "max_vif": (self.max_vif >= 1, "1 or more"),
            "min_marginal_iv": (self.min_marginal_iv >= 0, "0 or more"),
        }
        for name, (kept, expected) in ranges.items():
            if not kept:
                raise SettingsError(f"{name} = {getattr(self, name)!r}; expected {expected}. Change the parameter.")


@dataclass(frozen=True)
class Forced:
    """A person's order: the characteristic is in, or out, and why."""

    include: bool
    reason: str


@dataclass(frozen=True)
class Given:
    """What a selection knows beside the rows of development.

    Attributes
    ----------
    shifts : mapping of characteristic to sample to Shift
        From `psi_by_sample`; a characteristic without one is not held to `max_psi`, and its row says so.
    forced : mapping of characteristic to Forced
    absent : mapping of characteristic to the reason
        Columns without bins, such as leaks and refused ones: forcing one in is an error that gives the reason.

    Raises
    ------
    SettingsError
        Where a characteristic is forced without a reason.
    """

    shifts: Mapping[str, Mapping[str, Shift]] = field(default_factory=dict)
    forced: Mapping[str, Forced] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, each in self.forced.items():
            if not each.reason.strip():
                way = "in" if each.include else "out"
                raise SettingsError(f"{name} is forced {way} without a reason; expected a sentence. Write down why.")


@dataclass(frozen=True)
class Broken:
    """The gate that a characteristic did not pass: `figure` broke `limit` at `step`, None where there is no finite figure.

    `leader` is the one that stands for it, where it moves with another.
    """

    step: str
    figure: float | None
    limit: float | None
    reason: str
    leader: str = ""

    def __str__(self) -> str:
        """Return the gate with its figure and limit."""
        figures = "" if self.figure is None or self.limit is None else f"{self.figure:.3g}, limit {self.limit:.3g}; "
        return f"{self.step} ({figures}{self.reason})"


@dataclass(frozen=True)
class Decision:
    """One characteristic's row in the selection table; `figure` broke `limit` at `step`."""

    characteristic: str
    kept: bool
    step: str
    iv: float | None = None
    noise_floor: float | None = None
    figure: float | None = None
    limit: float | None = None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


@dataclass
class Selection:
    """The outcome: names kept, strongest first, their fit, and the table of decisions."""

    kept: list[str]
    decisions: list[Decision]
    fit: Fit | None = field(default=None)

    def table(self) -> list[dict[str, Any]]:
        """Return one row per characteristic, kept ones first, then by IV."""
        ordered = sorted(self.decisions, key=lambda row: (not row.kept, -(row.iv or 0), row.characteristic))
        return [row.to_dict() for row in ordered]
