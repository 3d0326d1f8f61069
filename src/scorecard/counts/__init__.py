"""Counts first: goods and bads per characteristic and fine class, on any engine."""

from scorecard.counts.classes import Classes, Kind, Part, Tally
from scorecard.counts.engine import count, count_all
from scorecard.counts.fields import Counts, Field
from scorecard.counts.grid import MAX_CLASSES

__all__ = ["MAX_CLASSES", "Classes", "Counts", "Field", "Kind", "Part", "Tally", "count", "count_all"]
