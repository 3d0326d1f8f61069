"""Rows become a population: key, target rule, exclusions with their funnel, and samples that never depend on row order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from scorecard.contracts import Contract
from scorecard.data.outcome import BAD, STATUS, WEIGHT, good_or_bad, known, marked, of_kind
from scorecard.data.source import ROW, Relation, first, held, literal, open_table, quoted, sql, typed
from scorecard.errors import DataError, SettingsError
from scorecard.settings import Pipeline, Window, nearest

__all__ = ["BAD", "SAMPLE", "SAMPLES", "WEIGHT", "Prepared", "count_rows", "prepare"]

SAMPLE = "@sample"
SAMPLES = ("development", "test", "out_of_time", "monitoring")
HASH_RANGE = 4294967296  # eight hexadecimal digits of SHA-256


@dataclass(frozen=True)
class Prepared:
    """A table ready for counting.

    Attributes
    ----------
    rows : Relation
        The contract's columns in their types, with ``@row``, ``@bad`` (0 or 1), ``@sample`` and ``@weight``;
        only rows that are good or bad and belong to a sample.
    funnel : list of dict
        From all rows to the modelled ones: step, reason, rows taken out, rows left.
    """

    rows: Relation
    contract: Contract
    funnel: list[dict[str, str | int]]

    def sample(self, *names: str) -> Relation:
        """Return the rows of one or more samples."""
        wanted = ", ".join(literal(name) for name in names)
        return self.rows.filter(f"{quoted(SAMPLE)} IN ({wanted})")

    def present(self) -> list[str]:
        """Return the names of the samples that have rows, in time order."""
        found = {name for (name,) in sql(self.rows, f"SELECT DISTINCT {quoted(SAMPLE)} FROM r").fetchall()}
        return [name for name in SAMPLES if name in found]


def prepare(pipeline: Pipeline, contract: Contract, root: Path, seed: int, keep: Collection[str] = ()) -> Prepared:
    """Open, type, label and split a pipeline's table.

    Parameters
    ----------
    seed : int
        Salt of the hash that splits; another seed is another split.
    keep : collection of str
        Columns that stay although they are excluded: what an incumbent reads.

    Raises
    ------
    DataError
        Where the table has no rows, a key occurs twice, the target is missing, constant or has a value
        the rule does not name, or a sample has one class only.
    """
    opened = open_table(pipeline.table, root)
    if pipeline.observation_date:
        of_kind(pipeline.observation_date, ("date",), contract, "observation_date")
    _refuse_unknown(pipeline, contract)
    contract = needed(contract, pipeline, keep)
    rows = typed(opened, contract)
    _refuse_bad_keys(rows, pipeline)
    split = held(split_by(marked(rows, pipeline, contract), pipeline, seed).order(quoted(ROW)))
    funnel = _funnel(split)
    kept = good_or_bad(split).filter(f"{quoted(SAMPLE)} IS NOT NULL")
    _refuse_single_class(kept)
    return Prepared(kept, contract, funnel)


def needed(contract: Contract, pipeline: Pipeline, keep: Collection[str] = ()) -> Contract:
    """Leave out columns that are excluded or identify a person, unless the settings themselves name them."""
    named = {
        pipeline.target.column,
        pipeline.observation_date,
        pipeline.weight,
        pipeline.split.column,
        pipeline.split.group,
        pipeline.exposure,
        *pipeline.segments,
        *pipeline.key,
        *keep,
    }
    named |= {rule.column for rule in (*pipeline.target.excluded, *pipeline.strategy.knock_outs)}
    unused = set(contract.with_role("excluded", "identifier")) - named
    columns = {name: column for name, column in contract.columns.items() if name not in unused}
    return contract.model_copy(update={"columns": columns})


def count_rows(relation: Relation) -> int:
    """Return the number of rows."""
    return int(first(relation.aggregate("count(*)"))[0])


def _refuse_unknown(pipeline: Pipeline, contract: Contract) -> None:
    """Refuse settings that only a later notebook reads, before hours are spent on the way there."""
    if pipeline.exposure is not None:
        of_kind(pipeline.exposure, ("integer", "number"), contract, "exposure")
    named = {"segments": pipeline.segments, "strategy.knock_outs": [rule.column for rule in pipeline.strategy.knock_outs]}
    for setting, names in named.items():
        for name in names:
            if name not in contract.columns:
                what = "no column" if name is None else f"{name}, which is not in the contract"
                raise SettingsError(f"{setting} names {what}. {nearest(name or '', list(contract.columns))}")


def _refuse_bad_keys(rows: Relation, pipeline: Pipeline) -> None:
    if count_rows(rows) == 0:
        raise DataError(f"{pipeline.table} has no rows; expected a table with rows. Export it again.")
    if not pipeline.key:
        return
    keys = ", ".join(quoted(name) for name in known(pipeline.key, rows, "key"))
    groups = sql(rows, f"SELECT min({quoted(ROW)}) AS first_row FROM r GROUP BY {keys} HAVING count(*) > 1")
    count, row = first(sql(groups, "SELECT count(*), min(first_row) FROM r"))
    if count:
        raise DataError(
            f"{pipeline.table} repeats {count} {'key' if count == 1 else 'keys'} ({', '.join(pipeline.key)}), for example that of row {row}; "
            "expected each once. Remove the duplicates, or name more key columns in the pipeline YAML."
        )


def split_by(rows: Relation, pipeline: Pipeline, seed: int) -> Relation:
    """Add ``@sample``, as the settings split the rows; NULL outside every window."""
    split = pipeline.split
    if split.column:
        return _by_column(rows, split.column)
    unit = _unit(rows, pipeline, split.group)
    share = f"('0x' || substr(sha256({literal(f'{seed}:')} || ({unit})), 1, 8))::UINTEGER / {HASH_RANGE}"
    hashed = f"CASE WHEN {share} < {split.test_share!r} THEN 'test' ELSE 'development' END"
    cases = []
    windows = {"out_of_time": split.out_of_time, "monitoring": split.monitoring}
    if any(windows.values()) or split.development:
        if not pipeline.observation_date:
            raise SettingsError(
                "split has windows but observation_date is missing; expected a date column. Name it in the pipeline YAML."
            )
        date = quoted(pipeline.observation_date)
        cases = [f"WHEN {_inside(date, window)} THEN '{name}'" for name, window in windows.items() if window]
        cases += [f"WHEN {_inside(date, split.development or Window())} THEN {hashed}"]
    sample = f"CASE {' '.join(cases)} ELSE NULL END" if cases else hashed
    return sql(rows, f"SELECT *, {sample} AS {quoted(SAMPLE)} FROM r")


def _unit(rows: Relation, pipeline: Pipeline, group: str | None) -> str:
    """Return what is hashed: the group, the key, or the row's content with its occurrence number."""
    names = (group,) if group else pipeline.key
    if names:
        return " || '|' || ".join(f"coalesce({quoted(name)}::VARCHAR, '')" for name in known(names, rows, "split.group"))
    content = ", ".join(quoted(name) for name in rows.columns if not name.startswith("@"))
    packed = f"sha256(row({content})::VARCHAR)"
    return f"{packed} || '|' || row_number() OVER (PARTITION BY {packed} ORDER BY {quoted(ROW)})"


