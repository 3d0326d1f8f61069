"""A second way from raw values to the score, by the text of `scorecard.json` and the formulas of the literature alone.

Nothing here calls the code that bins, fits, scales or scores elsewhere in the kit, so that one mistake is not made twice:
bins are found with numpy, WoE counted anew, the logit fitted by scikit-learn, points, PDs and grades worked out from the
numbers in the file.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Content = Mapping[str, Any]

LARGEST = 709.0  # of what exp can take
TIGHT = 1e-10  # gradient per row at which the fit stops
STEPS = 200


@dataclass(frozen=True)
class Answers:
    """What the file says of each row: arrays of shape (rows,); the grade is its name, None where there are none."""

    score: Floats
    pd_raw: Floats
    pd_calibrated: Floats
    pd: Floats
    grade: NDArray[np.object_]


@dataclass(frozen=True)
class Fitted:
    """A logit of bad by scikit-learn."""

    intercept: float
    coefficients: Floats


def segments(content: Content) -> list[Content]:
    """Return the segments of a file of either format."""
    if "segments" in content:
        return list(content["segments"])
    return [
        {"name": "all", "base": 0.0, "intercept": content["intercept"], "fit": {}, "characteristics": content["characteristics"]}
    ]


def parts(content: Content, table: pa.Table) -> Iterator[tuple[Content, Places]]:
    """Yield each segment with the places of its rows."""
    found = segments(content)
    rule = content.get("segmentation")
    if rule is None:
        yield found[0], np.arange(table.num_rows)
        return
    home = np.array([each["segment"] for each in rule["bins"]], dtype=object)[places(rule, table.column(rule["name"]))]
    for segment in found:
        yield segment, np.flatnonzero(home == segment["name"])


def places(term: Content, values: pa.Array | pa.ChunkedArray) -> Places:
    """Return the bin of each value, by the edges, codes and levels that the file gives.

    Parameters
    ----------
    term : mapping
        A characteristic of the file.
    values : pyarrow array

    Examples
    --------
    >>> bins = [{"kind": "interval", "lower": None, "values": []}, {"kind": "interval", "lower": 30.0, "values": []}]
    >>> bins += [{"kind": "special", "values": [-1.0]}, {"kind": "missing", "values": []}, {"kind": "unseen", "values": []}]
    >>> places({"kind": "numeric", "bins": bins}, pa.array([29.9, 30.0, -1.0, None])).tolist()
    [0, 1, 2, 3]
    """
    return _of_numbers(term["bins"], values) if term["kind"] == "numeric" else _of_levels(term["bins"], values)


def woes(term: Content, place: Places, bad: NDArray[np.int64], weight: Floats) -> Floats:
    """Return the WoE of each bin, counted anew: ln(share of goods / share of bads); NaN where no row is and no policy speaks.

    Parameters
    ----------
    term : mapping
        A characteristic of the file; the treatment of each bin says where its WoE comes from.
    place : int array of shape (rows,)
    bad, weight : arrays of shape (rows,)

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 10.
    """
    bins = term["bins"]
    rows = np.bincount(place, minlength=len(bins))
    sides = np.array([np.bincount(place, weight * side, len(bins)) for side in (1 - bad, bad)])
    source = np.array([_source(position, term) for position in range(len(bins))])
    pooled = np.array([np.bincount(source, side, len(bins)) for side in sides])
    filled = np.bincount(source, rows, len(bins)) > 0
    own = np.array([each["treatment"].startswith(("empirical", "bin of")) and each["kind"] != "unseen" for each in bins])
    held = filled & (own | (pooled.min(axis=0) > 0)) & np.array([each["kind"] != "unseen" for each in bins])
    counts = pooled[:, held]
    shares = counts + (0.5 if (counts == 0).any() else 0.0)
    found = np.full(len(bins), np.nan)
    found[held] = np.log((shares[0] / shares[0].sum()) / (shares[1] / shares[1].sum()))
    told = np.where(own, found[source], np.nan)
    policies = {"neutral": 0.0, "worst": float(np.nanmin(told)) if np.isfinite(told).any() else 0.0}
    return np.array([policies.get(each["treatment"], found[source[position]]) for position, each in enumerate(bins)])


def fitted(woe: Floats, bad: NDArray[np.int64], weight: Floats, penalty: float) -> Fitted | None:
    """Fit the logit of bad by scikit-learn; None where it does not settle.

    Parameters
    ----------
    woe : array of shape (rows, characteristics)
    bad, weight : arrays of shape (rows,)
    penalty : float
        On half the sum of squared coefficients; 0 is none.

    References
    ----------
    Hosmer, Lemeshow & Sturdivant (2013), Applied Logistic Regression, section 1.2.
    """
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  half a second that only this test needs
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    strength = 1 / penalty if penalty else np.inf
    model = LogisticRegression(C=strength, solver="newton-cholesky", tol=TIGHT, max_iter=STEPS)
    with warnings.catch_warnings(), threadpool_limits(1):  # sums in several threads differ in their last bits
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            model.fit(woe, bad, sample_weight=weight)
        except (ConvergenceWarning, np.linalg.LinAlgError, ValueError):
            return None
    return Fitted(float(model.intercept_[0]), np.asarray(model.coef_[0]))


def points(segment: Content, scaling: Content) -> tuple[float, list[Floats]]:
    """Return the unrounded base points and points of each bin, by coefficients, WoE and scaling of the file.

    Points = -(b w + a / n) factor + offset / n where intercept a and offset are split over n characteristics; with base
    points of their own they are left out of the bins; and where each begins at 0, the lowest points move to the base too.

    Parameters
    ----------
    segment, scaling : mapping
        Of the file.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 7: factor = PDO / ln 2, offset = base score - factor ln(base odds).
    """
    factor, offset = factor_and_offset(scaling)
    terms, layout = segment["characteristics"], scaling.get("layout", "split")
    slopes = [np.array([-term["coefficient"] * each["woe"] * factor for each in term["bins"]]) for term in terms]
    start = offset - factor * segment["intercept"]
    if layout == "split" and terms:
        return 0.0, [each + start / len(terms) for each in slopes]
    if layout == "base":
        return start, slopes
    return start + sum(float(each.min()) for each in slopes), [each - each.min() for each in slopes]


def factor_and_offset(scaling: Content) -> tuple[float, float]:
    """Return points per unit of log-odds, and the score at even odds.

    Examples
    --------
    >>> [round(each, 10) for each in factor_and_offset({"pdo": 20, "base_score": 600, "base_odds": 50})]
    [28.8539008178, 487.1228762045]
    """
    factor = scaling["pdo"] / log(2)
    return factor, scaling["base_score"] - factor * log(scaling["base_odds"])


def scored(content: Content, table: pa.Table) -> Answers:
    """Return score, PDs and grade of every row, from the points in the file.

    Parameters
    ----------
    content : mapping
        Of the file.
    table : pyarrow.Table
        With every input.
    """
    scaling = content["scaling"]
    unit = 10 ** scaling.get("decimals", 0)
    whole = np.zeros(table.num_rows)
    for segment, rows in parts(content, table):
        part = table.take(pa.array(rows))
        total = np.full(rows.size, float(round(segment["base"] * unit)))
        for term in segment["characteristics"]:
            worth = np.array([round(each["points"] * unit) for each in term["bins"]], dtype=float)
            total += worth[places(term, part.column(term["name"]))]
        whole[rows] = total
    low, high = (_limit(scaling.get(name), unit, end) for name, end in (("minimum", -np.inf), ("maximum", np.inf)))
    score = np.minimum(np.maximum(whole, low), high) / unit
    return Answers(score, *_pds(content, score), _grades(content["grades"], score))


def _of_numbers(bins: Sequence[Content], values: pa.Array | pa.ChunkedArray) -> Places:
    floats = np.asarray(
        values.to_numpy(zero_copy_only=False) if isinstance(values, pa.Array) else values.to_numpy(), dtype=np.float64
    )
    starts = [
        (-np.inf if each["lower"] is None else each["lower"], position)
        for position, each in enumerate(bins)
        if each["kind"] == "interval"
    ]
    found = np.full(floats.size, _only(bins, "unseen"))
    if starts:
        lowers, positions = (np.array(part) for part in zip(*sorted(starts), strict=True))
        found = positions[np.maximum(np.searchsorted(lowers, floats, side="right") - 1, 0)]
    for position, each in enumerate(bins):
        if each["kind"] == "special":
            found = np.where(floats == each["values"][0], position, found)
    return np.where(np.isnan(floats), _only(bins, "missing"), found)


def _of_levels(bins: Sequence[Content], values: pa.Array | pa.ChunkedArray) -> Places:
    joined = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    distinct = joined.unique().to_pylist()
    codes = np.asarray(pc.index_in(joined, value_set=pa.array(distinct, joined.type)).to_numpy(zero_copy_only=False), dtype=float)
    known = {str(level): position for position, each in enumerate(bins) for level in each["values"]}
    missing, unseen = _only(bins, "missing"), _only(bins, "unseen")
    bin_of = np.array([missing if level is None else known.get(_text(level), unseen) for level in distinct] + [missing])
    return bin_of[np.where(np.isnan(codes), len(distinct), codes).astype(np.intp)]


def _text(level: Any) -> str:
    """Return a level as the file writes it."""
    if isinstance(level, bool):
        return "true" if level else "false"
    return str(level)


def _only(bins: Sequence[Content], kind: str) -> int:
    return next(position for position, each in enumerate(bins) if each["kind"] == kind)


def _source(position: int, term: Content) -> int:
    """Return the bin whose counts a bin takes: its own, or that of the value which its treatment names."""
    each = term["bins"][position]
    if not each["treatment"].startswith("bin of "):
        return position
    value = each["treatment"].removeprefix("bin of ")
    named = pa.array([float(value)]) if term["kind"] == "numeric" else pa.array([value])
    plain = [other for other in term["bins"] if other["kind"] in ("interval", "category", "missing", "unseen")]
    return int(term["bins"].index(plain[int(places({**term, "bins": plain}, named)[0])]))


def _limit(limit: float | None, unit: int, end: float) -> float:
    return end if limit is None else float(round(limit * unit))


def _pds(content: Content, score: Floats) -> tuple[Floats, Floats, Floats]:
    """Return raw, calibrated and final PD: of the points; by the calibration; with anchor and floor."""
    factor, offset = factor_and_offset(content["scaling"])
    raw = (offset - score) / factor
    calibration = content.get("calibration", {"method": "none", "shift": 0.0, "floor": 0.0})
    line = _log_odds(calibration, raw, score)
    return _share(raw), _share(line), np.maximum(_share(line + calibration["shift"]), calibration["floor"])


def _log_odds(calibration: Content, raw: Floats, score: Floats) -> Floats:
    method = calibration["method"]
    if method == "none":
        return raw
    if method == "isotonic":
        steps = calibration["steps"]
        starts = np.array([-np.inf if each["lower_score"] is None else each["lower_score"] for each in steps])
        odds = np.array([log(each["pd"] / (1 - each["pd"])) for each in steps])
        return np.asarray(odds[np.searchsorted(starts, score, side="right") - 1])
    if method == "beta":
        certain, doubtful = (np.minimum(each, 0.0) - np.log1p(np.exp(-np.abs(raw))) for each in (raw, -raw))
        return np.asarray(calibration["intercept"] + calibration["slope"] * certain - calibration["complement"] * doubtful)
    return np.asarray(calibration["intercept"] + calibration["slope"] * raw)


def _share(log_odds: Floats) -> Floats:
    return np.where(log_odds > -LARGEST, 1 / (1 + np.exp(np.minimum(-log_odds, LARGEST))), 0.0)


def _grades(grades: Sequence[Content], score: Floats) -> NDArray[np.object_]:
    if not grades:
        return np.full(score.size, None, dtype=object)
    rising = sorted(grades, key=lambda each: -np.inf if each["lower_score"] is None else each["lower_score"])
    starts = np.array([-np.inf if each["lower_score"] is None else each["lower_score"] for each in rising])
    names = np.array([each["name"] for each in rising], dtype=object)
    return np.asarray(names[np.searchsorted(starts, score, side="right") - 1], dtype=object)
