"""Which bins add up to a score just below or just above an aim."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MOST = 20_000  # sums kept at most of each number of terms
Sums = npt.NDArray[np.int64]


class Reach:
    """The sums that one bin of every term can add up to.

    Parameters
    ----------
    terms : sequence of dict
        Of each term the place of its bins to their whole points.

    Examples
    --------
    >>> reach = Reach([{0: 1, 1: 5}, {0: 10, 1: 20}])
    >>> reach.sums.tolist(), reach.around(16), reach.places(21)
    ([11, 15, 21, 25], [15, 21, 25], (0, 1))
    """

    def __init__(self, terms: Sequence[dict[int, int]]) -> None:
        self.terms = terms
        self._layers = [np.zeros(1, dtype=np.int64)]
        for options in terms:
            points = np.array([*options.values()], dtype=np.int64)
            self._layers.append(_thinned(np.unique(np.add.outer(self._layers[-1], points))))

    @property
    def sums(self) -> Sums:
        """The sums, ascending."""
        return self._layers[-1]

    def around(self, aim: float) -> list[int]:
        """Return the nearest sum below an aim and the two from it upwards, as far as there are any."""
        at = int(np.searchsorted(self.sums, aim))
        return [int(total) for total in self.sums[max(at - 1, 0) : at + 2]]

    def places(self, total: int) -> tuple[int, ...]:
        """Return the place of a bin of every term, which add up to one of the sums."""
        found = []
        for options, before in zip(reversed(self.terms), reversed(self._layers[:-1]), strict=True):
            place, points = next(each for each in options.items() if _holds(before, total - each[1]))
            found.append(place)
            total -= points
        return tuple(reversed(found))


def _thinned(sums: Sums) -> Sums:
    """Keep evenly spaced sums, the lowest and the highest among them."""
    if len(sums) <= MOST:
        return sums
    return sums[np.linspace(0, len(sums) - 1, MOST).astype(np.int64)]


def _holds(sums: Sums, value: int) -> bool:
    at = int(np.searchsorted(sums, value))
    return at < len(sums) and int(sums[at]) == value
