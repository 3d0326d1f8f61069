"""Data contracts: `schemas/NAME.yaml` read into one model, and Pandera's checks run on typed batches.

A column has Pandera's own keys (`nullable`, `checks`) and ours: what it is for (`role`), its special codes, unit and words.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas
import pyarrow as pa
from pydantic import Field, ValidationError, field_validator, model_validator

from scorecard.errors import SettingsError
from scorecard.settings import Strict, Value, explained, nearest, read_yaml

if TYPE_CHECKING:
    import pandera.pandas as pandera

Role = Literal["key", "target", "date", "input", "protected", "identifier", "excluded", "weight", "segment"]
Dtype = Literal["integer", "number", "text", "date", "boolean"]

PANDAS_DTYPE = {"integer": "Int64", "number": "Float64", "text": "string", "date": "datetime64[us]", "boolean": "boolean"}
ARROW = {"integer": pa.int64(), "number": pa.float64(), "text": pa.string(), "boolean": pa.bool_(), "date": pa.date32()}
ARROW_TO_PANDAS = {pa.int64(): pandas.Int64Dtype(), pa.float64(): pandas.Float64Dtype(), pa.string(): pandas.StringDtype()}
ARROW_TO_PANDAS |= {pa.bool_(): pandas.BooleanDtype()}
NULL_CHECK = "not_nullable"
CHECKS = (
    "equal_to", "not_equal_to", "greater_than", "greater_than_or_equal_to", "less_than", "less_than_or_equal_to", "in_range",
    "isin", "notin", "str_matches", "str_contains", "str_startswith", "str_endswith", "str_length",
)  # fmt: skip


class Column(Strict):
    """One column of a contract."""

    dtype: Dtype
    role: Role = "input"
    nullable: bool = True
    checks: Mapping[str, Any] = {}
    special_codes: Mapping[str, Value] = {}
    categorical: bool = False
    unit: str | None = None
    description: str | None = None
    reason: str | None = None
    reason_text: Mapping[str, str] = {}
    changeable: bool = False
    legal_basis: str | None = None
    review: str | None = None

    @property
    def kind(self) -> Literal["numeric", "categorical", "date"]:
        """How the column is binned."""
        if self.dtype == "date":
            return "date"
        return "categorical" if self.categorical or self.dtype in {"text", "boolean"} else "numeric"

    @field_validator("checks")
    @classmethod
    def _known_checks(cls, checks: Mapping[str, Any]) -> Mapping[str, Any]:
        for name in checks:
            if name not in CHECKS:
                raise ValueError(f"{name} is not a check of values that Pandera has. {nearest(name, list(CHECKS))}")
        return checks

    @model_validator(mode="after")
    def _excluded_says_why(self) -> Column:
        if self.role == "excluded" and not self.reason:
            raise ValueError("an excluded column needs a reason")
        return self

    @model_validator(mode="after")
    def _levels_are_written_one_way(self) -> Column:
        if self.categorical and self.dtype == "number":
            raise ValueError(
                "a categorical column of dtype number has levels that engines write differently; expected integer or text"
            )
        return self

    @model_validator(mode="after")
    def _codes_are_values(self) -> Column:
        codes = list(self.special_codes.values())
        if self.kind == "numeric" and not all(isinstance(code, int | float) and not isinstance(code, bool) for code in codes):
            raise ValueError(f"special_codes are {codes!r}; expected numbers, as the column's values are")
        if len(set(codes)) < len(codes):
            raise ValueError(f"special_codes are {codes!r}; expected each code once")
        return self

    def to_pandera(self) -> pandera.Column:
        """Return the column as Pandera checks it."""
        pandera = _pandera()

        checks = [_check(name, argument) for name, argument in self.checks.items()]
        return pandera.Column(PANDAS_DTYPE[self.dtype], checks=checks, nullable=self.nullable)


class Contract(Strict):
    """What a table must hold, and what each of its columns may be used for."""

    name: str
    description: str | None = None
    missing_values: tuple[str, ...] = ()
    columns: Mapping[str, Column] = Field(min_length=1)

    @field_validator("columns")
    @classmethod
    def _names_are_free(cls, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        for name in columns:
            if not name or name.startswith("@"):
                raise ValueError(
                    f"a column is named {name!r}; expected a name that does not begin with @. Rename it in the table"
                )
        return columns

    def with_role(self, *roles: Role) -> list[str]:
        """Return the names of the columns that have one of the roles, in the contract's order."""
        return [name for name, column in self.columns.items() if column.role in roles]


