"""Pages that need nothing from outside: templates, a style sheet, figures and numbers become one HTML text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scorecard import figures, messages
from scorecard.figures.drawing import named
from scorecard.report import numbers
from scorecard.results import Reading

SYMBOLS = {"green": "✓", "amber": "▲", "red": "■", "not due": "○", "insufficient data": "◔", "not computable": "✕"}


def page(template: str, language: str, **values: Any) -> str:
    """Return a template rendered in a language; every value from data is escaped.

    Raises
    ------
    SettingsError
        Where the language is not known.
    """
    return environment(language).get_template(template).render(**values)


@cache
def environment(language: str) -> Environment:
    """Return the Jinja environment of a language: its words, the number formats and the style sheet."""
    made = Environment(
        loader=PackageLoader("scorecard.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {
        name: getattr(numbers, name)
        for name in ("count", "percent", "measure", "p_value", "points", "signed", "interval", "figure", "relative")
    }
    made.filters |= {"percents": lambda ends: numbers.interval(ends, numbers.percent)}
    made.filters |= {"changes": lambda ends: numbers.interval(ends, numbers.signed)}
    made.filters |= {
        "scaled": numbers.scaled,
        "write": numbers.write,
        "ends": lambda ends, form: numbers.interval(ends, numbers.WRITERS[form]),
    }
    made.tests["starting"] = str.startswith
    made.globals |= {
        "language": {"zh": "zh-Hans"}.get(language, language),
        "t": lambda key, **values: messages.text(key, language, **values),
        "known": messages.catalogue(language).__contains__,
        "named": lambda kind, value: named(kind, value, language),
        "reading": lambda reading: messages.render(Reading.from_dict(reading), language),
        "cell": numbers.cell,
        "symbols": SYMBOLS,
        "inline": _inline,
        "scope": lambda words: scoped(words, language),
        "filled": lambda rows, names: [name for name in names if any(row.get(name) is not None for row in rows)],
        "numeric": _numeric,
        "bin_label": lambda row: bin_label(row, language),
        "css": Markup(made.get_template("page.css").render()),  # noqa: S704 - our own file
    }
    return made


def _inline(chart: figures.Chart, caption: str) -> Markup:
    return Markup(figures.to_svg(chart, caption))  # noqa: S704 - matplotlib and to_svg escape every word


def bin_label(row: Mapping[str, Any], language: str) -> str:
    """Return the name of a bin; missing and unseen values in the reader's language.

    Examples
    --------
    >>> bin_label({"kind": "interval", "label": "[0, 5)"}, "en"), bin_label({"kind": "missing", "label": "M"}, "en")
    ('[0, 5)', 'missing')
    """
    return named("kind", row["kind"], language) if row["kind"] in {"missing", "unseen"} else str(row["label"])


def scoped(words: str, language: str) -> str:
    """Return ``sample: grade`` with the sample, and what else the kit itself names, in the reader's language."""
    first, *rest = words.split(": ")
    return ": ".join(
        [named("sample", named("scope", first, language), language), *(named("scope", each, language) for each in rest)]
    )


def _numeric(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    values = [row[name] for row in rows if row.get(name) is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
