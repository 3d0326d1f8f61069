"""From a score to its PDs and its grade, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import expit, logit
from sqlglot import exp

from scorecard.exports.sql.bins import case
from scorecard.exports.sql.dialects import Dialect
from scorecard.model import Scorecard
from scorecard.points import Scaling

FARTHEST = 700.0  # exp(709.8) is the largest double; beyond it some engines stop with an error


@dataclass(frozen=True)
class Scale:
    """The PDs of a card's scores.

    Parameters
    ----------
    dialect : Dialect
    card : Scorecard
    score : Column
        A double.
    extremes : (float, float)
        Lowest and highest possible score.
    """

    dialect: Dialect
    card: Scorecard
    score: exp.Column
    extremes: tuple[float, float]

    @property
    def raw(self) -> exp.Expr:
        """PD of the points."""
        return self._logistic(self._odds)

    @property
    def calibrated(self) -> exp.Expr:
        """PD after calibration."""
        return self._after(0.0)

    @property
    def shifted(self) -> exp.Expr:
        """PD after calibration and anchor, before the floor."""
        return self._after(self.card.calibration.shift)

    def floored(self, pd: exp.Expr) -> exp.Expr:
        """Return a PD that is at least the floor."""
        floor = self.card.calibration.floor
        if not floor:
            return pd
        least = self.dialect.number(floor)
        return case([(exp.LT(this=pd.copy(), expression=least), least)], pd)

    @property
    def grade(self) -> exp.Expr:
        """Name of the band of the score."""
        lowers = [(each.lower_score, self.dialect.string(each.name)) for each in self.card.grades]
        if not lowers:
            return self.dialect.cast(exp.null(), self.dialect.text)
        return self._from_best(lowers[:-1], lowers[-1][1])

    def _after(self, shift: float) -> exp.Expr:
        method = self.card.calibration.method
        if method == "isotonic":
            return self.dialect.as_double(self._steps(shift))
        if method == "none" and not shift:
            return self.raw
        return self._logistic(exp.Neg(this=exp.Paren(this=self._calibrated_odds(shift))))

    def _calibrated_odds(self, shift: float) -> exp.Expr:
        """Return the log-odds of bad: of ln(pd) and ln(1 - pd) where beta, else a line of the log-odds of the points."""
        own, number = self.card.calibration, self.dialect.number
        constant = number(own.intercept + shift) if own.method != "none" else number(shift)
        if own.method == "beta":
            of_bad = exp.Mul(this=number(own.slope), expression=self._softplus(self._odds))
            of_good = exp.Mul(this=number(own.complement), expression=self._softplus(exp.Neg(this=exp.Paren(this=self._odds))))
            return exp.Add(this=exp.Sub(this=constant, expression=of_bad), expression=of_good)
        slope = own.slope if own.method != "none" else 1.0
        return exp.Sub(this=constant, expression=exp.Mul(this=number(slope), expression=exp.Paren(this=self._odds)))

    def _steps(self, shift: float) -> exp.Expr:
        moved = [
            (step.lower_score, float(expit(logit(step.pd) + shift)) if shift else step.pd) for step in self.card.calibration.steps
        ]
        bands = [(lower, self.dialect.number(pd)) for lower, pd in reversed(moved)]
        return self._from_best(bands[:-1], bands[-1][1])

    def _from_best(self, bands: Sequence[tuple[float | None, exp.Expr]], last: exp.Expr) -> exp.Expr:
        lowers = [(self.dialect.number(lower or 0.0), value) for lower, value in bands]
        return (
            case([(exp.GTE(this=self.score.copy(), expression=lower), value) for lower, value in lowers], last)
            if lowers
            else last
        )

    @property
    def _odds(self) -> exp.Expr:
        """Log-odds of good."""
        number, scaling = self.dialect.number, self.card.scaling
        above = exp.Paren(this=exp.Sub(this=self.score.copy(), expression=number(scaling.offset)))
        return exp.Div(this=above, expression=number(scaling.factor), typed=True)

    def _logistic(self, odds_of_good: exp.Expr) -> exp.Expr:
        one = self.dialect.number(1.0)
        bottom = exp.Paren(this=exp.Add(this=one, expression=self._exp(odds_of_good)))
        return exp.Div(this=one.copy(), expression=bottom, typed=True)

    def _softplus(self, value: exp.Expr) -> exp.Expr:
        return exp.Ln(this=exp.Add(this=self.dialect.number(1.0), expression=self._exp(value)))

    def _exp(self, value: exp.Expr) -> exp.Expr:
        if _farthest(self.card, self.extremes) <= FARTHEST:
            return exp.Exp(this=value)
        high, low = self.dialect.number(FARTHEST), self.dialect.number(-FARTHEST)
        above, below = exp.GT(this=value.copy(), expression=high), exp.LT(this=value.copy(), expression=low)
        return exp.Exp(this=case([(above, high), (below, low)], value))


def _farthest(card: Scorecard, extremes: tuple[float, float]) -> float:
    """Return a bound of every log-odds that is computed."""
    own, scaling = card.calibration, card.scaling
    raw = max(abs(_odds(score, scaling)) for score in extremes)
    return abs(own.intercept) + abs(own.shift) + (1 + abs(own.slope) + abs(own.complement)) * (raw + 1)


def _odds(score: float, scaling: Scaling) -> float:
    return (score - scaling.offset) / scaling.factor
