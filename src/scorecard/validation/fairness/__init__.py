"""Are groups of customers treated alike? Approvals, scores, errors, PDs, proxies and alternatives, by protected attribute.

These are measurements, not legal tests: which attributes a bank may hold, which differences it may make and which it must
explain is law, differs by country, and is for counsel to say. The policy chooses the measure that counts before the
figures are seen, because with unequal default rates not all of them can hold at once.

`groups` who is compared with whom, `impact` approval rates, `means` scores, `odds` approvals of goods and bads, `calibration`
and `bands` what a PD and a score mean in each group, `proxies` and `inputs` what tells the group, `refits`, `candidates`,
`trials`, `search` and `gains` the search for less discriminatory alternatives.
"""

from scorecard.validation.fairness.search import alternatives

__all__ = ["alternatives"]
