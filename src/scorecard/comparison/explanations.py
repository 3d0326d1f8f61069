"""Would declined customers be told other reasons by another model? Codes of reasons, compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas

Codes = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


def reasons_change(before: Codes, after: Codes) -> dict[str, Any]:
    """Compare the reasons of two models for the same customers.

    Parameters
    ----------
    before, after : object arrays of shape (rows, most)
        Codes of reasons, the principal one first; None where there are no more. See `scorecard.reasons.codes`.

    Returns
    -------
    dict
        ``rows`` with reasons by both; ``same_first``, the share whose principal reason stays; ``overlap``, the mean share of reasons in
        common (those that both name, over the longer of both lists); ``same_set``, the share with the same reasons in any
        order; and ``principal``: per code how often it comes first before and after. Shares are None without such rows.

    Examples
    --------
    >>> one, other = np.array([["a", "b"], ["a", None]], dtype=object), np.array([["b", "a"], ["a", "c"]], dtype=object)
    >>> found = reasons_change(one, other)
    >>> found["rows"], found["same_first"], found["overlap"], found["same_set"]
    (2, 0.5, 0.75, 0.5)
    """
    told = np.array([_known(each[:, 0]) if each.shape[1] else np.zeros(len(each), dtype=bool) for each in (before, after)]).all(
        axis=0
    )
    one, other = before[told], after[told]
    if not len(one):
        return {"rows": 0, "same_first": None, "overlap": None, "same_set": None, "principal": []}
    common = sum(_known(one[:, place]) & (other == one[:, [place]]).any(axis=1) for place in range(one.shape[1]))
    longer = np.maximum(_known(one).sum(axis=1), _known(other).sum(axis=1))
    firsts = [pandas.Series(each[:, 0]).value_counts(normalize=True) for each in (one, other)]
    names = sorted(
        {*firsts[0].index, *firsts[1].index}, key=lambda name: (-firsts[0].get(name, 0.0), -firsts[1].get(name, 0.0), name)
    )
    return {
        "rows": len(one), "same_first": float((one[:, 0] == other[:, 0]).mean()), "overlap": float((common / longer).mean()),
        "same_set": float((common == longer).mean()),
        "principal": [{"reason": name, **{f"share_{when}": float(each.get(name, 0.0)) for when, each in zip(("before", "after"), firsts, strict=True)}} for name in names],
    }  # fmt: skip


def leading(names: Sequence[str], shortfall: Floats, most: int, least: float = 0.0) -> Codes:
    """Return the names of the largest shortfalls of each row, the largest first, shape (rows, most); None where there are fewer.

    Parameters
    ----------
    names : sequence of str
    shortfall : array of shape (rows, names)
        What each characteristic costs the customer against the reference customers; of equal ones the first is named first.
    most : int
    least : float
        A shortfall up to this is none.

    Examples
    --------
    >>> leading(["a", "b", "c"], np.array([[0.1, 0.5, -0.2]]), 3).tolist()
    [['b', 'a', None]]
    """
    order = np.argsort(-shortfall, axis=1, kind="stable")[:, :most]
    found = np.full((len(shortfall), most), None, dtype=object)
    told = np.take_along_axis(shortfall, order, axis=1) > least
    found[:, : order.shape[1]][told] = np.array([*names], dtype=object)[order][told]
    return found


def _known(codes: Codes) -> npt.NDArray[np.bool_]:
    return np.asarray(~pandas.isna(codes), dtype=bool)
