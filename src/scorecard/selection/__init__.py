"""Which characteristics enter, with a reason for each that does not; nothing disappears without a row.

`gates` judges value and shift, `overlap` correlation and variance inflation, `fitting` what is added beside the others;
`choosing` puts them in order; `shift` measures how far populations moved, from counts.
"""

from scorecard.selection.choosing import select
from scorecard.selection.decisions import Decision, Forced, Given, Limits, Selection
from scorecard.selection.gates import by_value
from scorecard.selection.shift import Shift, count_in_bins, psi_by_sample

__all__ = [
    "Decision",
    "Forced",
    "Given",
    "Limits",
    "Selection",
    "Shift",
    "by_value",
    "count_in_bins",
    "psi_by_sample",
    "select",
]
