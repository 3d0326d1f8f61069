"""The target rule: which rows are good, bad, indeterminate or excluded."""

from __future__ import annotations

from scorecard.contracts import Contract
from scorecard.data.source import ROW, Relation, first, literal, quoted, sql
from scorecard.errors import DataError, SettingsError
from scorecard.settings import Pipeline, Rule, Value

BAD, WEIGHT, STATUS = "@bad", "@weight", "@status"
ACCEPTED = {"integer": (int, float), "number": (int, float), "text": (str, int, float), "date": (str,), "boolean": (bool, int)}


def known(names: tuple[str, ...], rows: Relation, setting: str) -> tuple[str, ...]:
    """Return names of columns that the rows have; `setting` is the key that gives them."""
    for name in names:
        if name not in rows.columns:
            raise SettingsError(
                f"{setting} names {name}, which is not in the contract. Add it there, or change {setting} in the pipeline YAML."
            )
    return names


def of_kind(name: str, dtypes: tuple[str, ...], contract: Contract, setting: str) -> str:
    """Return the name of a column that the contract has and gives one of the dtypes."""
    if name not in contract.columns or contract.columns[name].dtype not in dtypes:
        found = f"is {contract.columns[name].dtype}" if name in contract.columns else "is not in the contract"
        raise SettingsError(f"{setting} names {name}, which {found}; expected {' or '.join(dtypes)}. Change the pipeline YAML.")
    return name


def labelled(rows: Relation, pipeline: Pipeline, contract: Contract) -> Relation:
    """Return the rows that are good or bad by the target rule, with ``@bad``; indeterminate and excluded ones are left out.

    Raises
    ------
    DataError
        Where the target is missing or has a value the rule does not name, or no row is good or bad.
    """
    marked = _marked(rows, pipeline.model_copy(update={"weight": None}), contract)
    if not {"good", "bad"} & _statuses(marked, pipeline):
        raise DataError(f"No row is good or bad by the target rule of {pipeline.name}; expected some. Check the rows' outcome.")
    return good_or_bad(marked)


def marked(rows: Relation, pipeline: Pipeline, contract: Contract) -> Relation:
    """Return all rows with ``@status`` (good, bad, indeterminate or ``excluded: why``) and ``@weight``.

    Raises
    ------
    DataError
        Where the target is missing, constant, or has a value the rule does not name, or a weight is missing or negative.
    """
    found = _marked(rows, pipeline, contract)
    _refuse_bad_target(found, pipeline)
    if pipeline.weight:
        _refuse_bad_weights(found, pipeline.weight)
    return found


def good_or_bad(rows: Relation) -> Relation:
    """Return the rows whose status is good or bad, with ``@bad`` (0 or 1)."""
    outcome = f"CAST({quoted(STATUS)} = 'bad' AS INTEGER) AS {quoted(BAD)}"
    return sql(rows, f"SELECT *, {outcome} FROM r WHERE {quoted(STATUS)} IN ('good', 'bad')")


def _marked(rows: Relation, pipeline: Pipeline, contract: Contract) -> Relation:
    """Add ``@status``: good, bad, indeterminate, ``excluded: why``, missing or unknown; the first rule that fits decides."""
    target = pipeline.target
    known((target.column,), rows, "target.column")
    column = quoted(target.column)
    cases = [
        f"WHEN {_condition(rule, target.column, rows, contract)} THEN {literal('excluded: ' + rule.reason)}"
        for rule in target.excluded
    ]
    cases += [f"WHEN {column} IS NULL THEN 'missing'"]
    for status, values in (("good", target.good), ("bad", target.bad), ("indeterminate", target.indeterminate)):
        if values:
            cases.append(f"WHEN {column} IN ({_literals(values, target.column, contract, f'target.{status}')}) THEN '{status}'")
    weight = quoted(of_kind(pipeline.weight, ("integer", "number"), contract, "weight")) if pipeline.weight else "1.0"
    status = f"CASE {' '.join(cases)} ELSE 'unknown' END"
    return sql(rows, f"SELECT *, {status} AS {quoted(STATUS)}, CAST({weight} AS DOUBLE) AS {quoted(WEIGHT)} FROM r")


def _literals(values: tuple[Value, ...], name: str, contract: Contract, setting: str) -> str:
    """Return values as SQL, each of the kind that the contract says the column holds."""
    dtype = contract.columns[name].dtype
    for value in values:
        if not isinstance(value, ACCEPTED[dtype]) or (isinstance(value, bool) and dtype != "boolean"):
            quote = "; YAML reads yes and no without quotes as true and false" if isinstance(value, bool) else ""
            raise SettingsError(f"{setting} names {value!r}, but {name} is {dtype}{quote}. Change it in the pipeline YAML.")
    if dtype == "date":
        return ", ".join(f"TRY_CAST({literal(value)} AS DATE)" for value in values)
    return ", ".join(literal(str(value) if dtype == "text" else value) for value in values)


def _condition(rule: Rule, target: str, rows: Relation, contract: Contract) -> str:
    name = known((rule.column or target,), rows, "target.excluded.column")[0]
    column, parts = quoted(name), []
    if (rule.below, rule.above) != (None, None) and contract.columns[name].dtype not in {"integer", "number"}:
        raise SettingsError(
            f"target.excluded has below or above for {name}, which holds {contract.columns[name].dtype}; expected a column of numbers. "
            "Use values, or another column, in the pipeline YAML."
        )
    if rule.values:
        parts.append(f"{column} IN ({_literals(rule.values, name, contract, 'target.excluded.values')})")
    if rule.below is not None:
        parts.append(f"{column} < {literal(rule.below)}")
    if rule.above is not None:
        parts.append(f"{column} > {literal(rule.above)}")
    if rule.missing:
        parts.append(f"{column} IS NULL")
    return " OR ".join(parts) or "FALSE"


def _refuse_bad_target(rows: Relation, pipeline: Pipeline) -> None:
    found, name = _statuses(rows, pipeline), pipeline.target.column
    for needed, other in (("bad", "good"), ("good", "bad")):
        if needed not in found:
            raise DataError(
                f"The target {name} has no {needed} rows, only {other} ones; expected both. Check the rule (target in the pipeline YAML)."
            )


def _statuses(rows: Relation, pipeline: Pipeline) -> set[str]:
    """Return the statuses that rows have; refuse a target that is missing or that no rule names."""
    status, column = quoted(STATUS), quoted(pipeline.target.column)
    select = f"SELECT {status}, count(*), min({quoted(ROW)}), arg_min({column}::VARCHAR, {quoted(ROW)}) FROM r GROUP BY 1"
    found = {name: (count, row, value) for name, count, row, value in sql(rows, select).fetchall()}
    name, rule = pipeline.target.column, "target in the pipeline YAML"
    if "missing" in found:
        count, row, _ = found["missing"]
        raise DataError(
            f"The target {name} is missing in {count} rows, for example row {row}; expected an outcome. Mend them, or exclude them by a rule ({rule})."
        )
    if "unknown" in found:
        count, row, value = found["unknown"]
        raise DataError(
            f"The target {name} holds {value!r} in row {row} ({count} rows with values the rule does not name); expected good or bad. Name it in {rule}."
        )
    return set(found)


def _refuse_bad_weights(rows: Relation, name: str) -> None:
    wrong = rows.filter(f"NOT coalesce({quoted(WEIGHT)} >= 0, FALSE)")
    count, row = first(wrong.aggregate(f"count(*), min({quoted(ROW)})"))
    if count:
        raise DataError(
            f"The weight {name} is missing or negative in {count} rows, for example row {row}; expected 0 or more. Mend them."
        )
