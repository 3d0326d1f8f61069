"""What bins must satisfy, for all characteristics or for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from math import inf
from numbers import Integral
from typing import Any, Literal

import numpy as np

from scorecard.counts.fields import text
from scorecard.errors import SettingsError
from scorecard.settings import nearest

MIN_BINS = 2
MAX_PREBINS = 20  # fine classing (Siddiqi 2017, chapter 6)
LARGEST_SHARE = 0.5  # two bins share the rows
ROUNDING = 1e-9  # 0.07 * 100 is a little more than 7
EMPIRICAL_ACCOUNTS = 50  # convention: a missing or special bin with fewer takes the fallback
RARE_ACCOUNTS = 30  # convention: a level with fewer accounts has no bad rate of its own
TRENDS = ("auto", "monotonic", "ascending", "descending", "peak", "valley", "none")
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
        Of the bad rate: auto (optbinning's choice), monotonic (up or down, whichever is worth more), ascending, descending,
        peak, valley or none; categories without an order are ordered by it.
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
        Whether a bin below `min_share` stays where it has 30 bads and its WoE interval has no point in common with its
        neighbours'; the intervals hold at 95 % for all classes searched together. At most three, on top of `max_bins`.
    rare_accounts : int
        Levels with fewer accounts share one place in the order of levels.
    solver : str
        ``programme`` (exact, milliseconds), ``optbinning``, or ``auto``: the programme for ascending and descending trends,
        for levels ordered by bad rate, and for what optbinning cannot express; optbinning for the rest.
    """

    max_bins: int = 8
    min_share: float = 0.05
    min_bads: int = 5
    trend: Literal["auto", "monotonic", "ascending", "descending", "peak", "valley", "none"] = "auto"
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
        for name, (kept, expected) in CHECKS.items():
            if not _holds(kept, self):
                raise SettingsError(
                    f"{name} = {getattr(self, name)!r}; expected {expected}. Change the parameter, or binning in the pipeline YAML."
                )
        for kept, told in CONTRADICTIONS:
            if not kept(self):
                raise SettingsError(told)
        object.__setattr__(self, "order", tuple(map(text, self.order)))  # YAML reads 1 as a number, and levels are text
        object.__setattr__(self, "groups", tuple(tuple(map(text, group)) for group in self.groups))

    def accounts_needed(self, accounts: float) -> int:
        """Return the accounts that `min_share` of all accounts asks for, at least 1."""
        return max(int(np.ceil(self.min_share * accounts - ROUNDING)), 1)

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
        refuse_unknown(characteristic, given)
        try:
            return replace(self, **{name: _plain(value) for name, value in given.items()})
        except SettingsError as error:
            raise SettingsError(f"{characteristic}: {error}") from error


def refuse_unknown(characteristic: str, given: Mapping[str, Any]) -> None:
    """Raise a SettingsError where rules have no names, or a name is no rule."""
    known = sorted(field.name for field in fields(Rules))
    if not isinstance(given, Mapping):
        raise SettingsError(f"{characteristic}: {given!r} are no rules of bins; expected names and values. Write max_bins: 5.")
    for name in given:
        if name not in known:
            raise SettingsError(f"{characteristic}: {name} is not a rule of bins. {nearest(name, known)}")


def _plain(value: Any) -> Any:
    """Turn the lists of YAML into tuples, so that rules compare and stay as they are."""
    return tuple(_plain(each) for each in value) if isinstance(value, (list, tuple)) else value


def _holds(kept: Callable[[Rules], bool], rules: Rules) -> bool:
    try:
        return bool(kept(rules))
    except (TypeError, ValueError, AttributeError):  # text where a number belongs, a number where a list or mapping does
        return False


def _whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _truth(value: Any) -> bool:
    """Say whether a value is true or false: the text "no" would count as true."""
    return isinstance(value, bool)


def _known_policies(treatments: Mapping[str, str] | None) -> bool:
    told = dict(treatments or {})
    named = all(policy in POLICIES or (policy.startswith(JOIN) and policy != JOIN) for policy in told.values())
    return named and told.get("unseen") != "empirical"


def _levels_once(groups: tuple[tuple[str, ...], ...]) -> bool:
    levels = [level for group in groups for level in group]
    return all(groups) and all(isinstance(group, tuple) for group in groups) and len(set(levels)) == len(levels)


CHECKS: dict[str, tuple[Callable[[Rules], bool], str]] = {
    "max_bins": (
        lambda rules: MIN_BINS <= rules.max_bins <= MAX_PREBINS and _whole(rules.max_bins),
        f"{MIN_BINS} to {MAX_PREBINS}",
    ),
    "min_share": (lambda rules: 0 < rules.min_share <= LARGEST_SHARE, "above 0 and up to 0.5"),
    "min_bads": (lambda rules: rules.min_bads >= 0, "0 or more"),
    "trend": (lambda rules: rules.trend in TRENDS, "one of " + ", ".join(TRENDS)),
    "fallback": (lambda rules: rules.fallback in FALLBACKS, "one of " + ", ".join(FALLBACKS)),
    "time_limit_seconds": (lambda rules: rules.time_limit_seconds >= 1, "1 or more"),
    "min_woe_difference": (lambda rules: rules.min_woe_difference >= 0, "0 or more"),
    "min_rate_difference": (lambda rules: 0 <= rules.min_rate_difference < 1, "at least 0 and below 1"),
    "max_p_value": (lambda rules: 0 < rules.max_p_value <= 1, "above 0 and up to 1"),
    "splits": (
        lambda rules: all(left < right for left, right in pairwise((-inf, *rules.splits, inf))),
        "numbers in ascending order, each once",
    ),
    "groups": (lambda rules: _levels_once(rules.groups), "lists of levels, each level in one of them and once"),
    "order": (lambda rules: len(set(rules.order)) == len(rules.order), "each level once"),
    "treatments": (
        lambda rules: _known_policies(rules.treatments),
        f"empirical, worst, neutral or '{JOIN}VALUE' for each, and not empirical for unseen, which has no counts",
    ),
    "rare_accounts": (lambda rules: rules.rare_accounts >= 0, "0 or more"),
    "split_further": (lambda rules: _truth(rules.split_further), "true or false"),
    "keep_sparse": (lambda rules: _truth(rules.keep_sparse), "true or false"),
    "solver": (lambda rules: rules.solver in SOLVERS, "one of " + ", ".join(SOLVERS)),
}
CONTRADICTIONS: tuple[tuple[Callable[[Rules], bool], str], ...] = (
    (
        lambda rules: not (rules.splits and (rules.groups or rules.order)),
        "splits are of numbers, groups and order are of levels; expected one kind. Remove one.",
    ),
    (
        lambda rules: rules.split_further or bool(rules.splits or rules.groups),
        "split_further = False keeps given splits or groups as they are; expected some. Give splits or groups, or leave it out.",
    ),
    (
        lambda rules: rules.solver != "optbinning" or rules.min_woe_difference == 0,
        "optbinning knows no min_woe_difference. Set solver to auto or programme, or use min_rate_difference.",
    ),
)
