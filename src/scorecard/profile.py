"""Describe a table by characteristic and by period, and look for columns that know the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas

from scorecard import counts, metrics
from scorecard.contracts import Contract
from scorecard.counts import Classes, Counts, Field, Kind
from scorecard.data.samples import BAD, SAMPLE, Prepared
from scorecard.data.source import Relation, first, quoted, sql
from scorecard.errors import SettingsError
from scorecard.settings import nearest

SEPARATION = 0.95  # convention: no single answer of a customer orders risk this well
MISSING_GAP = 0.5  # convention: goods and bads differ this much in what is missing only when the outcome decides it

PERIOD = "@period"
PERIODS = {
    "month": "strftime({date}, '%Y-%m')",
    "quarter": "strftime({date}, '%YQ') || quarter({date})",
    "year": "strftime({date}, '%Y')",
}


@dataclass(frozen=True)
class Leak:
    """Why a column is not to be trusted as a characteristic: the finding, its figure and the limit."""

    characteristic: str
    finding: str
    figure: float
    limit: float
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def profile(prepared: Prepared) -> pandas.DataFrame:
    """Describe every column of the contract over all samples.

    Returns
    -------
    DataFrame
        characteristic, role, dtype, rows, missing share, distinct values, and for numbers min, quartiles, mean and max.
        Protected, key and identifying columns give no values.
    """
    described = [_describe(prepared.rows, name, prepared.contract) for name in prepared.contract.columns]
    return pandas.DataFrame(described)


def _describe(rows: Relation, name: str, contract: Contract) -> dict[str, Any]:
    column, quoted_name = contract.columns[name], quoted(name)
    base: dict[str, Any] = {"characteristic": name, "role": column.role, "dtype": column.dtype}
    select = f"count(*), count(*) FILTER ({quoted_name} IS NULL) / count(*), count(DISTINCT {quoted_name})"
    numeric = column.kind == "numeric" and column.role not in {"key", "identifier", "protected"}
    if numeric:
        quantiles = ", ".join(f"quantile_disc({quoted_name}, {level})" for level in (0.25, 0.5, 0.75))
        select += f", min({quoted_name}), {quantiles}, avg({quoted_name}), max({quoted_name})"
    found = first(sql(rows, f"SELECT {select} FROM r"))
    names = ("rows", "missing_share", "distinct", "minimum", "quartile_1", "median", "quartile_3", "mean", "maximum")
    return base | dict(zip(names, found, strict=False))


def by_sample(prepared: Prepared, date: str | None) -> pandas.DataFrame:
    """Return rows, goods, bads, bad rate and the span of dates per sample."""
    dates = (
        f"min({quoted(date)})::VARCHAR AS first_date, max({quoted(date)})::VARCHAR AS last_date"
        if date
        else "NULL AS first_date, NULL AS last_date"
    )
    select = f"SELECT {quoted(SAMPLE)} AS sample, count(*) AS rows, sum(1 - {quoted(BAD)})::BIGINT AS goods, sum({quoted(BAD)})::BIGINT AS bads, {dates}"
    found = sql(prepared.rows, f"{select} FROM r GROUP BY 1").df()
    found["bad_rate"] = found["bads"] / found["rows"]
    order = {name: position for position, name in enumerate(prepared.present())}
    return found.sort_values("sample", key=lambda column: column.map(order)).reset_index(drop=True)


def sizes(samples: pandas.DataFrame) -> dict[str, float]:
    """Return rows and bad rate per sample as metrics to log."""
    rows = samples.to_dict("records")
    return {f"{row['sample']}.{name}": float(row[name]) for row in rows for name in ("rows", "bad_rate")}


def duplicates(prepared: Prepared) -> int:
    """Return how many rows repeat an earlier one in everything but the key: copies, or coarse answers."""
    key = set(prepared.contract.with_role("key", "identifier"))
    columns = ", ".join(quoted(name) for name in prepared.contract.columns if name not in key)
    return int(
        first(sql(prepared.rows, f"SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT {columns} FROM r)) FROM r"))[0]
    )


def by_period(prepared: Prepared, date: str | None) -> pandas.DataFrame:
    """Return bad rate, and missing share and mean of every input, by month of the observation date; empty without one."""
    parts: list[pandas.DataFrame] = []
    names = prepared.contract.with_role("input")
    if date is None or not names:
        return pandas.DataFrame(columns=["period", "rows", "bad_rate", "missing_share", "mean", "characteristic"])
    for name in names:
        mean = f"avg({quoted(name)})" if prepared.contract.columns[name].kind == "numeric" else "NULL::DOUBLE"
        select = f"SELECT strftime({quoted(date)}, '%Y-%m') AS period, count(*) AS rows, avg({quoted(BAD)}) AS bad_rate, "
        select += (
            f"count(*) FILTER ({quoted(name)} IS NULL) / count(*) AS missing_share, {mean} AS mean FROM r GROUP BY 1 ORDER BY 1"
        )
        parts.append(sql(prepared.rows, select).df().assign(characteristic=name))
    return pandas.concat(parts, ignore_index=True)


def count_all(
    prepared: Prepared,
    names: list[str],
    *samples: str,
    date: str | None = None,
    period: str | None = None,
    splits: Mapping[str, tuple[float, ...]] | None = None,
) -> Counts:
    """Count goods and bads of characteristics over some samples.

    Parameters
    ----------
    names : list of str
    *samples : str
    date : str or None
        Name of the observation date.
    period : str or None
        ``month``, ``quarter`` or ``year`` of the observation date, or the name of a column: counted by it too.
    splits : mapping of characteristic to edges
        Edges that no fine class may contain.

    Returns
    -------
    Counts
        With why the others, such as dates, cannot be counted.

    Raises
    ------
    SettingsError
        Where the period is neither a column nor of a date.
    """
    rows, columns = prepared.sample(*samples), prepared.contract.columns
    fields = []
    for name in names:
        kind: Kind = "numeric" if columns[name].kind == "numeric" else "categorical"
        fields.append(Field(name, kind, columns[name].special_codes, tuple((splits or {}).get(name, ()))))
    if period is None:
        return counts.count_all(rows, fields)
    parted = sql(rows, f"SELECT *, {_period(rows, period, date)} AS {quoted(PERIOD)} FROM r")
    return counts.count_all(parted, fields, period=PERIOD)


def _period(rows: Relation, period: str, date: str | None) -> str:
    """Return the SQL of a row's period, as text that sorts by time."""
    if date is not None and period in PERIODS:
        return PERIODS[period].format(date=quoted(date))
    if period not in rows.columns:
        words = ", ".join(PERIODS)
        hint = nearest(period, [*PERIODS, *rows.columns]) if date else f"{words} need an observation_date in the pipeline YAML."
        raise SettingsError(f"The period {period} is not a column; expected one, or {words} of the observation date. {hint}")
    return f"CAST({quoted(period)} AS VARCHAR)"


