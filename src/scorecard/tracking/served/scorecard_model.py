"""Serve a scorecard: score, PD, grade and reasons from `scorecard.json` alone."""

from pathlib import Path
from typing import Any

import mlflow
import pandas

from scorecard.model import Scorecard
from scorecard.tracking.rows import served


class ScorecardModel(mlflow.pyfunc.PythonModel):
    """MLflow's view of `scorecard.json`."""

    def load_context(self, context: Any) -> None:
        """Read the file; a changed byte is refused."""
        self.card = Scorecard.load(Path(context.artifacts["scorecard"]))

    def predict(self, context: Any, model_input: pandas.DataFrame, params: Any = None) -> pandas.DataFrame:
        """Return score, the PDs, grade and reasons of each row."""
        return served(self.card, model_input)


mlflow.models.set_model(ScorecardModel())
