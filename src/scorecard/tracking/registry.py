"""The model registry: log a model from code and data that we wrote, name it, find it again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import mlflow
import pandas
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from scorecard.errors import GovernanceError, SettingsError
from scorecard.settings import nearest
from scorecard.tracking.rows import signature
from scorecard.tracking.store import Store, Tracked, local_path

log = logging.getLogger(__name__)
CODE = Path(__file__).parent / "served"
REQUIREMENTS = ("numpy", "pandas", "pyarrow", "mlflow", "scikit-learn", "xgboost", "skops")


@dataclass(frozen=True)
class Example:
    """What a model takes and gives: made-up or anonymous rows, for they are stored with it, and the contract's types of the inputs."""

    inputs: pandas.DataFrame
    outputs: pandas.DataFrame
    dtypes: Mapping[str, str]


def register(tracked: Tracked, name: str, code: str, artefacts: dict[str, Path], example: Example) -> str:
    """Log a model and register it; return its version.

    Parameters
    ----------
    tracked : Tracked
        The run that made it.
    name : str
        Registry name.
    code : str
        File in `served/` that loads and predicts; models are code and data, never a pickle.
    artefacts : dict of name to path
    example : Example
    """
    store = tracked.store
    mlflow.set_tracking_uri(store.uri)
    mlflow.set_registry_uri(store.uri)
    with mlflow.start_run(run_id=tracked.run_id, log_system_metrics=False):
        info = mlflow.pyfunc.log_model(
            name=name,
            python_model=str(CODE / code),
            artifacts={key: str(path) for key, path in artefacts.items()},
            signature=signature(example.inputs, example.outputs, example.dtypes),
            input_example=example.inputs,
            pip_requirements=[f"{package}=={metadata.version(package)}" for package in REQUIREMENTS],
        )
    _ensure_model(store.client, name)
    version = store.client.create_model_version(name, info.model_uri, run_id=tracked.run_id, model_id=info.model_id)
    log.info("model registered name=%s version=%s", name, version.version)
    return str(version.version)


def repeat(store: Store, name: str, version: str, until: int) -> None:
    """Register a version again and again, until one of the same model bears a number."""
    found = store.client.get_model_version(name, version)
    for _ in range(int(version), until):
        store.client.create_model_version(name, found.source, run_id=found.run_id, model_id=found.model_id)


def set_alias(store: Store, name: str, alias: str, version: str) -> None:
    """Point an alias such as ``candidate`` to a version."""
    store.client.set_registered_model_alias(name, alias, version)


def describe(store: Store, name: str, version: str, tags: Mapping[str, str]) -> None:
    """Tag a version with what it was made from."""
    for key, value in tags.items():
        store.client.set_model_version_tag(name, version, f"scorecard.{key}", value)


def _ensure_model(client: MlflowClient, name: str) -> None:
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def versions(store: Store, name: str) -> list[Any]:
    """Return the registered versions of a model, oldest first."""
    return sorted(store.client.search_model_versions(f"name = '{name}'"), key=lambda each: int(each.version))


@dataclass(frozen=True)
class Version:
    """A registered model version, or a file, and where its scorecard is."""

    name: str
    version: str
    path: Path


def resolve(store: Store | None, reference: str) -> Version:
    """Find a model named ``NAME@alias``, ``NAME/version`` or by a file.

    Raises
    ------
    SettingsError, DataError
        Where there is no such model, version or file.
    GovernanceError
        Where it is not a scorecard.
    """
    if reference.endswith(".json") or Path(reference).is_file():
        return Version(Path(reference).stem, "file", Path(reference))
    if store is None or ("@" not in reference and "/" not in reference):
        raise SettingsError(f"{reference!r} is not a model; expected NAME@alias, NAME/version or a path to scorecard.json.")
    name, mark, rest = reference.partition("@") if "@" in reference else reference.partition("/")
    try:
        by_alias = store.client.get_model_version_by_alias
        found = by_alias(name, rest) if mark == "@" else store.client.get_model_version(name, rest)
    except MlflowException as error:
        known = [model.name for model in store.client.search_registered_models()]
        hint = nearest(name, known) if name not in known else "Look at its versions and aliases: scorecard mlflow"
        raise SettingsError(
            f"There is no model {reference} in the registry. {hint if known else 'Nothing is registered yet: scorecard run'}"
        ) from error
    folder = local_path(store.client.get_model_version_download_uri(name, found.version))
    path = _model_folder(store, folder, found.source) / "artifacts" / "scorecard.json"
    if not path.is_file():
        raise GovernanceError(
            f"{reference} is not a scorecard; expected a registered scorecard.json. Challengers are evidence, not models to score with."
        )
    return Version(name, str(found.version), path)


def _model_folder(store: Store, folder: Path, source: str) -> Path:
    if source.startswith("models:/"):
        model = store.client.get_logged_model(source.removeprefix("models:/"))
        return local_path(model.artifact_location)
    return folder
