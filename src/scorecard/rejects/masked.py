"""Does reject inference help? Hide outcomes that are known, infer them with every method, and compare with the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas
from scipy.special import ndtri

from scorecard import metrics, regression
from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.regression import Fit
from scorecard.rejects.applicants import Applicants, Floats, Inferred, Outcomes, pd
from scorecard.rejects.methods import KNOWN, Method, known

ORACLE = "all outcomes known"
COLUMNS = (
    "method", "true_bad_rate", "inferred_bad_rate", "rate_gap", "declined_pd", "pd_gap", "expected_over_observed", "auc_hidden",
    "brier_hidden", "auc", "brier", "problem",
)  # fmt: skip
LEVEL = 0.95
MEASURES = {"rate_gap": -1, "pd_gap": -1, "auc_hidden": 1, "brier_hidden": -1, "auc": 1}  # 1 where more is better
LEVELS, ORDERS = ("rate_gap", "pd_gap", "brier_hidden"), ("auc_hidden", "auc")
FEWEST_EVENTS = 20  # convention: goods, and bads, that a comparison rests on at least
FEWEST_DRAWS = 20  # a standard error is then known to about a sixth of itself
MOSTLY = 0.9  # of the draws must have an answer
SAME = 1e-9  # a gain that is the last digits of two equal fits


@dataclass(frozen=True, eq=False)
class Masked:
    """Applicants of whom some are taken for declined though their outcome is known.

    Attributes
    ----------
    applicants : Applicants
        As a method of inference sees them.
    truth : array of shape (declines,)
        How the declines turned out, 0 or 1; no method sees it.

    Raises
    ------
    DataError
        Where the truth is not 0 or 1 for each decline.
    """

    applicants: Applicants
    truth: Outcomes

    def __post_init__(self) -> None:
        if self.truth.shape != self.applicants.declined.shape[:1] or not np.isin(self.truth, (0, 1)).all():
            raise DataError(
                f"The truth has shape {self.truth.shape}; expected 0 or 1 for each of {len(self.applicants.declined)} declines."
            )

    @cached_property
    def outcome(self) -> Outcomes:
        """How everybody turned out, accepts first."""
        return np.concatenate([self.applicants.bad, self.truth])

    @property
    def bad_rate(self) -> float:
        """How many of the hidden turned out bad, a share."""
        return float(np.average(self.truth, weights=self.applicants.weights[1]))

    def oracle(self) -> Inferred:
        """Fit the model that knows every outcome: an upper end, for it is judged on outcomes it has learned."""
        woe, weight = self.applicants.everybody
        fit = regression.fit(woe, self.outcome, weight)
        rate = self.bad_rate
        return Inferred(ORACLE, "None: the outcomes are known.", fit, rate, self.applicants.through_the_door(rate))

    def drawn(self, random: np.random.Generator) -> Masked:
        """Return accepts and hidden, each drawn with replacement."""
        each = self.applicants
        a, d = (random.integers(0, len(woe), len(woe)) for woe in (each.accepted, each.declined))
        accepted, declined = each.weights[0][a], each.weights[1][d]
        return Masked(Applicants(each.names, each.accepted[a], each.bad[a], each.declined[d], accepted, declined), self.truth[d])


@dataclass(frozen=True, eq=False)
class Benchmark:
    """How near every method comes to a truth that was hidden from it.

    Attributes
    ----------
    values : DataFrame
        A row for each model. Of the hidden: ``true_bad_rate``, ``inferred_bad_rate`` and the ``rate_gap`` between them;
        ``declined_pd``, the model's mean PD, its ``pd_gap`` and ``expected_over_observed``; ``auc_hidden``, ``brier_hidden``. Of
        everybody: ``auc``, ``brier``. And the ``problem`` where a method has no answer.
    gains : DataFrame
        A row for each model and measure: its ``gain`` on the accepts' model, positive where it is better, with an interval
        that holds for all rows of inference at once, and what that says.
    factor : float
        How many times as often the hidden turned bad as the accepts' model expects: what no data on accepts could have told.
    answer : str
        Whether inference helps, in words.
    """

    values: pandas.DataFrame
    gains: pandas.DataFrame
    factor: float
    answer: str


def hide(
    woe: Mapping[str, Floats],
    bad: Outcomes,
    policy: tuple[str, ...],
    seen: tuple[str, ...],
    share: float,
    *,
    weight: Floats | None = None,
) -> Masked:
    """Take the accepts for declined whom a policy card finds riskiest; the model sees other characteristics than the card.

    Parameters
    ----------
    woe : mapping of name to array of shape (rows,)
    bad : array of shape (rows,)
    policy, seen : tuple of str
        Characteristics of the policy card, and of the model. What only the card sees makes the hidden differ from accepts
        that look like them.
    share : float
        To hide, in (0, 1); equal scores are hidden together, which may be more.
    weight : array of shape (rows,), optional

    Raises
    ------
    SettingsError
        Where the share is none.

    Notes
    -----
    The card orders by a logistic regression on the outcome: a lender with some skill, and no more than its characteristics tell.
    """
    if not 0 < share < 1:
        raise SettingsError(f"share = {share}; expected a share to hide, above 0 and below 1. Change the parameter.")
    card = np.column_stack([woe[name] for name in policy])
    weights = np.ones(len(bad)) if weight is None else weight
    risk = pd(regression.fit(card, bad, weights), card)
    at = np.quantile(risk, 1 - share, method="inverted_cdf", weights=weights)
    enough = weights[risk > at].sum() >= share * weights.sum() * (1 - 1e-12)
    hidden = (risk > at) if enough else (risk >= at)
    rows = np.column_stack([woe[name] for name in seen])
    return Masked(Applicants(seen, rows[~hidden], bad[~hidden], rows[hidden], weights[~hidden], weights[hidden]), bad[hidden])


def benchmark(masked: Masked, methods: Mapping[str, Method], repeats: int, seed: int) -> Benchmark:
    """Hold every method to the hidden outcomes, between the accepts' model and the one that knows them all.

    Parameters
    ----------
    masked : Masked
    methods : mapping of name to function of the applicants
    repeats : int
        Bootstrap draws of accepts and hidden, 20 or more, with everything fitted again in each.
    seed : int

    Raises
    ------
    SettingsError
        Where there are too few draws.
    EvidenceError
        Where the hidden have fewer than 20 goods or bads.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 6 (standard errors); Bonferroni (1936) over the methods
    and measures.
    """
    if repeats < FEWEST_DRAWS:
        raise SettingsError(f"repeats = {repeats}; expected {FEWEST_DRAWS} draws or more. Change the parameter.")
    _refuse_few(masked.truth)
    values = pandas.DataFrame([_row(masked, name, found) for name, found in _models(masked, methods).items()])
    gains = _gains(methods, values, _spread(masked, methods, repeats, seed))
    factor = masked.bad_rate / float(values.loc[0, "declined_pd"])
    return Benchmark(values, gains, factor, _answer(values, gains, factor))


def _refuse_few(truth: Outcomes) -> None:
    bads = int(truth.sum())
    if min(bads, len(truth) - bads) < FEWEST_EVENTS:
        raise EvidenceError(
            f"The hidden have {len(truth) - bads} goods and {bads} bads; expected {FEWEST_EVENTS} of each or more to judge by. Hide more, or wait for outcomes."
        )


def _models(masked: Masked, methods: Mapping[str, Method]) -> dict[str, Inferred | str]:
    """Return every model by name, and where it has no answer the reason."""
    found: dict[str, Inferred | str] = {KNOWN: known(masked.applicants)}
    for name, infer in methods.items():
        try:
            found[name] = infer(masked.applicants)
        except EvidenceError as error:
            found[name] = str(error)
    return found | {ORACLE: masked.oracle()}


def _row(masked: Masked, name: str, found: Inferred | str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {"method": name, "problem": "", "true_bad_rate": masked.bad_rate}
    if isinstance(found, str):
        return row | {"problem": found}
    rate = found.declined_bad_rate
    return row | {"inferred_bad_rate": rate, "rate_gap": abs(rate - masked.bad_rate)} | _measures(masked, found.fit)


def _measures(masked: Masked, fit: Fit) -> dict[str, float]:
    applicants, (woe, weight) = masked.applicants, masked.applicants.everybody
    chance, hidden = pd(fit, woe), applicants.weights[1]
    of_hidden = chance[len(applicants.accepted) :]
    mean = float(np.average(of_hidden, weights=hidden))
    return {
        "declined_pd": mean, "pd_gap": abs(mean - masked.bad_rate), "expected_over_observed": mean / masked.bad_rate,
        "auc_hidden": metrics.auc(masked.truth, of_hidden, hidden), "brier_hidden": metrics.brier(masked.truth, of_hidden, hidden),
        "auc": metrics.auc(masked.outcome, chance, weight), "brier": metrics.brier(masked.outcome, chance, weight),
    }  # fmt: skip


def _compared(masked: Masked, methods: Mapping[str, Method]) -> Floats:
    """Return the gain of each model on the accepts' one, shape (models, measures); NaN where there is no answer."""
    rows = [_row(masked, name, found) for name, found in _models(masked, methods).items()]
    return _gain(np.array([[row[name] for name in MEASURES] for row in rows], dtype=np.float64))


