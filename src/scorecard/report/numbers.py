"""How a number is written on every page: the name of its column says its unit.

Shares get a percent sign and one decimal, measures of separation three decimals, p-values three significant digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import floor, isfinite, log10
from typing import Any

ABSENT = "–"
_SMALLEST_P = 1e-4
_PERCENT = {
    "pd",
    "pd_raw",
    "pd_calibrated",
    "pd_final",
    "missing_reference",
    "missing_current",
    "lgd",
    "unseen_share",
    "missing_share_rise",
}
_COUNTS = {"rows", "n", "events", "goods", "bads", "count", "taken_out", "left", "volume"}  # a CSV gives them back as floats
_MONEY = {"profit", "expected_profit", "el", "exposure", "expected_loss", "loss", "expected_loss_before", "expected_loss_after"}
_SIGNED = {"difference", "shift"}
_VALUES = {"minimum", "quartile_1", "median", "quartile_3", "mean", "maximum"}  # of a column of the data, in its own unit


def count(value: float) -> str:
    """Write a number of rows, or a score, without decimals.

    Examples
    --------
    >>> count(30000)
    '30,000'
    """
    return _minus(f"{value:,.0f}")


def percent(value: float) -> str:
    """Write a share with one decimal; a positive share that would round to nothing says so.

    Examples
    --------
    >>> percent(0.2212), percent(0.0), percent(0.0002)
    ('22.1%', '0.0%', '<0.1%')
    """
    return "<0.1%" if 0 < value < 0.0005 else _minus(f"{100 * value:.1f}%")  # noqa: PLR2004 - half of the last digit


def measure(value: float) -> str:
    """Write an AUC, a Gini, an index: three decimals; a positive one that would round to nothing says so.

    Examples
    --------
    >>> measure(0.7714), measure(0.00042), measure(1234.5), measure(0.0)
    ('0.771', '<0.001', '1,234.5', '0.000')
    """
    if 0 < value < 0.0005:  # noqa: PLR2004 - half of the last digit
        return "<0.001"
    return _minus(f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.3f}")  # noqa: PLR2004 - beyond it decimals are noise


def plain(value: float) -> str:
    """Write a value of the data, whose unit and size are its own: six significant digits.

    Examples
    --------
    >>> plain(18424.0), plain(2.973), plain(-0.00021)
    ('18,424', '2.973', '−0.00021')
    """
    return _minus(f"{value:,.6g}")


def figure(value: float) -> str:
    """Write a figure whose kind is not known: a whole number as a count, another with four decimals.

    Examples
    --------
    >>> figure(12.0), figure(0.769489)
    ('12', '0.7695')
    """
    return count(value) if float(value).is_integer() else _minus(f"{value:,.4f}")


def relative(value: float) -> str:
    """Write a relative difference, large or of the last digits.

    Examples
    --------
    >>> relative(0.0312), relative(4.2e-9)
    ('3.1%', '4.2e−09')
    """
    return percent(value) if value >= 0.0005 else _minus(f"{value:.1e}")  # noqa: PLR2004 - half of the last digit


def brier(value: float) -> str:
    """Write a Brier score: four decimals, because models differ in the third."""
    return _minus(f"{value:.4f}")


def p_value(value: float) -> str:
    """Write a p-value with three significant digits.

    Examples
    --------
    >>> p_value(0.0123456), p_value(0.5), p_value(3e-9)
    ('0.0123', '0.500', '<0.0001')
    """
    if value < _SMALLEST_P:
        return "<0.0001"
    return f"{value:.{max(2, 2 - floor(log10(value)))}f}"


def points(value: float) -> str:
    """Write points: whole where they are whole.

    Examples
    --------
    >>> points(-12), points(12.5)
    ('−12', '12.5')
    """
    return _minus(f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}")


def signed(value: float, decimals: int = 3) -> str:
    """Write a difference with its sign.

    Examples
    --------
    >>> signed(0.25), signed(-0.0312), signed(0.0), signed(-5.62, 1)
    ('+0.250', '−0.031', '0.000', '−5.6')
    """
    rounded = round(value, decimals)
    return _minus(f"{rounded:+.{decimals}f}") if rounded else f"{0:.{decimals}f}"


def woe(value: float) -> str:
    """Write a weight of evidence: two decimals and its sign.

    Examples
    --------
    >>> woe(-0.523), woe(0.0)
    ('−0.52', '0.00')
    """
    return signed(value, 2)


def money(value: float) -> str:
    """Write an amount in its unit: as many decimals as three digits need.

    Examples
    --------
    >>> money(12345.6), money(12.345), money(-0.5)
    ('12,346', '12.3', '−0.50')
    """
    size = abs(value)
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2  # noqa: PLR2004  three digits
    return _minus(f"{value:,.{decimals}f}")


def unit(exposure: float | None) -> int:
    """Return by how much amounts are divided, so that they are told in units, thousands or millions.

    Parameters
    ----------
    exposure : float or None
        The largest amount there is.

    Examples
    --------
    >>> unit(1.6e9), unit(873_000.0), unit(301.0), unit(None)
    (1000000, 1000, 1, 1)
    """
    return next((by for least, by in ((1e8, 1_000_000), (1e5, 1_000)) if (exposure or 0.0) >= least), 1)


def scaled(rows: Sequence[Mapping[str, Any]], by: int) -> list[dict[str, Any]]:
    """Return rows with their amounts of money divided.

    Examples
    --------
    >>> scaled([{"band": "A", "profit": 2_500.0, "el": None}], 1_000)
    [{'band': 'A', 'profit': 2.5, 'el': None}]
    """
    return [{name: value / by if name in _MONEY and value is not None else value for name, value in row.items()} for row in rows]


def write(value: float, form: str) -> str:
    """Write a number in one of the named forms.

    Examples
    --------
    >>> write(0.05139, "percent2"), write(1.034, "two"), write(-0.05, "points_share"), write(-0.00123, "signed4")
    ('5.14%', '1.03', '−5 pp', '−0.0012')
    """
    return WRITERS[form](value)


def interval(ends: Sequence[float] | None, write: Callable[[float], str] = measure) -> str:
    """Write an interval as two ends.

    Examples
    --------
    >>> interval((0.75, 0.79))
    '[0.750, 0.790]'
    """
    return f"[{', '.join(write(end) for end in ends)}]" if ends else ""


WRITERS: dict[str, Callable[[float], str]] = {
    "measure": measure,
    "percent": percent,
    "percent2": lambda value: _minus(f"{100 * value:.2f}%"),
    "brier": brier,
    "two": lambda value: _minus(f"{value:.2f}"),
    "woe": woe,
    "money": money,
    "signed": signed,
    "signed4": lambda value: signed(value, 4),
    "points_share": lambda value: _minus(f"{100 * value:+.0f} pp"),
}


def cell(name: str, value: object) -> str:
    """Write the value of a column by the column's name; text stays as it is.

    Examples
    --------
    >>> cell("bad_rate", 0.25), cell("rows", 1200), cell("p_value", 0.04), cell("reason", "<b>"), cell("auc", None)
    ('25.0%', '1,200', '0.0400', '<b>', '–')
    """
    if value is None or value == "":
        return ABSENT
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return _writer(name, value)(value) if isfinite(value) else ABSENT


def _writer(name: str, value: float) -> Callable[[float], str]:
    rules: tuple[tuple[bool, Callable[[float], str]], ...] = (
        (name in _PERCENT or name.endswith(("share", "_pd")) or "rate" in name.split("_"), percent),
        (name in _VALUES, plain),
        (name.endswith("p_value"), p_value),
        ("brier" in name and name != "brier_difference", brier),
        (name == "woe", woe),
        (name == "shift_points", lambda shift: signed(shift, 1)),
        ("points" in name or "score" in name or name.startswith("mean"), points),
        (name in _SIGNED or name.endswith("difference"), signed),
        (name in _MONEY or name.endswith("gain"), money),
        (name in _COUNTS or isinstance(value, int), count),
    )
    return next((write for holds, write in rules if holds), measure)


def _minus(written: str) -> str:
    return written.replace("-", "−")
