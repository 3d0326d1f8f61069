"""Serve a challenger: its description as JSON and its model in a format that is not unpickled."""

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
        """Read types of the inputs, description and model; a changed byte or a type that is not trusted is refused."""
        self.dtypes = json.loads(Path(context.artifacts["dtypes"]).read_text(encoding="utf-8"))
        self.tuned = challengers.load(Path(context.artifacts["challenger"]))

    def predict(self, context: Any, model_input: pandas.DataFrame, params: Any = None) -> pandas.DataFrame:
        """Return the raw, the calibrated and the final PD of each row, the last under the name pd."""
        found = self.tuned.pds(typed(model_input, self.dtypes))
        answers = {"pd_raw": found.raw, "pd_calibrated": found.calibrated, "pd": found.final}
        return pandas.DataFrame(answers, index=model_input.index)


mlflow.models.set_model(ChallengerModel())
