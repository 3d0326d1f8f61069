"""Is the reported result the luck of one split? The card's characteristics and bins are fitted again on others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scorecard import metrics
from scorecard.errors import EvidenceError
from scorecard.metrics import placed
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Bins, Block, Cells, Floats
from scorecard.validation.evidence import DEVELOPMENT, Evidence, shortage, without_model
from scorecard.validation.fits import fittable, refitted
from scorecard.validation.judging import REACH, Limits, judge, told, upper_p
from scorecard.woe import Characteristic

SOURCE = "Stone (1974), cross-validation; limits: convention"
TEST = "test"
SPLITS = 20
FEWEST = 10  # splits that must give a fit


@dataclass(frozen=True, eq=False)
class Spread:
    """What other splits of development and test give.

    Attributes
    ----------
    reported : float
        AUC of the scorecard on its own test sample.
    aucs : array of shape (splits,)
        Of each fit on the part it was not made on.
    coefficients : array of shape (splits, coefficients)
        Of all segments, intercepts left out.
    names : list of str
        Of the coefficients.
    points : float
        Standard deviation over the splits of one customer's score, averaged over customers.
    """

    reported: float
    aucs: Floats
    coefficients: Floats
    names: list[str]
    points: float

    @property
    def loosest(self) -> tuple[str, float]:
        """The coefficient that varies most for its size, and by how much."""
        size = self.coefficients.std(axis=0, ddof=1) / np.maximum(np.abs(self.coefficients.mean(axis=0)), 1e-12)
        return self.names[int(np.argmax(size))], float(size.max())

    @property
    def flips(self) -> int:
        """Coefficients that have both signs among the splits."""
        return int((np.ptp(np.sign(self.coefficients), axis=0) > 0).sum())


def split_auc_test(found: Spread, scope: str, rows: tuple[int, int], thresholds: Thresholds) -> Result:
    """Judge whether the reported AUC is what other splits give (ROB-06).

    Parameters
    ----------
    found : Spread
        Of the customers of development and test together, divided anew by chance in the same proportion; WoE and
        coefficients come from one part, the AUC from the other. Bins and the choice of characteristics stay, so their own
        luck is not in it.
    scope : str
    rows : (int, int)
        Customers and bads.
    thresholds : Thresholds
        `split_gap_amber`, `split_gap_red`; the second result: `split_spread_amber`, `split_spread_red`.

    Returns
    -------
    Result
        The reported AUC, with the range of other splits' as interval. `effect` is by how much it exceeds their mean: amber and
        red beyond the limits where p < 5 % and p < 1 % by their standard deviation. One that falls as far below is
        amber: bad luck, or a card that is not what its characteristics can give. A second result judges how far a customer's score depends on the split: `split_spread_amber` and
        `split_spread_red` limit its standard deviation in PDOs. `detectable` is the AUC that would stand out four times in five.

    References
    ----------
    Stone (1974), Journal of the Royal Statistical Society B 36. The limits are a convention.

    Examples
    --------
    >>> found = Spread(0.78, np.linspace(0.74, 0.76, 20), -np.ones((20, 1)), ["age"], 2.0)
    >>> split_auc_test(found, "splits: AUC", (5000, 500), Thresholds()).verdict.value
    'red'
    """
    middle, spread = float(found.aucs.mean()), float(found.aucs.std(ddof=1))
    gap, limits = found.reported - middle, Limits(thresholds.split_gap_amber, thresholds.split_gap_red)
    p_value = upper_p(abs(gap), spread)
    low, high = float(found.aucs.min()), float(found.aucs.max())
    verdict, key = judge(abs(gap), p_value, limits), told("split_auc", abs(gap), p_value, limits.amber)
    if gap < 0 and verdict is not Verdict.GREEN:
        verdict, key = Verdict.AMBER, "reading.split_auc_low"
    values = {"auc": found.reported, "mean": middle, "low": low, "high": high, "gap": gap, "splits": len(found.aucs)}
    return Result(
        "ROB-06",
        scope,
        *rows,
        found.reported,
        verdict,
        SOURCE,
        Reading(key, values | {"limit": limits.amber, "p": p_value}),
        interval=(low, high),
        threshold=middle + limits.amber,
        p_value=p_value,
        effect=gap,
        null="the reported AUC is one like those of other splits",
        detectable=middle + REACH * spread,
    )


def split_score_test(found: Spread, scope: str, rows: tuple[int, int], pdo: float, thresholds: Thresholds) -> Result:
    """Judge how far a customer's score depends on who happened to be in development (ROB-06).

    Parameters
    ----------
    found : Spread
        As in `split_auc_test`.
    scope : str
    rows : (int, int)
        Customers and bads.
    pdo : float
        Points that double the odds.
    thresholds : Thresholds
        `split_spread_amber`, `split_spread_red`.

    Returns
    -------
    Result
        The standard deviation of one customer's score over the splits, averaged over customers, in PDOs: amber and red beyond
        the limits, amber too where a coefficient has both signs. `effect` is the largest relative variation of a coefficient.
        Splits share most customers, so the variation between samples drawn anew is somewhat larger.

    Examples
    --------
    >>> found = Spread(0.75, np.linspace(0.74, 0.76, 20), -np.ones((20, 1)), ["age"], 2.0)
    >>> split_score_test(found, "splits: score", (5000, 500), 20.0, Thresholds()).statistic
    0.1
    """
    size, (name, variation), flips = found.points / pdo, found.loosest, found.flips
    verdict = Verdict.AMBER if size > thresholds.split_spread_amber or flips else Verdict.GREEN
    verdict = Verdict.RED if size > thresholds.split_spread_red else verdict
    key = "reading.split_score_held" if verdict is Verdict.GREEN else "reading.split_score_failed"
    values: dict[str, str | float] = {
        "points": found.points,
        "size": size,
        "limit": thresholds.split_spread_amber,
        "splits": len(found.aucs),
    }
    values |= {"name": name, "variation": variation, "flips": flips}
    return Result(
        "ROB-06",
        scope,
        *rows,
        size,
        verdict,
        SOURCE,
        Reading(key, values),
        threshold=thresholds.split_spread_amber,
        effect=variation,
    )


def each_split(evidence: Evidence) -> list[Result]:
    """Run ROB-06 on development and test together: the AUC, and the score of a customer."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("ROB-06", evidence, SOURCE)]
    start, test = evidence.development, evidence.samples.get(TEST)
    if test is None or test.bad is None or TEST not in evidence.cells:
        reading = Reading("reading.no_test")
        return [Result("ROB-06", "splits", start.n, start.events, None, Verdict.NOT_DUE, SOURCE, reading)]
    rows = start.n + test.n, start.events + test.events
    if short := shortage(test.ladder, evidence.thresholds):
        return [Result("ROB-06", "splits", *rows, None, Verdict.INSUFFICIENT_DATA, SOURCE, short)]
    if not all(fittable(segment) for segment in evidence.cells[DEVELOPMENT].card.segments):
        reading = Reading("reading.no_coefficients")
        return [Result("ROB-06", "splits", *rows, None, Verdict.NOT_COMPUTABLE, SOURCE, reading)]
    found = _spread(evidence)
    if found is None:
        return [Result("ROB-06", "splits", *rows, None, Verdict.NOT_COMPUTABLE, SOURCE, Reading("reading.no_fit"))]
    pdo = evidence.cells[TEST].card.scaling.pdo
    return [
        split_auc_test(found, "splits: AUC", rows, evidence.thresholds),
        split_score_test(found, "splits: score", rows, pdo, evidence.thresholds),
    ]


