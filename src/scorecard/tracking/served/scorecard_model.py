"""Serve a scorecard: score, PD and grade from `scorecard.json` alone."""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas

from scorecard.model import Scorecard
from scorecard.tracking.rows import typed


class ScorecardModel(mlflow.pyfunc.PythonModel):
    """MLflow's view of `scorecard.json`."""

    def load_context(self, context: Any) -> None:
        """Read the file; a changed byte is refused."""
        self.card = Scorecard.load(Path(context.artifacts["scorecard"]))

    def predict(self, context: Any, model_input: pandas.DataFrame, params: Any = None) -> pandas.DataFrame:
        """Return score, PD and grade of each row."""
        scored = self.card.score(typed(model_input, self.card.dtypes))
        grades = np.array(self.card.grade_names())[scored.grade]
        return pandas.DataFrame({"score": scored.score, "pd": scored.pd, "grade": grades}, index=model_input.index)


mlflow.models.set_model(ScorecardModel())