def _gain(measured: Floats) -> Floats:
    return np.asarray((measured[1:] - measured[0]) * np.array(list(MEASURES.values())))


def _spread(masked: Masked, methods: Mapping[str, Method], repeats: int, seed: int) -> Floats:
    """Return the bootstrap standard error of each gain; NaN where more than a tenth of the draws gave no answer."""
    random = np.random.default_rng(seed)
    drawn = np.array([_compared(masked.drawn(random), methods) for _ in range(repeats)])
    answered = np.isfinite(drawn)
    held = np.where(answered, drawn, 0.0)
    count = np.maximum(answered.sum(axis=0), 2)
    mean = held.sum(axis=0) / count
    spread = np.sqrt((answered * (held - mean) ** 2).sum(axis=0) / (count - 1))
    return np.asarray(np.where(answered.mean(axis=0) < MOSTLY, np.nan, spread))


def _gains(methods: Mapping[str, Method], values: pandas.DataFrame, spread: Floats) -> pandas.DataFrame:
    gain = _gain(values[list(MEASURES)].to_numpy(dtype=np.float64))
    reach = spread * float(ndtri(1 - (1 - LEVEL) / 2 / max(1, len(methods) * len(MEASURES))))
    rows = [
        {"method": name, "measure": measure, "gain": gain[i, j], "low": gain[i, j] - reach[i, j], "high": gain[i, j] + reach[i, j],
         "says": _says(gain[i, j], reach[i, j])}
        for i, name in enumerate(values["method"][1:]) for j, measure in enumerate(MEASURES)
    ]  # fmt: skip
    return pandas.DataFrame(rows)