def _spread(evidence: Evidence) -> Spread | None:
    cells = evidence.cells[TEST]
    reported = placed(cells.steps(), cells.goods, cells.bads).auc
    whole = _together(evidence.cells[DEVELOPMENT], cells)
    share = evidence.development.n / (evidence.development.n + evidence.samples[TEST].n)
    random = np.random.default_rng([evidence.seed, 6])
    factor, fits = cells.card.scaling.factor, []
    sums, squares = (np.zeros(sum(len(block.bins) for block in whole)) for _ in range(2))
    for _ in range(SPLITS):
        try:
            auc, coefficients, logit = _split(whole, share, random)
        except EvidenceError:
            continue
        fits.append((auc, coefficients))
        sums += factor * logit
        squares += (factor * logit) ** 2
    if len(fits) < FEWEST:
        return None
    variance = np.maximum(squares - sums**2 / len(fits), 0.0) / (len(fits) - 1)
    customers = np.concatenate([block.total for block in whole])
    names = [name for block in whole for name in block.names]
    return Spread(
        reported,
        np.array([auc for auc, _ in fits]),
        np.array([each for _, each in fits]),
        names,
        float(np.average(np.sqrt(variance), weights=customers)),
    )


def _together(start: Cells, test: Cells) -> list[Block]:
    """Return the cells of both samples, segment by segment."""
    later = {block.segment.name: block for block in test.blocks}
    return [_joined(block, later[block.segment.name]) if block.segment.name in later else block for block in start.blocks]


def _joined(one: Block, other: Block) -> Block:
    names = ("bins", "goods", "bads", "good_rows", "bad_rows")
    columns: dict[str, Any] = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names}
    return replace(one, **columns)


def _split(whole: list[Block], share: float, random: np.random.Generator) -> tuple[float, Floats, Floats]:
    """Fit on a random part of the customers; return the AUC on the others, the coefficients, and the logit of every cell."""
    logits, held_out, coefficients = [], [], []
    for block in whole:
        drawn = [random.binomial(rows.astype(np.int64), share) for rows in (block.good_rows, block.bad_rows)]
        parts = [
            np.divide(side * some, rows, out=np.zeros(rows.size), where=rows > 0)
            for side, some, rows in zip((block.goods, block.bads), drawn, (block.good_rows, block.bad_rows), strict=True)
        ]
        woe = block.woe([_anew(term.characteristic, block.bins[:, at], parts) for at, term in enumerate(block.segment.terms)])
        fit = refitted(block.segment, woe, (parts[0], parts[1]), _start(block))
        logits.append(fit.design @ fit.coefficients)
        coefficients.append(fit.coefficients[1:])
        held_out.append((block.goods - parts[0], block.bads - parts[1]))
    logit = np.concatenate(logits)
    goods, bads = (np.maximum(np.concatenate(side), 0.0) for side in zip(*held_out, strict=True))
    return placed(-logit, goods, bads).auc, np.concatenate(coefficients), logit


def _start(block: Block) -> Floats:
    own = [block.segment.intercept, *(term.coefficient for term in block.segment.terms)]
    return np.array([0.0 if each is None else each for each in own])


def _anew(characteristic: Characteristic, bins: Bins, counts: list[Floats]) -> Characteristic:
    """Return the characteristic with WoE of these counts where its WoE was counted; what a policy set stays."""
    goods, bads = (np.bincount(bins, side, len(characteristic.bins)) for side in counts)
    counted = metrics.woe(goods, bads)
    made = [
        replace(each, woe=float(value)) if each.treatment == "empirical" and rows > 0 else each
        for each, value, rows in zip(characteristic.bins, counted, goods + bads, strict=True)
    ]
    return replace(characteristic, bins=tuple(made))
