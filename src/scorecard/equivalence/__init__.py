"""Is a rerun the same as the run it repeats? `record` what went in and came out, `comparison` by `rules`, `certificate` the verdict."""

from scorecard.equivalence.certificate import Certificate, Outcome, Side
from scorecard.equivalence.comparison import Compared, compare
from scorecard.equivalence.record import Change, Input, Record, changes, inputs
from scorecard.equivalence.rules import Exclusion, Rules, Tolerance
from scorecard.equivalence.walk import Difference

__all__ = [
    "Certificate",
    "Change",
    "Compared",
    "Difference",
    "Exclusion",
    "Input",
    "Outcome",
    "Record",
    "Rules",
    "Side",
    "Tolerance",
    "changes",
    "compare",
    "inputs",
]