def _says(gain: float, reach: float) -> str:
    if not np.isfinite(gain + reach):
        return "no answer"
    if abs(gain) < SAME:
        return "the same"
    if abs(gain) <= reach:
        return "not told apart"
    return "better" if gain > 0 else "worse"


def _answer(values: pandas.DataFrame, gains: pandas.DataFrame, factor: float) -> str:
    table = values.set_index("method").drop(index=ORACLE)
    first = table.loc[KNOWN]
    inferred = table[table["problem"] == ""].drop(index=KNOWN)
    told = f"{first['true_bad_rate']:.1%} of the hidden turned out bad, and the accepts' model expects {first['declined_pd']:.1%}"
    if inferred.empty:
        return f"{told}; no method of inference has an answer."
    nearest = inferred["rate_gap"].astype(float).idxmin()
    told += f" (a factor of {factor:.2f}); {nearest} comes nearest with {inferred.loc[nearest, 'inferred_bad_rate']:.1%}."
    own = gains[gains["method"] != ORACLE]
    verdict = "" if (own["says"] == "better").any() else " Inference does not help here."
    level, order = (_told(own[own["measure"].isin(measures)]) for measures in (LEVELS, ORDERS))
    return f"{told}{verdict} Beyond noise, {level} state the level of risk better; {order} order risk better."


def _told(gains: pandas.DataFrame) -> str:
    better, worse = (gains[gains["says"] == word]["method"].nunique() for word in ("better", "worse"))
    return f"{better} of {gains['method'].nunique()} methods (worse: {worse})"
