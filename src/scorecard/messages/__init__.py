"""Words for people: readings of results and labels of reports, in English and Chinese.

The files of `en/` and `zh/` hold the same keys; a template names the values it needs in braces.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from scorecard.errors import SettingsError
from scorecard.results import Reading

LANGUAGES = ("en", "zh")


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return every template of a language, by key.

    Raises
    ------
    SettingsError
        Where the language is none of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise SettingsError(f"language is {language!r}; expected one of {', '.join(LANGUAGES)}. Change it in the pipeline YAML.")
    folder = resources.files(__package__).joinpath(language)
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    merged: dict[str, str] = {}
    for file in files:
        merged |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return merged


def text(key: str, language: str = "en", **values: Any) -> str:
    """Return the text of a key with its values filled in.

    Examples
    --------
    >>> text("verdict.green")
    'green'
    """
    return catalogue(language)[key].format(**values)


def render(reading: Reading, language: str = "en") -> str:
    """Return what a result means, in the reader's language; a model is told by its word where it has one.

    Examples
    --------
    >>> render(Reading("comparison.failed", {"model": "xgboost", "reason": "no trial ended"}))
    'Not compared: XGBoost (no trial ended)'
    """
    known = catalogue(language)
    values = {name: render(each, language) if isinstance(each, Reading) else each for name, each in reading.values.items()}
    if "model" in values:
        values["model"] = known.get(f"model.{values['model']}", values["model"])
    return text(reading.key, language, **values)
