"""Score bands of accepts and declines: how many of each, and how the accepts turned out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas

from scorecard.errors import SettingsError
from scorecard.rejects.applicants import Applicants

THIN = 0.05  # convention: below this accept rate a band's accepts cannot speak for its declines
MOST_BANDS = 100
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Bands:
    """Bands of rising risk that hold about equally many accepts each.

    Attributes
    ----------
    of_accepts, of_declines : array of shape (accepts,) and (declines,)
        The band of each.
    accepts, bads, declines : array of shape (bands,)
        Sums of weights.
    """

    of_accepts: Places
    of_declines: Places
    accepts: Floats
    bads: Floats
    declines: Floats

    @property
    def accept_rate(self) -> Floats:
        """Share of each band's applicants that were accepted."""
        return self.accepts / (self.accepts + self.declines)

    @property
    def bad_rate(self) -> Floats:
        """Bad rate of each band's accepts."""
        return self.bads / self.accepts

    def table(self, inferred: Floats) -> pandas.DataFrame:
        """Return a row per band; `inferred` is the bad rate that its declines are given."""
        return pandas.DataFrame({
            "band": np.arange(1, len(self.accepts) + 1), "accepts": _whole(self.accepts), "declines": _whole(self.declines), "accept_rate": self.accept_rate,
            "bad_rate": self.bad_rate, "declined_bad_rate": inferred, "thin": self.accept_rate < THIN,
        })  # fmt: skip

    def warnings(self) -> tuple[str, ...]:
        """Say which bands' accepts cannot speak for their declines."""
        thin = [str(band + 1) for band in np.flatnonzero(self.accept_rate < THIN)]
        clean = [str(band + 1) for band in np.flatnonzero((self.bads == 0) & (self.declines > 0))]
        told = []
        if thin:
            told.append(f"Fewer than {THIN:.0%} are accepted in band {', '.join(thin)}: few accepts stand for many declines.")
        if clean:
            told.append(f"No accept is bad in band {', '.join(clean)}: no factor makes its declines bad.")
        return tuple(told)


def cut(applicants: Applicants, accepted_risk: Floats, declined_risk: Floats, bands: int) -> Bands:
    """Cut applicants into bands at quantiles of the accepts' risk, so that every band has accepts.

    Parameters
    ----------
    applicants : Applicants
    accepted_risk, declined_risk : array of shape (accepts,) and (declines,)
        Any measure that rises with risk; declines beyond all accepts belong to the last band.
    bands : int
        2 to 100; fewer where equal risks cannot be parted.

    Raises
    ------
    SettingsError
        Where the number of bands is out of range.
    """
    if not 2 <= bands <= MOST_BANDS:  # noqa: PLR2004  one band has no order
        raise SettingsError(f"bands = {bands}; expected 2 to {MOST_BANDS}. Change the parameter.")
    cuts = np.unique(np.quantile(accepted_risk, np.arange(1, bands) / bands, method="higher"))
    cuts = cuts[cuts > accepted_risk.min()]
    of_accepts, of_declines = (np.searchsorted(cuts, risk, side="right") for risk in (accepted_risk, declined_risk))
    accepted, declined = applicants.weights
    places = ((of_accepts, accepted), (of_accepts, accepted * applicants.bad), (of_declines, declined))
    sums = [np.bincount(band, weight, len(cuts) + 1).astype(np.float64) for band, weight in places]
    return Bands(of_accepts, of_declines, *sums)


def _whole(sums: Floats) -> npt.NDArray[np.int64] | Floats:
    """Return sums of weights as counts where they are."""
    return sums.astype(np.int64) if (sums == np.rint(sums)).all() else sums
