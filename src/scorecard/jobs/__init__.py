"""One verb each, and the only place where MLflow, Papermill and Evidently meet; `begin` opens a notebook's step."""

from scorecard.jobs.step import Step, begin

__all__ = ["Step", "begin"]
