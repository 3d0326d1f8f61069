"""What bins must satisfy, for all characteristics or for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from scorecard.errors import SettingsError
from scorecard.settings import nearest

MIN_BINS = 2
MAX_PREBINS = 20  # fine classing (Siddiqi 2017, chapter 6)
EMPIRICAL_ACCOUNTS = 50  # convention: a missing or special bin with fewer takes the fallback
RARE_ACCOUNTS = 30  # convention: a level with fewer accounts has no bad rate of its own
TRENDS = ("auto", "ascending", "descending", "peak", "valley", "none")
FALLBACKS = ("worst", "neutral")
POLICIES = ("empirical", "worst", "neutral")
JOIN = "bin of "  # a treatment that names the bin by a value it holds: "bin of 42000"
SOLVERS = ("auto", "optbinning", "programme")


@dataclass(frozen=True)
class Rules:
    """What bins must satisfy.

    Attributes
    ----------
    max_bins : int
        Of intervals or category groups; special codes, missing and unseen come on top, and so do sparse bins.
    min_share : float
        Smallest share of the accounts in a bin, in (0, 0.5].
    min_bads : int
        Fewest bad accounts in a bin.
    trend : str
        Of the bad rate: auto, ascending, descending, peak, valley or none; categories without an order are ordered by it.
    fallback : str
        WoE of a missing or special bin too small for its own: ``worst`` or ``neutral``; unseen levels take it too.
    time_limit_seconds : int
        Of the solver, per characteristic.
    min_woe_difference, min_rate_difference : float
        Between neighbouring bins, absolute; 0 asks for none.
    max_p_value : float
        Of the z-test that neighbouring bins have one bad rate; 1 asks for none.
    splits : tuple of float
        Numeric: edges that stay, whatever the solver would prefer.
    groups : tuple of tuple of str
        Categorical: levels that stay together, apart from all others.
    split_further : bool
        Whether the solver may add edges (or groups) to the given ones.
    order : tuple of str
        Of an ordinal characteristic's levels; neighbours in it may share a bin, others not.
    treatments : mapping of "missing", "unseen" or a special code's label to policy
        ``empirical``, ``worst``, ``neutral``, or ``bin of VALUE``: joins the bin that holds the value.
    keep_sparse : bool
        Whether a bin below `min_share` stays where it has enough bads and its WoE interval excludes its neighbours'.
    rare_accounts : int
        Levels with fewer accounts share one place in the order of levels.
    solver : str
        ``auto``, ``optbinning`` or ``programme``.
    """

    max_bins: int = 8
    min_share: float = 0.05
    min_bads: int = 5
    trend: Literal["auto", "ascending", "descending", "peak", "valley", "none"] = "auto"
    fallback: Literal["worst", "neutral"] = "worst"
    time_limit_seconds: int = 60
    min_woe_difference: float = 0.0
    min_rate_difference: float = 0.0
    max_p_value: float = 1.0
    splits: tuple[float, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    split_further: bool = True
    order: tuple[str, ...] = ()
    treatments: Mapping[str, str] | None = None
    keep_sparse: bool = True
    rare_accounts: int = RARE_ACCOUNTS
    solver: Literal["auto", "optbinning", "programme"] = "auto"

    def __post_init__(self) -> None:
        ranges: dict[str, tuple[bool, str]] = {
            "max_bins": (MIN_BINS <= self.max_bins <= MAX_PREBINS, f"{MIN_BINS} to {MAX_PREBINS}"),
            "min_share": (0 < self.min_share <= 0.5, "above 0 and up to 0.5"),  # noqa: PLR2004  two bins share the rows
            "min_bads": (self.min_bads >= 0, "0 or more"),
            "trend": (self.trend in TRENDS, "one of " + ", ".join(TRENDS)),
            "fallback": (self.fallback in FALLBACKS, "one of " + ", ".join(FALLBACKS)),
            "solver": (self.solver in SOLVERS, "one of " + ", ".join(SOLVERS)),
            "min_woe_difference": (self.min_woe_difference >= 0, "0 or more"),
            "min_rate_difference": (0 <= self.min_rate_difference < 1, "at least 0 and below 1"),
            "max_p_value": (0 < self.max_p_value <= 1, "above 0 and up to 1"),
            "time_limit_seconds": (self.time_limit_seconds >= 1, "1 or more"),
        }
        for name, (kept, expected) in ranges.items():
            if not kept:
                raise SettingsError(f"{name} = {getattr(self, name)!r}; expected {expected}. Change the parameter.")

    def treatment(self, name: str) -> str:
        """Return the policy for missing, unseen or a special code: empirical unless told, and for unseen the fallback."""
        return (self.treatments or {}).get(name, self.fallback if name == "unseen" else "empirical")

    def changed(self, characteristic: str, given: Mapping[str, Any]) -> Rules:
        """Return the rules of one characteristic.

        Raises
        ------
        SettingsError
            Where a rule is unknown or its value is not as expected.
        """
        known = {field.name for field in fields(Rules)}
        for name in given:
            if name not in known:
                raise SettingsError(f"{characteristic}: {name} is not a rule of bins. {nearest(name, sorted(known))}")
        try:
            return replace(self, **{name: _plain(value) for name, value in given.items()})
        except SettingsError as error:
            raise SettingsError(f"{characteristic}: {error}") from error


def _plain(value: Any) -> Any:
    """Turn the lists of YAML into tuples, so that rules compare and stay as they are."""
    return tuple(_plain(each) for each in value) if isinstance(value, (list, tuple)) else value
