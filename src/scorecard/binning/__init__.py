"""Optimal bins from counts, and the grouping of values behind them."""

from scorecard.binning.partition import Partition, Solved, described, partition
from scorecard.binning.rules import Rules
from scorecard.binning.solver import fit, fit_all, readable

__all__ = ["Partition", "Rules", "Solved", "described", "fit", "fit_all", "partition", "readable"]
