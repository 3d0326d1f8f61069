"""Develop, challenge, validate and watch WoE credit scorecards, with evidence that can be rerun."""

import os

# No part we build on may report usage; this stands before any of them is imported.
os.environ["DO_NOT_TRACK"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

__version__ = "0.1.0"
