"""Counts first: goods and bads per characteristic and fine class, on any engine."""

from scorecard.counts.classes import Classes, Kind, Part, Tally
from scorecard.counts.engine import MAX_CLASSES, count

__all__ = ["MAX_CLASSES", "Classes", "Kind", "Part", "Tally", "count"]
