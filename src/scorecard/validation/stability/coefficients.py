"""Do the coefficients stand firmly when other customers of the same time are drawn? Fits anew, with the bins and WoE of the card."""

from __future__ import annotations

import numpy as np

from scorecard.errors import EvidenceError
from scorecard.model import Segment
from scorecard.model.card import WHOLE
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Block
from scorecard.validation.evidence import DEVELOPMENT, Evidence, Floats, without_model
from scorecard.validation.fits import Refit, bootstrap, fittable, refitted
from scorecard.validation.judging import Z95

BOOTSTRAP_SOURCE = "Efron & Tibshirani (1993), chapter 9; Sauerbrei & Schumacher (1992); limits: convention"
FITS = 200
FEWEST_FITS = 100  # that must settle, of those that are drawn


def bootstrap_test(place: int, block: Block, fit: Refit, drawn: Floats, thresholds: Thresholds) -> Result:
    """Judge how firmly a coefficient stands when other customers of development are drawn (STA-09).

    Parameters
    ----------
    place : int
        Of the characteristic among the segment's terms.
    block : Block
        The segment's customers of development.
    fit : Refit
        To all of them.
    drawn : array of shape (fits, characteristics + 1)
        Coefficients of fits to as many customers drawn with replacement, goods among goods and bads among bads.
    thresholds : Thresholds
        `sign_flips_amber`, `sign_flips_red`, `outside_interval`.

    Returns
    -------
    Result
        The coefficient with the interval that 95 % of the fits fill. `effect` is the share of fits with the other sign: amber
        and red beyond `sign_flips_amber` and `sign_flips_red`. Amber too where more than `outside_interval` of the fits lie
        outside the card's own 95 % interval, of which 5 % should: then its standard errors are too small.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 9; Sauerbrei & Schumacher (1992), Statistics in
    Medicine 11, on the stability of a selected model. The limits are a convention.
    """
    values, own, error = drawn[:, place + 1], float(fit.coefficients[place + 1]), float(fit.errors[place + 1])
    flips = float((np.sign(values) != np.sign(own)).mean())
    outside = float((np.abs(values - own) > Z95 * error).mean())
    low, high = np.quantile(values, (0.025, 0.975)).tolist()
    if flips > thresholds.sign_flips_amber:
        verdict = Verdict.RED if flips > thresholds.sign_flips_red else Verdict.AMBER
        key = "reading.coefficient_flips"
    elif outside > thresholds.outside_interval:
        verdict, key = Verdict.AMBER, "reading.coefficient_wide"
    else:
        verdict, key = Verdict.GREEN, "reading.coefficient_firm"
    return Result(
        "STA-09",
        _scope(DEVELOPMENT, block, place),
        round(block.total.sum()),
        round(block.bads.sum()),
        own,
        verdict,
        BOOTSTRAP_SOURCE,
        Reading(
            key,
            {"coefficient": own, "low": low, "high": high, "flips": flips, "outside": outside, "fits": len(drawn)}
            | {"limit": thresholds.sign_flips_amber, "widest": thresholds.outside_interval},
        ),
        interval=(low, high),
        threshold=thresholds.sign_flips_amber,
        effect=flips,
    )


def each_bootstrap(evidence: Evidence) -> list[Result]:
    """Run STA-09 on every coefficient of every segment, with development's customers."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("STA-09", evidence, BOOTSTRAP_SOURCE)]
    random = np.random.default_rng([evidence.seed, 9])
    results: list[Result] = []
    for block in evidence.cells[DEVELOPMENT].blocks:
        short = _shortage("STA-09", BOOTSTRAP_SOURCE, block, evidence.thresholds)
        results += [short] if short else _bootstrapped(block, evidence.thresholds, random)
    return results


def _bootstrapped(block: Block, thresholds: Thresholds, random: np.random.Generator) -> list[Result]:
    try:
        fit = refitted(block.segment, block.woe(), (block.goods, block.bads))
    except EvidenceError:
        return [unfitted("STA-09", BOOTSTRAP_SOURCE, block)]
    drawn = bootstrap(block, fit, FITS, random)
    settled = drawn[np.isfinite(drawn).all(axis=1)]
    if len(settled) < FEWEST_FITS:
        return [unfitted("STA-09", BOOTSTRAP_SOURCE, block)]
    return [bootstrap_test(place, block, fit, settled, thresholds) for place in range(len(block.names))]


def _shortage(code: str, source: str, block: Block, thresholds: Thresholds) -> Result | None:
    """Say that a segment cannot be fitted: it has no coefficients, or too few goods or bads for each."""
    if not fittable(block.segment):
        return unfitted(code, source, block)
    needed = thresholds.events_per_coefficient * (len(block.names) + 1)
    bads, goods = float(block.bads.sum()), float(block.goods.sum())
    if min(bads, goods) >= needed:
        return None
    reading = Reading("reading.too_few", {"bads": round(bads), "goods": round(goods), "needed": int(needed)})
    return Result(
        code,
        named(DEVELOPMENT, block.segment),
        round(bads + goods),
        round(bads),
        None,
        Verdict.INSUFFICIENT_DATA,
        source,
        reading,
    )


def unfitted(code: str, source: str, block: Block) -> Result:
    """Say that a segment cannot be fitted again: it has no coefficients, or no best fit."""
    key = "reading.no_fit" if fittable(block.segment) else "reading.no_coefficients"
    rows = round(block.total.sum()), round(block.bads.sum())
    return Result(code, named(DEVELOPMENT, block.segment), *rows, None, Verdict.NOT_COMPUTABLE, source, Reading(key))


def named(scope: str, segment: Segment) -> str:
    """Return a scope with the segment, where the scorecard has several."""
    return scope if segment.name == WHOLE else f"{scope}: {segment.name}"


def _scope(scope: str, block: Block, place: int) -> str:
    return f"{named(scope, block.segment)}: {block.names[place]}"
