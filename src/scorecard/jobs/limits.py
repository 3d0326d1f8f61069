"""A validator's own limits: a YAML in which each says who set it, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scorecard.errors import SettingsError
from scorecard.settings import Thresholds, explained, nearest, read_yaml

KEYS = {"value": "the limit", "by": "who set it", "reason": "why"}


def thresholds(path: Path, before: Thresholds) -> Thresholds:
    """Return limits with those of a file in place of the ones before.

    Parameters
    ----------
    path : Path
        A YAML whose keys are limits, each ``{value: 0.75, by: WHO, reason: WHY}``.
    before : Thresholds
        The model's own; what the file does not name stays.

    Raises
    ------
    SettingsError
        Where the file is missing, names what is no limit, or a limit without its value, who set it, or why.
    """
    if not path.is_file():
        raise SettingsError(f"{path} is not a file; expected a YAML of limits, each {{value, by, reason}}. Check the path.")
    content = read_yaml(path)
    for name, each in content.items():
        _refuse(path, str(name), each)
    try:
        return Thresholds.model_validate(before.model_dump() | content)
    except ValidationError as error:
        raise SettingsError(f"{path}: {explained(error, Thresholds)}") from error


def _refuse(path: Path, name: str, given: Any) -> None:
    if name not in Thresholds.limits():
        raise SettingsError(f"{path}: {name} is not a limit. {nearest(name, Thresholds.limits())}")
    told = given if isinstance(given, Mapping) else {"value": given}
    for key, words in KEYS.items():
        if told.get(key) is None or not str(told[key]).strip():
            raise SettingsError(
                f"{path}: {name} does not say {words}; expected {{value: LIMIT, by: WHO, reason: WHY}}. Write its {key}."
            )
