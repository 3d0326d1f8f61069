"""Grades: score bands on a master scale of PDs, best first.

A master scale states PD boundaries. A grade is found by score, because every export can; so a boundary becomes the
smallest score on the grid of the points whose final PD lies below it. Grades with too little evidence, or out of order,
merge, and the scale says which boundaries that cost.
"""

from scorecard.scale.building import Merged, Rules, Scale, master
from scorecard.scale.grades import Grade, Quality, assign, counted, provisional, quality

__all__ = ["Grade", "Merged", "Quality", "Rules", "Scale", "assign", "counted", "master", "provisional", "quality"]
