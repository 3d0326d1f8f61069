"""A table of any engine, and the way to its columns: fetched where that is cheap, else asked where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scorecard.counts import fields as characteristics
from scorecard.counts.classes import Floats
from scorecard.counts.fields import Field
from scorecard.counts.population import Names, Population, described
from scorecard.counts.sorting import Keys
from scorecard.counts.sums import collected, numbers
from scorecard.errors import DataError
from scorecard.settings import nearest

FETCHED_ROWS = 20_000_000  # up to which columns of a DuckDB relation are fetched, some at a time, and sorted


@dataclass(frozen=True)
class Table:
    """A table and what is known of its rows.

    Attributes
    ----------
    native : LazyFrame or DataFrame
    keys : Arrow table or None
        Of a frame in memory, the columns that say what a row counts for.
    """

    native: Any
    keys: pa.Table | None
    population: Population

    @property
    def fetches(self) -> bool:
        """Whether numeric columns are fetched and sorted; other engines group their rows themselves."""
        return self.keys is not None or (self.native.implementation.is_duckdb() and self.population.rows <= FETCHED_ROWS)

    def refuse_unfit(self, field: Field) -> None:
        """Refuse a characteristic that the table does not have, or whose type cannot be counted.

        Raises
        ------
        DataError
        """
        schema = self.native.collect_schema()
        if field.name not in schema:
            raise DataError(f"The table has no column {field.name}; expected one. {nearest(field.name, list(schema))}")
        dtype = schema[field.name]
        if self.keys is not None and not dtype.is_numeric():  # objects of pandas show only here what they are
            dtype = nw.from_native(pa.table({"@": self._column(field)})).schema["@"]
        if dtype == nw.Unknown and not self._values(field):
            return
        characteristics.refuse_unfit(field.name, field.kind, dtype)

    def rows(self, fields: Sequence[Field]) -> nw.LazyFrame[Any]:
        """Return some characteristics, and what their rows count for; nothing is computed by a lazy engine."""
        if self.keys is None:
            native: nw.LazyFrame[Any] = self.native
            return native
        columns = {field.name: self._column(field) for field in fields}
        columns |= {name: self.keys[name] for name in self.keys.column_names if name not in columns}
        held: nw.LazyFrame[Any] = nw.from_native(pa.table(columns)).lazy()
        return held

    def fetched(self, fields: Sequence[Field]) -> tuple[list[Floats], Keys]:
        """Return numeric characteristics as floats, NaN where missing, and the keys of the same rows."""
        asked = [
            nw.col(field.name).cast(nw.Float64).fill_null(float("nan")).alias(f"@{place}") for place, field in enumerate(fields)
        ]
        chosen = self.rows(fields).select(*asked, *self.population.keys())
        if self.keys is None and not self.population.parted:  # DuckDB's own way to numpy takes half the time of that by Arrow
            held = chosen.to_native().fetchnumpy()
            return [held.pop(f"@{place}") for place in range(len(fields))], Keys(
                np.flatnonzero(held["@bad"]), held.get("@units"), None
            )
        found = collected(chosen)
        parts = [found[name] if name in found.column_names else None for name in ("@period", "@segment")]
        keys = Keys(
            np.flatnonzero(found["@bad"].to_numpy()),
            numbers(found, "@units") if self.population.digits is not None else None,
            self.population.part_of(*parts) if self.population.parted else None,
        )
        columns = []
        for place in range(len(fields)):
            columns.append(numbers(found, f"@{place}"))
            found = found.drop_columns([f"@{place}"])
        return columns, keys

    def _values(self, field: Field) -> int:
        """Return how many values a column has; one of no type may have none."""
        (found,) = collected(self.rows([field]).select(nw.col(field.name).count()))[field.name].to_pylist()
        return int(found)

    def _column(self, field: Field) -> pa.ChunkedArray:
        """Return a column of a frame in memory; numbers as floats, rounded as every engine rounds them."""
        try:
            column = pa.chunked_array([self.native[field.name].to_arrow()])
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise DataError(f"{field.name} holds values of several types; expected one. Convert it.") from None
        if pa.types.is_null(column.type):
            return column.cast(pa.float64() if field.kind == "numeric" else pa.string())
        number = pa.types.is_integer(column.type) or pa.types.is_decimal(column.type) or pa.types.is_boolean(column.type)
        return pc.cast(column, pa.float64(), safe=False) if field.kind == "numeric" and number else column


def opened(frame: Any, names: Names) -> Table:
    """Look at a table's rows.

    Raises
    ------
    DataError
        As in `scorecard.counts.population.described`.
    """
    native = nw.from_native(frame)
    if isinstance(native, nw.LazyFrame):
        return Table(native, None, described(native, names))
    used = [name for name in names.used() if name in native.columns]
    keys = pa.table({name: native[name].to_arrow() for name in used})
    return Table(native, keys, described(nw.from_native(keys).lazy(), names))
