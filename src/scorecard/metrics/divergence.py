"""How far have shares over the same classes moved? PSI, Jensen-Shannon, and what chance alone would move.

A logarithm needs a count on both sides. Where a class holds rows on one side only, a policy says what is done:
``half`` adds 0.5 to every count of both sides, ``merge`` joins the class to its smaller neighbour, ``floor`` takes a small
share for it. The choice can decide about the figure, so `compared` says how many classes were empty. Classes empty on
both sides say nothing and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, chndtrinc

from scorecard.errors import DataError, EvidenceError
from scorecard.settings import ZeroCells

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]
HALF = 0.5
FLOOR = 1e-4  # convention; the smaller it is, the larger the figure


@dataclass(frozen=True)
class Compared:
    """Shares of two samples over the same classes, none of them 0.

    Attributes
    ----------
    reference, current : arrays of shape (classes,)
        With the policy ``floor`` they sum to slightly more than 1.
    empty : int
        Classes that held rows on one side only.
    policy : str
        What was done about them; ``half`` instead of ``merge`` where merging would leave one class.
    """

    reference: Floats
    current: Floats
    empty: int
    policy: ZeroCells

    @property
    def classes(self) -> int:
        """Number of classes that are compared."""
        return self.reference.size

    @property
    def psi(self) -> float:
        """The population stability index."""
        return float(((self.reference - self.current) * np.log(self.reference / self.current)).sum())

    @property
    def jensen_shannon(self) -> float:
        """The Jensen-Shannon divergence in nats, from 0 to ln 2."""
        middle = (self.reference + self.current) / 2
        sides = [float((side * np.log(side / middle)).sum()) for side in (self.reference, self.current)]
        return sum(sides) / 2


def compared(reference: ArrayLike, current: ArrayLike, zero_cells: ZeroCells = "half", floor: float = FLOOR) -> Compared:
    """Return the shares of two samples, fit for a logarithm.

    Parameters
    ----------
    reference, current : array of shape (k,)
        Counts or weights per class, over the same fixed classes in their order.
    zero_cells : {"half", "merge", "floor"}
    floor : float
        The share that an empty class gets where `zero_cells` is ``floor``.

    Raises
    ------
    DataError
        Where lengths differ or a count is negative or missing.
    EvidenceError
        Where a side holds no rows.

    Examples
    --------
    >>> found = compared([250, 250, 250, 250], [80, 70, 50, 0])
    >>> found.empty, round(found.psi, 4)
    (1, 1.2446)
    """
    before, now = pair(reference, current, ("reference rows", "current rows"))
    held = (before + now) > 0
    before, now = before[held], now[held]
    empty = int(((before == 0) | (now == 0)).sum())
    if zero_cells == "merge":
        merged = _merged(before, now)
        if merged[0].size > 1 or before.size == 1:
            one, other = shares(*merged)
            return Compared(one, other, empty, zero_cells)
        zero_cells = "half"  # one class would hide that everybody moved
    if zero_cells == "floor":
        one, other = (np.maximum(each / each.sum(), floor) for each in (before, now))
    else:
        one, other = shares(before, now)
    return Compared(one, other, empty, zero_cells)


def psi(reference: ArrayLike, current: ArrayLike, zero_cells: ZeroCells = "half", floor: float = FLOOR) -> float:
    """Return how far the population has moved between the classes: the population stability index.

    Parameters
    ----------
    reference, current : array of shape (k,)
        Counts or weights per class, over the same fixed classes.
    zero_cells, floor
        As in `compared`.

    Returns
    -------
    float
        At least 0; read it beside `psi_critical`, because it grows with few rows and many classes.

    Raises
    ------
    DataError, EvidenceError
        As in `compared`.

    References
    ----------
    Jeffreys (1946), Proc. Royal Society A 186 (the divergence); ECB (2019), 2.6.4.2; Yurdakul & Naranjo (2020).

    Examples
    --------
    >>> round(psi([100, 100], [120, 80]), 4)
    0.0405
    """
    return compared(reference, current, zero_cells, floor).psi


def jensen_shannon(reference: ArrayLike, current: ArrayLike) -> float:
    """Return how far the population has moved, by a measure that empty classes do not make infinite.

    Parameters
    ----------
    reference, current : array of shape (k,)
        Counts or weights per class, over the same fixed classes.

    Returns
    -------
    float
        In nats, from 0 to ln 2; where a class is empty on one side, 0.5 is added to every count, as for the PSI.

    Raises
    ------
    DataError, EvidenceError
        As in `compared`.

    References
    ----------
    Lin (1991), IEEE Transactions on Information Theory 37.

    Examples
    --------
    >>> round(jensen_shannon([250, 250, 250, 250], [80, 70, 50, 0]), 7)
    0.0932346
    """
    return compared(reference, current).jensen_shannon


def psi_critical(bins: int, n: float, m: float, level: float = 0.95) -> float:
    """Return the PSI that an unchanged population exceeds with probability 1 - level.

    Parameters
    ----------
    bins : int
        Classes that hold rows, at least 1.
    n, m : float
        Rows in the reference and in the current sample; an infinite `n` takes the shares of the reference as known.
    level : float
        In (0, 1).

    References
    ----------
    Yurdakul & Naranjo (2020), Journal of Risk Model Validation 14(4): PSI / (1/n + 1/m) is chi-square with bins - 1 df.

    Examples
    --------
    >>> round(psi_critical(10, 1000, 1000), 6)
    0.033838
    """
    return float(chdtri(bins - 1, 1 - level) * (1 / n + 1 / m)) if bins > 1 else 0.0


def psi_detectable(bins: int, n: float, m: float, level: float = 0.95, power: float = 0.8) -> float:
    """Return the PSI of a true shift that would exceed `psi_critical` with probability `power`.

    Parameters
    ----------
    bins, n, m, level
        As in `psi_critical`.
    power : float
        In (0, 1).

    References
    ----------
    Cohen (1988), Statistical Power Analysis, chapter 7: the power of a chi-square test by the noncentral chi-square.

    Examples
    --------
    >>> round(psi_detectable(10, 1000, 1000), 4)
    0.0313
    """
    if bins < 2:  # noqa: PLR2004  nothing can move within one class
        return 0.0
    return float(chndtrinc(chdtri(bins - 1, 1 - level), bins - 1, 1 - power) * (1 / n + 1 / m))


def pair(first: ArrayLike, second: ArrayLike, names: tuple[str, str]) -> Pair:
    """Return two lists of counts as arrays; `names` are for the message.

    Raises
    ------
    DataError, EvidenceError
        As in `compared`.

    Examples
    --------
    >>> pair([1], [2], ("goods", "bads"))
    (array([1.]), array([2.]))
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.shape != other.shape or one.ndim != 1:
        raise DataError(
            f"{names[0]} have shape {one.shape}, {names[1]} {other.shape}; expected equal lengths. Use the same classes."
        )
    for name, counts in zip(names, (one, other), strict=True):
        if not (counts >= 0).all():
            raise DataError(f"{name} hold a negative or missing count; expected counts >= 0. Count again on the frozen classes.")
        if counts.sum() == 0:
            raise EvidenceError(f"the sample has no {name}; both sides are needed. Widen the sample.")
    return one, other


def shares(*counts: Floats) -> tuple[Floats, ...]:
    """Return counts as shares; 0.5 is added to every count of every side where one of them is 0.

    Examples
    --------
    >>> shares(np.array([1.0, 3.0]))
    (array([0.25, 0.75]),)
    """
    added = HALF if any((each == 0).any() for each in counts) else 0.0
    return tuple((each + added) / (each + added).sum() for each in counts)


def _merged(before: Floats, now: Floats) -> Pair:
    """Join each class that is empty on one side to its smaller neighbour, until none is left or one class is."""
    while before.size > 1 and ((before == 0) | (now == 0)).any():
        at = int(np.argmax((before == 0) | (now == 0)))
        rows = before + now
        sides = [place for place in (at - 1, at + 1) if 0 <= place < rows.size]
        into = min(sides, key=lambda place: (rows[place], place))
        before, now = (_joined(each, at, into) for each in (before, now))
    return before, now


def _joined(counts: Floats, at: int, into: int) -> Floats:
    counts = counts.copy()
    counts[into] += counts[at]
    return np.delete(counts, at)
