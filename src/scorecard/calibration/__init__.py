"""From the PD of the points to a PD that holds: calibration, anchor to a long-run rate, and floor.

The log-odds of bad that the points stand for are z = (offset - score) / factor. A calibration is a formula of z, or steps
over the score; an anchor adds to the log-odds; the floor comes last. None of them changes who is safer than whom.

`formula` is what the scorecard file keeps, `fitting` makes it, `anchoring` moves it to a default rate, and `evidence` shows
whether it holds.
"""

from scorecard.calibration.anchoring import anchored, prior_shift
from scorecard.calibration.evidence import compare, curve
from scorecard.calibration.fitting import fit
from scorecard.calibration.formula import Anchor, Calibration, Method, Move, Step

__all__ = ["Anchor", "Calibration", "Method", "Move", "Step", "anchored", "compare", "curve", "fit", "prior_shift"]
