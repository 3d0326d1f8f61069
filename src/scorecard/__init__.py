"""Develop, challenge, validate and watch WoE credit scorecards, with evidence that can be rerun."""

import os
import warnings

# No part we build on may report usage; this stands before any of them is imported.
os.environ["DO_NOT_TRACK"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

# Progress bars would fill executed notebooks, and tqdm looks for widgets to draw them with.
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
warnings.filterwarnings("ignore", message="IProgress not found")

__version__ = "0.1.0"
