"""Optimal bins from counts, and the grouping of values behind them."""

from scorecard.binning.edges import readable, readables
from scorecard.binning.floors import floors
from scorecard.binning.partition import Partition, Solved, described, partition
from scorecard.binning.periods import inversions, rates
from scorecard.binning.rules import Rules
from scorecard.binning.solver import fit, fit_all
from scorecard.binning.stable import Stabilised, report, stabilise_all, stabilised

__all__ = [
    "Partition",
    "Rules",
    "Solved",
    "Stabilised",
    "described",
    "fit",
    "fit_all",
    "floors",
    "inversions",
    "partition",
    "rates",
    "readable",
    "readables",
    "report",
    "stabilise_all",
    "stabilised",
]
