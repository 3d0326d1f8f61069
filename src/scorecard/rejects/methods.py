"""Reject inference: what the declined would have done, under an assumption that is always said.

No method makes information. Accepts alone cannot show whether an assumption holds; a random approval test, a pilot below
the cut-off or the declines' performance elsewhere can.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from scorecard import regression
from scorecard.errors import EvidenceError, SettingsError
from scorecard.regression import Fit
from scorecard.regression.fitting import SEPARATES
from scorecard.rejects.applicants import Applicants, Inferred, pd
from scorecard.rejects.bands import Bands, cut

Floats = npt.NDArray[np.float64]
Method = Callable[[Applicants], Inferred]
KNOWN = "accepts only"
UNLIKE = "The characteristics decide who is declined, so no accept stands for these declines. Leave out the one that decides, or parcel."


def known(applicants: Applicants) -> Inferred:
    """Infer nothing: the model of the accepts, which the declines are scored with.

    Parameters
    ----------
    applicants : Applicants
    """
    rate = _average(applicants, applicants.known_pd[1])
    assumption = "Declines turn out as accepts of the same characteristics do."
    return Inferred(KNOWN, assumption, applicants.known, rate, applicants.through_the_door(rate))


def augment(applicants: Applicants, bands: int = 10) -> Inferred:
    """Let accepts stand for the declines that look like them: each weighs 1 / P(accepted | band of the accept-decline score).

    Parameters
    ----------
    applicants : Applicants
    bands : int
        Of the score that tells accepts from declines, 2 to 100.

    Raises
    ------
    EvidenceError
        Where a characteristic decides who is declined: no accept looks like these declines.

    References
    ----------
    Hsia (1978), Credit scoring and the Equal Credit Opportunity Act, Hastings Law Journal 30; Crook & Banasik (2004),
    Does reject inference really improve the performance of application scoring models?, Journal of Banking & Finance 28, 2.
    """
    chances = _declined_chance(applicants)
    found = cut(applicants, *chances, bands)
    weight = applicants.weights[0] / found.accept_rate[found.of_accepts]
    assumption = "Within a band of the chance of being accepted, declines turn out as accepts do (missing at random)."
    rate = float(np.average(found.bad_rate, weights=found.declines))
    fit = regression.fit(applicants.accepted, applicants.bad, weight)
    warnings = (*found.warnings(), *_beyond(applicants, *chances))
    overall = applicants.through_the_door(rate)
    return Inferred("augmentation", assumption, fit, rate, overall, found.table(found.bad_rate), warnings)


def parcel_hard(applicants: Applicants, factor: float, bands: int = 10, seed: int = 1) -> Inferred:
    """Call declines bad at random, in each score band at `factor` times the bad rate of its accepts.

    Parameters
    ----------
    applicants : Applicants
    factor : float
        How many times as often as accepts of the same band declines turn bad, above 0; by convention 1.2 to 4.
    bands : int
        Of the score of the accepts' model, 2 to 100.
    seed : int
        Of the draw; the number of bads in a band is its expectation, rounded up or down.

    Raises
    ------
    SettingsError
        Where the factor or the number of bands is out of range.

    References
    ----------
    Siddiqi (2006), Credit Risk Scorecards, chapter 6, parceling.
    """
    found, rate = _parcels(applicants, factor, bands)
    random = np.random.default_rng(seed)
    place = np.empty(len(found.of_declines))
    for band in range(len(found.declines)):
        inside = np.flatnonzero(found.of_declines == band)
        if inside.size:
            place[inside] = (random.permutation(inside.size) + random.random()) / inside.size
    drawn = (place < rate[found.of_declines]).astype(np.float64)
    return _parcelled("parcelling, hard", applicants, factor, found, drawn)


def parcel_fuzzy(applicants: Applicants, factor: float, bands: int = 10) -> Inferred:
    """Let each decline enter twice, bad and good, weighted by `factor` times the bad rate of its score band's accepts.

    Parameters, errors and sources are those of `parcel_hard`; nothing is drawn.
    """
    found, rate = _parcels(applicants, factor, bands)
    return _parcelled("parcelling, fuzzy", applicants, factor, found, rate[found.of_declines])


def extrapolate_hard(applicants: Applicants, cutoff: float) -> Inferred:
    """Call declines bad whose PD by the accepts' model is at least `cutoff`, and the others good.

    Parameters
    ----------
    applicants : Applicants
    cutoff : float
        In (0, 1); `expected_cutoff` calls as many bad as the model expects.

    Raises
    ------
    SettingsError
        Where the cut-off is no share.

    References
    ----------
    Siddiqi (2006), Credit Risk Scorecards, chapter 6, hard cutoff.
    """
    if not 0 < cutoff < 1:
        raise SettingsError(f"cutoff = {cutoff}; expected a PD above 0 and below 1. Change the parameter.")
    assumption = f"Every decline whose PD by the accepts' model is at least {cutoff:.1%} turns bad, and no other."
    return _extrapolated("extrapolation, hard", assumption, applicants, (applicants.known_pd[1] >= cutoff).astype(np.float64))


def extrapolate_fuzzy(applicants: Applicants, factor: float) -> Inferred:
    """Let each decline enter twice, bad and good, weighted by `factor` times its PD by the accepts' model.

    With a factor of 1 this is the accepts' model again: its own PDs teach it nothing.

    Parameters
    ----------
    applicants : Applicants
    factor : float
        How many times its PD a decline is given, above 0.

    Raises
    ------
    SettingsError
        Where the factor is out of range.

    References
    ----------
    Ehrhardt, Biernacki, Vandewalle, Heinrich & Beben (2021), Reject inference methods in credit scoring,
    Journal of Applied Statistics 48, on fuzzy augmentation.
    """
    assumption = f"Declines turn bad {factor:g} times as often as the accepts' model says, however far it has to reach."
    return _extrapolated("extrapolation, fuzzy", assumption, applicants, inferred_rate(applicants.known_pd[1], factor))


def expected_cutoff(applicants: Applicants) -> float:
    """Return the PD above which there are as many declines as the accepts' model expects bads among them.

    Parameters
    ----------
    applicants : Applicants
    """
    chance, weight = applicants.known_pd[1], applicants.weights[1]
    share = 1 - float(np.average(chance, weights=weight))
    return float(np.quantile(chance, share, method="inverted_cdf", weights=weight))


def methods(factor: float, bands: int, seed: int) -> dict[str, Method]:
    """Return every method of inference by name, each a function of the applicants.

    Parameters
    ----------
    factor : float
        Prudence of parcelling and of fuzzy extrapolation, above 0.
    bands : int
        Of augmentation and parcelling, 2 to 100.
    seed : int
        Of hard parcelling.
    """
    return {
        "augmentation": lambda each: augment(each, bands),
        "parcelling, hard": lambda each: parcel_hard(each, factor, bands, seed),
        "parcelling, fuzzy": lambda each: parcel_fuzzy(each, factor, bands),
        "extrapolation, hard": lambda each: extrapolate_hard(each, expected_cutoff(each)),
        "extrapolation, fuzzy": lambda each: extrapolate_fuzzy(each, factor),
    }


def inferred_rate(bad_rate: npt.ArrayLike, factor: float) -> Floats:
    """Return the bad rate that declines are given: `factor` times that of the accepts, at most 1.

    Parameters
    ----------
    bad_rate : array of shape (n,)
        In [0, 1].
    factor : float
        Above 0.

    Raises
    ------
    SettingsError
        Where the factor is not above 0.

    Examples
    --------
    >>> inferred_rate([0.05, 0.10, 0.20, 0.80], 1.3) * [40, 60, 100, 10]
    array([ 2.6,  7.8, 26. , 10. ])
    """
    if not 0 < factor < np.inf:
        raise SettingsError(f"factor = {factor}; expected a number above 0, by convention 1.2 to 4. Change the parameter.")
    return np.minimum(1.0, factor * np.asarray(bad_rate, dtype=np.float64))


def _parcels(applicants: Applicants, factor: float, bands: int) -> tuple[Bands, Floats]:
    found = cut(applicants, *applicants.known_pd, bands)
    return found, inferred_rate(found.bad_rate, factor)


def _parcelled(method: str, applicants: Applicants, factor: float, found: Bands, chance: Floats) -> Inferred:
    assumption = f"Within a score band, declines turn bad {factor:g} times as often as accepts."
    bads = np.bincount(found.of_declines, applicants.weights[1] * chance, len(found.declines))
    rate = np.divide(bads, found.declines, out=np.full(len(bads), np.nan), where=found.declines > 0)
    warnings = (*found.warnings(), *_beyond(applicants, *applicants.known_pd))
    inferred = _average(applicants, chance)
    overall = applicants.through_the_door(inferred)
    return Inferred(method, assumption, _refit(applicants, chance), inferred, overall, found.table(rate), warnings)


def _extrapolated(method: str, assumption: str, applicants: Applicants, chance: Floats) -> Inferred:
    warnings = _beyond(applicants, *applicants.known_pd)
    rate = _average(applicants, chance)
    overall = applicants.through_the_door(rate)
    return Inferred(method, assumption, _refit(applicants, chance), rate, overall, warnings=warnings)


def _refit(applicants: Applicants, chance: Floats) -> Fit:
    """Fit accepts as they turned out, and each decline as bad by its chance and as good by the rest."""
    accepted, declined = applicants.weights
    woe = np.vstack([applicants.accepted, applicants.declined, applicants.declined])
    ones = np.ones(len(declined), dtype=np.int64)
    bad = np.concatenate([applicants.bad, ones, 1 - ones])
    weight = np.concatenate([accepted, declined * chance, declined * (1 - chance)])
    return regression.fit(woe, bad, weight)


def _declined_chance(applicants: Applicants) -> tuple[Floats, Floats]:
    """Return the chance of being declined, of accepts and of declines."""
    woe, weight = applicants.everybody
    declined = np.repeat([0, 1], [len(applicants.accepted), len(applicants.declined)])
    try:
        fit = regression.fit(woe, declined, weight)
    except EvidenceError as error:
        raise EvidenceError(UNLIKE if str(error) == SEPARATES else str(error)) from error
    return pd(fit, applicants.accepted), pd(fit, applicants.declined)


def _average(applicants: Applicants, chance: Floats) -> float:
    return float(np.average(chance, weights=applicants.weights[1]))


def _beyond(applicants: Applicants, accepted_risk: Floats, declined_risk: Floats) -> tuple[str, ...]:
    share = _average(applicants, (declined_risk > accepted_risk.max()).astype(np.float64))
    return (f"{share:.1%} of the declines lie beyond every accept.",) if share else ()
