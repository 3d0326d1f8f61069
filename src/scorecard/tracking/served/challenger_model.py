"""Serve a challenger: its encoder as JSON and its trees in the library's own format; nothing is unpickled."""

import json
from pathlib import Path
from typing import Any

import mlflow
import pandas

from scorecard import challengers
from scorecard.tracking.rows import typed


class ChallengerModel(mlflow.pyfunc.PythonModel):
    """MLflow's view of a challenger."""

    def load_context(self, context: Any) -> None:
        """Read encoder, types of the inputs, and trees."""
        self.dtypes = json.loads(Path(context.artifacts["dtypes"]).read_text(encoding="utf-8"))
        self.encoder = challengers.Encoder.from_json(Path(context.artifacts["encoder"]).read_text(encoding="utf-8"))
        self.estimator = challengers.load(Path(context.artifacts["trees"]))

    def predict(self, context: Any, model_input: pandas.DataFrame, params: Any = None) -> pandas.DataFrame:
        """Return the PD of each row."""
        features = self.encoder.transform(typed(model_input, self.dtypes))
        return pandas.DataFrame({"pd": challengers.predict(self.estimator, features)}, index=model_input.index)


mlflow.models.set_model(ChallengerModel())