@dataclass(frozen=True)
class Breach:
    """One rule that rows break: how many, and the first of them (counted from 1); never a protected value."""

    column: str
    rule: str
    rows: int
    example_row: int | None
    example: str | None = None

    def __str__(self) -> str:
        """Return the breach as a clause of a sentence."""
        if self.example_row is None:
            return f"{self.column}: {self.rule}"
        shown = f" holds {self.example}" if self.example is not None else ""
        verb = "row does" if self.rows == 1 else "rows do"
        return f"{self.column}: {self.rule}; {self.rows} {verb} not comply, for example row {self.example_row}{shown}"


def load(path: Path) -> Contract:
    """Read a contract and check every key.

    Raises
    ------
    SettingsError
        Where the file is missing, malformed, or names an unknown key, role or check.
    """
    if not path.is_file():
        raise SettingsError(
            f"{path} is not a file; expected a data contract. Name one in the pipeline YAML (contract: schemas/NAME.yaml)."
        )
    return parse(read_yaml(path), path)


def parse(content: Mapping[str, Any], path: Path) -> Contract:
    """Check the content of a contract; `path` names it in the message."""
    try:
        return Contract.model_validate(dict(content))
    except ValidationError as error:
        raise SettingsError(f"{path}: {explained(error, Contract)}") from error


def check_rows(batches: Iterable[pa.RecordBatch], contract: Contract) -> list[Breach]:
    """Return every breach of the contract's value rules, by column and rule.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        Typed rows in input order; columns the contract does not name are ignored.

    Returns
    -------
    list of Breach
        In the contract's order of columns; empty where every row complies.
    """
    found: dict[tuple[str, str], list[Any]] = {}
    first_row = 1
    schema: pandera.DataFrameSchema | None = None
    for batch in batches:
        schema = schema or _schema(contract, batch.schema.names)
        for column, rule, row, value in _failures(schema, batch):
            entry = found.setdefault((column, rule), [0, first_row + row, value])
            entry[0] += 1
        first_row += batch.num_rows
    order = list(contract.columns)
    return [
        Breach(column, _rule_in_words(contract.columns[column], rule), rows, row, _shown(contract.columns[column], value))
        for (column, rule), (rows, row, value) in sorted(found.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    ]


def _pandera() -> Any:
    """Import Pandera: half a second that only checking rows needs. Where PySpark is installed it imports that too, which warns."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        import pandera.pandas  # noqa: PLC0415
    return pandera.pandas


def _schema(contract: Contract, present: list[str]) -> pandera.DataFrameSchema:
    pandera = _pandera()
    return pandera.DataFrameSchema({name: column.to_pandera() for name, column in contract.columns.items() if name in present})


def _failures(schema: pandera.DataFrameSchema, batch: pa.RecordBatch) -> Iterator[tuple[str, str, int, Any]]:
    import pandera.errors  # noqa: PLC0415

    frame = batch.to_pandas(types_mapper=ARROW_TO_PANDAS.get)
    dates = [name for name, column in schema.columns.items() if str(column.dtype).startswith("datetime64")]
    frame = frame.assign(**{name: pandas.to_datetime(frame[name]).astype("datetime64[us]") for name in dates})
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        for case in zip(cases["column"], cases["check"], cases["index"], cases["failure_case"], strict=True):
            column, rule, row, value = case
            if pandas.isna(row):
                raise SettingsError(
                    f"The contract's check {rule} cannot be held against column {column} ({value}); expected a check that fits its dtype. "
                    "Change it in the contract."
                ) from errors
            yield str(column), str(rule), int(row), value


def _check(name: str, argument: Any) -> pandera.Check:
    pandera = _pandera()
    make, dated = getattr(pandera.Check, name), _dated(argument)
    try:
        return make(**dated) if isinstance(dated, Mapping) else make(dated)
    except (TypeError, ValueError, re.error) as error:
        raise SettingsError(
            f"The contract's check {name} cannot be {argument!r} ({error}). Change it in the contract."
        ) from error


def _dated(argument: Any) -> Any:
    """Return an argument with its dates as pandas compares them."""
    if isinstance(argument, Mapping):
        return {key: _dated(value) for key, value in argument.items()}
    if isinstance(argument, list):
        return [_dated(value) for value in argument]
    return pandas.Timestamp(argument) if isinstance(argument, date) else argument


def _rule_in_words(column: Column, rule: str) -> str:
    if rule == NULL_CHECK:
        return "must not be missing"
    name = rule.partition("(")[0]
    argument = column.checks.get(name)
    if isinstance(argument, Mapping):
        words = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in argument.items())
    else:
        words = str(argument)
    return f"must be {name.replace('_', ' ')} {words}"


def _shown(column: Column, value: Any) -> str | None:
    open_to_see = column.role in {"input", "target"} and column.dtype != "text"
    return str(value) if open_to_see and not pandas.isna(value) else None
