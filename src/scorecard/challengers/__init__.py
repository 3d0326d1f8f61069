"""Challengers: more complex models on the same rows, tuned by a bounded search, calibrated as the scorecard is, and explained.

`catalogue` names them (`boosting` and `plain` make them), `encoding` turns a table into their numbers, `rows` says who trains,
stops and judges, `search` tries settings, `tuning` does it for all. `tuned` is what comes out: raw, calibrated and final PDs.
`shapley` (with `trees`) and `sweeping` say what it does and prove that it is monotone; `files` keep it without a pickle.
"""

from scorecard.challengers.catalogue import CHALLENGERS, Challenger, chosen
from scorecard.challengers.encoding import Encoder
from scorecard.challengers.files import load, save, sha256, size
from scorecard.challengers.rows import Development, sample
from scorecard.challengers.search import Budget, Search, Trial
from scorecard.challengers.shapley import Contributions, contributions, importance
from scorecard.challengers.sweeping import Sweep, dependence, dependences, sweep, sweep_all
from scorecard.challengers.tuned import PDs, Tuned, calibrated
from scorecard.challengers.tuning import (
    Failure,
    Searched,
    calibrate_all,
    failures_table,
    summary,
    trials_table,
    tune,
    tune_all,
)

__all__ = [
    "CHALLENGERS",
    "Budget",
    "Challenger",
    "Contributions",
    "Development",
    "Encoder",
    "Failure",
    "PDs",
    "Search",
    "Searched",
    "Sweep",
    "Trial",
    "Tuned",
    "calibrate_all",
    "calibrated",
    "chosen",
    "contributions",
    "dependence",
    "dependences",
    "failures_table",
    "importance",
    "load",
    "sample",
    "save",
    "sha256",
    "size",
    "summary",
    "sweep",
    "sweep_all",
    "trials_table",
    "tune",
    "tune_all",
]
