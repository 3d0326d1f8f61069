"""Edits of the bins by hand: entries of a file that belongs to the pipeline, replayed on every run.

An entry says what to do, why, who and when: `merge`, `split` and `move` boundaries, `group` levels, `treat` missing and special
values, set a `trend`, `include` or `exclude` a characteristic. What they bring is measured by `scorecard.comparison`.
"""

from scorecard.edits.broken import warnings
from scorecard.edits.change import apply, shown, splits_of
from scorecard.edits.entry import ACTIONS, Edit
from scorecard.edits.file import append, load, save
from scorecard.edits.making import exclude, group, include, merge, move, split, treat, trend
from scorecard.edits.replaying import Fitted, Outcome, Replayed, replay

__all__ = [
    "ACTIONS",
    "Edit",
    "Fitted",
    "Outcome",
    "Replayed",
    "append",
    "apply",
    "exclude",
    "group",
    "include",
    "load",
    "merge",
    "move",
    "replay",
    "save",
    "shown",
    "split",
    "splits_of",
    "treat",
    "trend",
    "warnings",
]