def leaks(prepared: Prepared, counted: Mapping[str, Classes], date: str | None) -> list[Leak]:
    """Name the inputs that are constant, separate goods from bads nearly perfectly, or lie in the future."""
    found = [leak for classes in counted.values() for leak in _leak(classes)]
    for name in prepared.contract.with_role("input"):
        if prepared.contract.columns[name].kind == "date":
            found.append(_date_leak(prepared.rows, name, date))
    return found


def _leak(classes: Classes) -> list[Leak]:
    goods, bads = classes.every.goods, classes.every.bads
    if not len(classes.low) and not any(tally.accounts[0] for _, tally in classes.special.values()):
        return [Leak(classes.name, "all missing", 1.0, 1.0, "it has no value in any row")]
    if (goods + bads > 0).sum() == 1:
        return [Leak(classes.name, "constant", 1.0, 1.0, "it has one value only")]
    gap = abs(float(classes.missing.goods[0] / goods.sum() - classes.missing.bads[0] / bads.sum()))
    if gap >= MISSING_GAP:
        return [
            Leak(
                classes.name,
                "missingness separates",
                gap,
                MISSING_GAP,
                "whether it is filled tells the outcome: is it recorded afterwards?",
            )
        ]
    separation = _separation(classes)
    if separation >= SEPARATION:
        return [
            Leak(
                classes.name,
                "separates",
                separation,
                SEPARATION,
                "it alone orders the outcome nearly perfectly: is it recorded afterwards?",
            )
        ]
    return []


def _separation(classes: Classes) -> float:
    """Return the AUC of the characteristic alone: values in order, or few levels by bad rate; missing and codes aside."""
    order = np.arange(len(classes.low))
    if classes.kind == "categorical":
        accounts = classes.tally.accounts
        if len(order) == 0 or accounts.mean() < 30:  # noqa: PLR2004  levels of a few rows order themselves by chance
            return 0.5
        order = np.argsort(classes.tally.bads / accounts, kind="stable")
    goods, bads = classes.tally.goods[order], classes.tally.bads[order]
    if not goods.sum() or not bads.sum():
        return 0.5
    pure = (np.minimum(goods, bads).sum() / min(goods.sum(), bads.sum())) if len(order) <= 20 else 1.0  # noqa: PLR2004
    auc = metrics.auc_from_counts(goods, bads)
    return max(auc, 1 - auc, 1 - float(pure))


def _date_leak(rows: Relation, name: str, date: str | None) -> Leak:
    if date is None:
        return Leak(name, "date", 1.0, 0.0, "a date is no characteristic: derive a duration from it")
    share = float(first(sql(rows, f"SELECT avg(CAST({quoted(name)} > {quoted(date)} AS INTEGER)) FROM r"))[0] or 0.0)
    if share > 0:
        return Leak(name, "future-dated", share, 0.0, "it lies after the observation date")
    return Leak(name, "date", 1.0, 0.0, "a date is no characteristic: derive a duration from it")