def _by_column(rows: Relation, name: str) -> Relation:
    column = quoted(known((name,), rows, "split.column")[0])
    names = ", ".join(literal(sample) for sample in SAMPLES)
    odd = rows.filter(f"{column} IS NULL OR {column}::VARCHAR NOT IN ({names})")
    if found := first(odd.project(f"{column}::VARCHAR")):
        raise DataError(f"The split column {name} holds {found[0]!r}; expected one of {', '.join(SAMPLES)}. Mend the column.")
    return sql(rows, f"SELECT *, {column}::VARCHAR AS {quoted(SAMPLE)} FROM r")


def _inside(date: str, window: Window) -> str:
    parts = [f"{date} >= DATE '{window.first}'"] if window.first else []
    parts += [f"{date} <= DATE '{window.last}'"] if window.last else []
    return " AND ".join(parts) or "TRUE"


def _funnel(split: Relation) -> list[dict[str, str | int]]:
    status, sample = quoted(STATUS), quoted(SAMPLE)
    reason = f"CASE WHEN {status} IN ('good', 'bad') AND {sample} IS NULL THEN 'outside every sample window' ELSE {status} END"
    found = dict(sql(split, f"SELECT {reason}, count(*) FROM r GROUP BY 1").fetchall())
    left = sum(found.values())
    steps: list[dict[str, str | int]] = [{"step": "all rows", "taken_out": 0, "left": left}]
    for name in sorted(set(found) - {"good", "bad"}):
        left -= found[name]
        steps.append({"step": name, "taken_out": found[name], "left": left})
    return steps


def _refuse_single_class(kept: Relation) -> None:
    counts = sql(
        kept, f"SELECT {quoted(SAMPLE)}, count(*), count(*) FILTER ({quoted(STATUS)} = 'bad') FROM r GROUP BY 1 ORDER BY 1"
    ).fetchall()
    names = [name for name, _, _ in counts]
    if "development" not in names:
        raise DataError(
            "No row belongs to the development sample; expected some. Check split and the dates in the pipeline YAML."
        )
    for name, rows, bads in counts:
        if bads in (0, rows) and name != "monitoring":
            kind = "no bads" if bads == 0 else "no goods"
            raise DataError(
                f"The {name} sample has {rows} rows and {kind}; expected both. Use more rows, another split, or another seed."
            )
