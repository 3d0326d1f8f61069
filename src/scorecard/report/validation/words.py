"""How the pieces of a report are said in a language: the same words in every format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scorecard import messages
from scorecard.figures.drawing import named
from scorecard.report import numbers
from scorecard.report.pages import scoped
from scorecard.results import Reading

# Columns and values of messages whose content is a word of the kit's own, and by which messages it is told.
KINDS = {
    "sample": "sample",
    "model": "model",
    "verdict": "verdict",
    "severity": "finding.severity",
    "cause": "finding.cause",
    "area": "area",
    "level": "validating.level",
    "every": "monitoring.every",
    "source": "sample",
    "rule": "finding.rule",
    "change": "validating.change",
    "action": "action",
}
SCOPES = ("scope", "first_scope", "sample")
VERDICTS = ("green", "amber", "red")
PAIR = 2


@dataclass(frozen=True)
class Words:
    """The words of one language.

    Attributes
    ----------
    language : {"en", "zh"}
    """

    language: str

    def text(self, key: str, **values: Any) -> str:
        """Return a message; values that are the kit's own words are told in its language."""
        return messages.text(key, self.language, **{name: self._value(name, value) for name, value in values.items()})

    def known(self, key: str) -> bool:
        """Whether there is such a message."""
        return key in messages.catalogue(self.language)

    def first(self, *keys: str) -> str:
        """Return the first message that there is."""
        return self.text(next(key for key in keys if self.known(key)))

    def said(self, block: Mapping[str, Any]) -> str:
        """Return the paragraph of a text."""
        return self.text(block["key"], **block["values"])

    def caption(self, block: Mapping[str, Any]) -> str:
        """Return what stands above a table, list or figure."""
        values = block.get("values") or {name: value for name, value in block.get("options", {}).items() if name == "sample"}
        return self.text(block["caption"], **values)

    def reading(self, reading: Mapping[str, Any]) -> str:
        """Return what a result means."""
        return messages.render(self._worded(Reading.from_dict(reading)), self.language)

    def _worded(self, reading: Reading) -> Reading:
        """Return a reading whose texts, and those of a reading within it, are in the reader's language."""
        values = {
            name: self._worded(value)
            if isinstance(value, Reading)
            else self._value(name, value)
            if isinstance(value, str)
            else value
            for name, value in reading.values.items()
        }
        return Reading(reading.key, values)

    def head(self, column: str) -> str:
        """Return the heading of a column."""
        if column in VERDICTS:
            return self.text(f"verdict.{column}")
        return named("column", column, self.language) if self.known(f"column.{column}") else column.replace("_", " ")

    def cell(self, column: str, value: Any) -> str:
        """Return a value as its column is written."""
        if isinstance(value, bool):
            return self.text("card.yes" if value else "card.no")
        if isinstance(value, Mapping):
            return self.reading(value)
        if column in SCOPES and value is not None:
            return self.scope(str(value))
        if isinstance(value, list | tuple):
            return self._many(value)
        is_word = column in KINDS and (isinstance(value, str) or column == "level") and value is not None
        return str(self._value(column, value)) if is_word else numbers.cell(column, value)

    def pair(self, row: Mapping[str, Any]) -> str:
        """Return the value of a name."""
        return numbers.ABSENT if row["value"] is None else self.cell(row["name"], row["value"])

    def scope(self, scope: str) -> str:
        """Return a scope such as ``test: B`` with what the kit itself names in the language."""
        return scoped(scope, self.language)

    def absent(self, name: str) -> str:
        """Return what is missing, and where it is to be written."""
        if name.startswith("hash."):
            return self.text("missing.hash", what=named("hash", name.removeprefix("hash."), self.language))
        return self.text(f"missing.{name}") if self.known(f"missing.{name}") else self.text("missing.setting", what=name)

    def size(self, row: Mapping[str, Any]) -> str:
        """Return how many rows and bads a result rests on."""
        rows, bads = numbers.count(row["n"]), numbers.count(row["events"])
        return self.text("result.sample", n=rows, events=bads) if row["events"] else self.text("monitoring.rows", rows=rows)

    def beside(self, row: Mapping[str, Any]) -> list[str]:
        """Return what stands below a result: null hypothesis, what could have been seen, and who set its limits."""
        seen = row.get("detectable")
        return [
            *([self.text("result.null", null=row["null"])] if row.get("null") else []),
            *([] if seen is None else [self.text("validating.detectable", size=numbers.measure(seen))]),
            *([self.text("validating.limits_by", limits=row["limit_source"])] if row.get("limit_source") else []),
        ]

    def rule(self, block: Mapping[str, Any]) -> str:
        """Return why a level is proposed, or none."""
        values = {name: block[name] for name in ("findings", "level")}
        areas = self.joined(named("area", area, self.language) for area in block["areas"])
        clear = "_clear" if block["rule"] == "untested" and not block["findings"] else ""
        return self.text(f"validating.rule.{block['rule']}{clear}", areas=areas, **values)

    def level(self, block: Mapping[str, Any]) -> str:
        """Return the level that is proposed."""
        if block["level"] is None:
            return self.text("validating.no_level")
        return self.text("validating.proposed", number=block["level"], level=block["level"])

    def impact(self, finding: Mapping[str, Any]) -> str:
        """Return what a finding means for the bank, with its size where it is known."""
        said = self.first(f"finding.impact.{finding['cause']}", f"finding.impact.{finding['area']}", "finding.impact.other")
        effect = finding["effect"]
        return f"{said} {self.text('finding.effect', **effect)}" if effect else said

    def recommendation(self, finding: Mapping[str, Any]) -> str:
        """Return what to do, by the first test that has advice of its own, the cause or the area."""
        own = [f"finding.recommendation.{code}" for code in finding["codes"]]
        of_cause = [f"finding.recommendation.{finding[name]}" for name in ("cause", "area")]
        return self.first(*own, *of_cause, "finding.recommendation.other")

    def cause(self, finding: Mapping[str, Any]) -> str:
        """Return what a finding is about: its cause in words, or its test where it has no words."""
        return named("finding.cause", finding["cause"], self.language)

    def extent(self, finding: Mapping[str, Any]) -> str:
        """Return how much of the sample fails, and the rule that gave the severity."""
        parts = self.text("finding.extent.parts", failed=finding["failed"], tested=finding["tested"]) if finding["failed"] else ""
        whole = any(": " not in each["scope"] for each in finding["evidence"])
        said = [self.text("finding.extent.whole")] if whole else []
        return " ".join([*said, *([parts] if parts else []), self.text(f"finding.rule.{finding['rule']}")])

    def evidence(self, row: Mapping[str, Any]) -> str:
        """Return one result that a finding rests on."""
        values = {name: self.cell(name, row[name]) for name in ("scope", "verdict", "statistic", "threshold")}
        return self.text("finding.evidence", code=row["code"], **values)

    def joined(self, items: Iterable[str]) -> str:
        """Return items as a list within a sentence."""
        return self.text("card.and").join(items)

    def _many(self, values: Sequence[Any]) -> str:
        if len(values) == PAIR and all(isinstance(each, float) for each in values):
            return numbers.interval(values)
        return self.joined(map(str, values))

    def _value(self, name: str, value: Any) -> Any:
        return named(KINDS[name], value, self.language) if name in KINDS and isinstance(value, str | int) else value


def is_numeric(rows: Sequence[Mapping[str, Any]], column: str) -> bool:
    """Whether a column holds numbers only, and is written to the right."""
    values = [row[column] for row in rows if row.get(column) is not None]
    numbers_only = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return bool(values) and numbers_only and column != "level"


def filled(block: Mapping[str, Any]) -> list[str]:
    """Return the columns of a table that hold anything."""
    return [name for name in block["columns"] if any(row.get(name) is not None for row in block["rows"])]
