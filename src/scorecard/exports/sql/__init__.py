"""A scorecard as SQL: one SELECT, or a view, for every dialect from the same expression.

`dialects` what differs between them, `bins` which value earns what, `pds` what a score means, `query` the whole.

The table's columns are named as in the scorecard, capitals included. Numbers are read as doubles, so that tables of
NUMERIC or of single precision give what the scorecard gives for the same values; NaN is missing. Every sum is of whole
numbers. In Oracle an empty text is missing, because Oracle does not tell them apart; SQLite needs its mathematical functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import sqlglot
from sqlglot import exp

from scorecard.errors import SettingsError
from scorecard.exports.sql.dialects import KNOWN
from scorecard.exports.sql.query import Query
from scorecard.model import Scorecard
from scorecard.settings import nearest

DIALECTS = tuple(KNOWN)
OUTPUTS = ("score", "pd_raw", "pd_calibrated", "pd", "grade")


def select(card: Scorecard, dialect: str, table: str, keys: Sequence[str] = (), extra: Sequence[str] = ()) -> str:
    """Return a SELECT that scores every row of a table.

    Parameters
    ----------
    card : Scorecard
    dialect : str
        One of `DIALECTS`.
    table : str
        Its name as it is written in the dialect, such as ``risk.customers``.
    keys, extra : sequence of str
        Columns of the table that stand before the score, and after everything else.

    Returns
    -------
    str
        Its columns: keys, score, pd_raw, pd_calibrated, pd, grade, reason_1 and so on, extra.

    Raises
    ------
    SettingsError
        Where the dialect is not known, the table is no name, or a column would be there twice.
    """
    return _written(_query(card, dialect, table, tuple(keys), tuple(extra)), dialect)


def view(card: Scorecard, dialect: str, table: str, name: str, keys: Sequence[str] = ()) -> str:
    """Return the statement that creates a view which scores every row of a table, or replaces it where the dialect can.

    Parameters
    ----------
    card : Scorecard
    dialect, table, keys
        As in `select`.
    name : str
        Of the view, as it is written in the dialect.

    Raises
    ------
    SettingsError
        As in `select`.
    """
    scored = _query(card, dialect, table, tuple(keys), ())
    made = exp.Create(this=_table(name, dialect), kind="VIEW", replace=dialect != "sqlite", expression=scored)
    return _written(made, dialect)


def _query(card: Scorecard, dialect: str, table: str, keys: tuple[str, ...], extra: tuple[str, ...]) -> exp.Select:
    ranks = range(1, (card.reasons.most if card.reasons else 0) + 1)
    names = Counter(name.casefold() for name in (*keys, *OUTPUTS, *(f"reason_{rank}" for rank in ranks), *extra))
    if twice := [name for name, times in names.items() if times > 1]:
        raise SettingsError(
            f"The column {twice[0]} would be there twice; expected each once. Leave it out of the keys, or rename it."
        )
    if dialect not in KNOWN:
        raise SettingsError(f"{dialect} is not a dialect of the export. {nearest(dialect, list(DIALECTS))}")
    return Query(card, KNOWN[dialect], _table(table, dialect), keys, extra).select()


def _table(name: str, dialect: str) -> exp.Table:
    try:
        found = sqlglot.parse_one(name, dialect=dialect, into=exp.Table)
    except sqlglot.errors.SqlglotError:
        found = None
    if not isinstance(found, exp.Table) or not _is_name(found):
        raise SettingsError(
            f"{name!r} is not the name of a table in {dialect}; expected one such as risk.customers. Quote it as SQL does."
        )
    return found


def _is_name(table: exp.Table) -> bool:
    """Return whether nothing but names was written: no alias, no function, no join."""
    told = {key for key, value in table.args.items() if value}
    return told <= {"this", "db", "catalog"} and all(isinstance(part, exp.Identifier) for part in table.parts)


def _written(expression: exp.Expr, dialect: str) -> str:
    return expression.sql(dialect=dialect, pretty=True) + "\n"
