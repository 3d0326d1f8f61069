"""The scorecard: `card` what it is and how it scores, `file` its JSON, `building` how one is made, `rounding` what that costs, `tables`."""

from scorecard.model.building import assemble, build, calibrated, graded, term
from scorecard.model.card import FORMAT, Placed, Reasons, Scorecard, Scored, Segment, Segmentation, Term
from scorecard.model.rounding import effect, exact
from scorecard.model.tables import attributes, coefficients, example, grades_table, points_table

__all__ = [
    "FORMAT",
    "Placed",
    "Reasons",
    "Scorecard",
    "Scored",
    "Segment",
    "Segmentation",
    "Term",
    "assemble",
    "attributes",
    "build",
    "calibrated",
    "coefficients",
    "effect",
    "exact",
    "example",
    "graded",
    "grades_table",
    "points_table",
    "term",
]
