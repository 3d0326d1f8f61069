"""Models, and edits of bins, side by side on identical rows.

`measures` how well each does, `intervals` how sure that is, `verdict` whether a challenger earns its keep, `migration`
grades, `stability` over time, `curves` what is drawn, `fairness` and `explanations` what changes for people, `costs` what it takes to run,
`edits` two versions of one scorecard.
"""

from scorecard.comparison.costs import latency
from scorecard.comparison.curves import calibration, roc
from scorecard.comparison.edits import Version, impact
from scorecard.comparison.explanations import leading, reasons_change
from scorecard.comparison.fairness import Groups, changes
from scorecard.comparison.intervals import Spread, differences, replicates_for, spread, with_intervals
from scorecard.comparison.measures import MEASURES, compare, estimates
from scorecard.comparison.migration import boundaries, graded, highest_risks, migration
from scorecard.comparison.stability import stability
from scorecard.comparison.verdict import CANNOT_BE_TOLD, DOES_NOT, EARNS, Answer, best, gain, replacement
from scorecard.strategy import cut_off

__all__ = [
    "CANNOT_BE_TOLD",
    "DOES_NOT",
    "EARNS",
    "MEASURES",
    "Answer",
    "Groups",
    "Spread",
    "Version",
    "best",
    "boundaries",
    "calibration",
    "changes",
    "compare",
    "cut_off",
    "differences",
    "estimates",
    "gain",
    "graded",
    "highest_risks",
    "impact",
    "latency",
    "leading",
    "migration",
    "reasons_change",
    "replacement",
    "replicates_for",
    "roc",
    "spread",
    "stability",
    "with_intervals",
]
