"""Serve a challenger: its encoder as JSON and its trees in the library's own format; nothing is unpickled."""

from pathlib import Path
from typing import Any

import mlflow
import pandas
import pyarrow as pa

from scorecard import challengers


class ChallengerModel(mlflow.pyfunc.PythonModel):
    """MLflow's view of a challenger."""

    def load_context(self, context: Any) -> None:
        """Read encoder and trees."""
        self.encoder = challengers.Encoder.from_json(Path(context.artifacts["encoder"]).read_text(encoding="utf-8"))
        self.estimator = challengers.load(Path(context.artifacts["trees"]))

    def predict(self, context: Any, model_input: pandas.DataFrame, params: Any = None) -> pandas.DataFrame:
        """Return the PD of each row."""
        features = self.encoder.transform(pa.Table.from_pandas(model_input, preserve_index=False))
        return pandas.DataFrame({"pd": challengers.predict(self.estimator, features)}, index=model_input.index)


mlflow.models.set_model(ChallengerModel())
