"""Why a customer lost points: the characteristics where the points fall furthest below those of the reference customers.

`answering` what a scorecard says of rows, `ordering` which reasons, `reference` whom a customer is compared with, `explaining`
reasons in words, `notices` the letter, `approval` what would reach the cut-off, `challenger` the same question of any challenger.
"""

from scorecard.reasons.answering import SCORES, answers, outputs
from scorecard.reasons.approval import Approval, Change, points_to_approval
from scorecard.reasons.challenger import shapley, texts
from scorecard.reasons.explaining import LANGUAGES, Reason, customer, explain
from scorecard.reasons.notices import PLACES, notice, notice_text, score_range
from scorecard.reasons.ordering import FINE, ROOM, codes, keys, reference_steps
from scorecard.reasons.reference import FEWEST, compared, referenced

__all__ = [
    "FEWEST",
    "FINE",
    "LANGUAGES",
    "PLACES",
    "ROOM",
    "SCORES",
    "Approval",
    "Change",
    "Reason",
    "answers",
    "codes",
    "compared",
    "customer",
    "explain",
    "keys",
    "notice",
    "notice_text",
    "outputs",
    "points_to_approval",
    "reference_steps",
    "referenced",
    "score_range",
    "shapley",
    "texts",
]
