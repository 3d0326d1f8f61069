"""What a cut-off and knock-out rules do to volume, risk and profit, and who is decided otherwise than before.

`rows` the customers as several models see them, `cutting` where to cut, `economics` what customers bring and cost, `rules`
knock-outs, `choosing` approve, refer or decline, `book` sums along the risk with their resamples, `curves` all cut-offs at
once, `swap` who comes in and who goes out, `judging` findings on both, `bands` plain tables of bands and gains.
"""

from scorecard.strategy.bands import bands, gains
from scorecard.strategy.book import Book, Part, books
from scorecard.strategy.choosing import Limits, Plan, alternatives, by_band, decisions, marginal, opened, plan
from scorecard.strategy.curves import best, curve
from scorecard.strategy.cutting import at_bad_rate, at_rate, cut_off
from scorecard.strategy.economics import Economics
from scorecard.strategy.judging import marginal_result, swap_result
from scorecard.strategy.rows import Ranked, Rows, unusable
from scorecard.strategy.rules import declined, effects, hits
from scorecard.strategy.swap import at_equal_bad_rate, at_equal_rate, profile, swap_set, two_shares

__all__ = [
    "Book",
    "Economics",
    "Limits",
    "Part",
    "Plan",
    "Ranked",
    "Rows",
    "alternatives",
    "at_bad_rate",
    "at_equal_bad_rate",
    "at_equal_rate",
    "at_rate",
    "bands",
    "best",
    "books",
    "by_band",
    "curve",
    "cut_off",
    "decisions",
    "declined",
    "effects",
    "gains",
    "hits",
    "marginal",
    "marginal_result",
    "opened",
    "plan",
    "profile",
    "swap_result",
    "swap_set",
    "two_shares",
    "unusable",
]
