"""Rows of a SQL query over SQLAlchemy, held as Arrow; the address never appears in a message."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from scorecard.errors import DataError, SettingsError
from scorecard.settings import Table, password

ROWS_AT_ONCE = 50_000


def rows(table: Table) -> pa.Table:
    """Run a table's query and return what it gives.

    Parameters
    ----------
    table : Table
        With `url` and `query`; the password comes from the variable that `password_env` names.

    Raises
    ------
    SettingsError
        Where the address is malformed or holds a password.
    DataError
        Where the database refuses, or the query gives no rows.
    """
    import sqlalchemy  # noqa: PLC0415  a tenth of a second that only tables behind a SQL address need

    address = _address(table)
    try:
        with sqlalchemy.create_engine(address).connect() as connection:
            found = connection.execution_options(stream_results=True).execute(sqlalchemy.text(str(table.query)))
            names = list(found.keys())
            parts = [_arrow(names, list(part)) for part in found.partitions(ROWS_AT_ONCE)]
    except (sqlalchemy.exc.SQLAlchemyError, ModuleNotFoundError) as error:
        raise DataError(
            f"The query over {address.drivername} failed ({type(error).__name__}). Check its address, user and SQL."
        ) from None
    if not parts:
        raise DataError("The query returned no rows; expected a table. Check its conditions.")
    return pa.concat_tables(parts, promote_options="permissive")


def _address(table: Table) -> Any:
    import sqlalchemy  # noqa: PLC0415

    try:
        address = sqlalchemy.make_url(str(table.url))
    except sqlalchemy.exc.ArgumentError:
        raise SettingsError(
            "table.url is not a SQLAlchemy address; expected DIALECT://USER@HOST/DATABASE. Change it in the pipeline YAML."
        ) from None
    if address.password:
        raise SettingsError(
            "table.url holds a password; expected none. Put it in an environment variable and name that: password_env: NAME"
        )
    return address.set(password=password(table.password_env)) if table.password_env else address


def _arrow(names: list[str], rows: list[Any]) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    return pa.table({name: pa.array(values) for name, values in zip(names, columns, strict=True)})
