"""What the SQL dialects do not share: types, literals, NaN, text comparison, the greatest of several values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from sqlglot import exp

EXACT, EXACT_TENS = 2**53, 22  # whole numbers and powers of ten up to which every one is a double
LONGEST_POWER = 62  # of two, as a whole number of 64 bits
SHORT = 2**10  # fractions of so few binary digits are exact in any reader
ARGUMENTS = 50  # of one function; SQLite takes at most 100
DECIMAL_RANGE = (1e-120, 1e120)  # Oracle reads a plain literal as NUMBER, which ends soon after


@dataclass(frozen=True)
class Dialect:
    """A dialect and its ways.

    Attributes
    ----------
    name : str
        Of the dialect.
    double, text : str
        Types that inputs are read as.
    nan : str
        ``greatest``, NaN compares as above infinity or as nothing, so that infinity ends the last interval;
        ``test``, it is tested for, because comparing is not to be relied on: DuckDB decides comparisons, and ISNAN, by the
        statistics of a Parquet file, which leave NaN out; ``none``, the engine has no NaN.
    digits : bool
        Whether a boolean is stored as 0 or 1.
    collation : str
        Under which texts are equal only where every character is; empty where they always are.
    end : str
        Appended to texts where blanks at their end are ignored by comparisons.
    fence : str
        How a layer is computed once: some engines would write its expressions out wherever the next layer names them, and
        those of reasons, each of which names the one before many times, would grow without bound.
    """

    name: str
    double: str = "DOUBLE"
    text: str = "TEXT"
    nan: str = "greatest"
    digits: bool = False
    collation: str = ""
    end: str = ""
    fence: str = ""

    def number(self, value: float) -> exp.Expr:
        """Return a double that is read exactly: a literal with an exponent is never rounded as a decimal."""
        value = float(value)
        if value < 0:
            return exp.Neg(this=self.number(-value))
        if self.name == "sqlite" and (parts := quotients(value)):
            literals: list[exp.Expr] = [exp.Literal.number(f"{part}e0") for part in parts]
            return exp.Paren(this=reduce(lambda above, below: exp.Div(this=above, expression=below, typed=True), literals))
        if self.name == "oracle" and value and not DECIMAL_RANGE[0] < value < DECIMAL_RANGE[1]:
            return exp.func("TO_BINARY_DOUBLE", exp.Literal.string(repr(value)))
        written = repr(value).removesuffix(".0")
        return exp.Literal.number(written if "e" in written else f"{written}e0")

    def string(self, value: str) -> exp.Expr:
        """Return a text."""
        return exp.National(this=value) if self.name == "tsql" else exp.Literal.string(value)

    def level(self, value: str) -> exp.Expr:
        """Return a text to compare an input with."""
        return self.string(value + self.end)

    def cast(self, value: exp.Expr, kind: str) -> exp.Expr:
        """Return a value as a type that is written as this dialect writes it."""
        return exp.Cast(this=value, to=exp.DataType.build(kind, dialect=self.name))

    def as_double(self, value: exp.Expr) -> exp.Expr:
        """Return a value as a double; Oracle's DOUBLE PRECISION is a decimal."""
        return exp.func("TO_BINARY_DOUBLE", value) if self.name == "oracle" else self.cast(value, self.double)

    @property
    def infinity(self) -> exp.Expr:
        """The greatest double."""
        return self.as_double(exp.Literal.string("Infinity"))

    def is_nan(self, column: exp.Expr) -> exp.Expr | None:
        """Return the condition of NaN; None where comparing tells it."""
        if self.nan != "test":
            return None
        if self.name == "oracle":
            return exp.Is(this=column, expression=exp.Var(this="NAN"))
        ordinary = exp.Or(this=exp.func("ISFINITE", column), expression=exp.func("ISINF", column.copy()))
        return exp.Not(this=exp.Paren(this=ordinary))

    def as_text(self, column: exp.Expr, dtype: str) -> exp.Expr:
        """Return a column as the texts that levels are compared with."""
        found = self._text(column, dtype)
        if self.end:
            found = exp.Paren(this=exp.Add(this=found, expression=self.string(self.end)))
        return exp.Collate(this=found, expression=exp.Var(this=self.collation)) if self.collation else found

    def _text(self, column: exp.Expr, dtype: str) -> exp.Expr:
        if dtype == "integer":
            return self.cast(self.cast(column, "BIGINT"), self.text)
        if dtype == "date" and self.name != "sqlite":  # which stores the text itself
            return exp.TimeToStr(this=self.cast(column, "DATE"), format=exp.Literal.string("%Y-%m-%d"))
        found = self.cast(column, self.text)
        if dtype != "boolean" or not self.digits:
            return found
        told = [exp.If(this=self.string(digit), true=self.string(text)) for digit, text in (("1", "true"), ("0", "false"))]
        return exp.Case(this=found, ifs=told, default=found.copy())

    def inside_last(self, column: exp.Expr) -> exp.Expr:
        """Return the condition of a number that is below no edge: not missing, nor a NaN that has no test."""
        if self.nan == "greatest":
            return exp.LTE(this=column, expression=self.infinity)
        return exp.Not(this=exp.Is(this=column, expression=exp.Null()))

    @property
    def materialized(self) -> bool | None:
        """Whether the fence is a word of the common table expression."""
        return self.fence == "MATERIALIZED" or None

    def fenced(self, layer: exp.Select) -> exp.Select:
        """Return a layer that is computed once."""
        if self.fence == "OFFSET":
            return layer.offset(0, copy=False)
        return layer.hint(self.fence, dialect=self.name, copy=False) if self.fence == "NO_MERGE" else layer

    def greatest(self, values: Sequence[exp.Expr]) -> exp.Expr:
        """Return the greatest of values none of which is missing."""
        if len(values) > ARGUMENTS:
            parts = [values[start : start + ARGUMENTS] for start in range(0, len(values), ARGUMENTS)]
            return self.greatest([self.greatest(part) for part in parts])
        if len(values) == 1:
            return values[0]
        if self.name == "tsql":  # GREATEST is known since 2022 only
            rows = exp.values([(value,) for value in values], alias="listed", columns=["value"])
            return exp.select(exp.Max(this=exp.column("value"))).from_(rows).subquery()
        return exp.Greatest(this=values[0], expressions=list(values[1:]), ignore_nulls=self.name == "duckdb")


KNOWN = {
    each.name: each
    for each in (
        Dialect("duckdb", nan="test"),
        Dialect("postgres", collation='"C"', fence="OFFSET"),
        Dialect("spark"),
        Dialect("sqlite", double="REAL", nan="none", digits=True, collation="BINARY", fence="MATERIALIZED"),
        Dialect("tsql", double="FLOAT", text="NVARCHAR(4000)", nan="none", digits=True, collation="Latin1_General_BIN2", end="|"),
        Dialect("oracle", text="VARCHAR2(4000)", nan="test", digits=True, fence="NO_MERGE"),
        Dialect("snowflake", text="VARCHAR"),
        Dialect("bigquery", double="FLOAT64", text="STRING"),
    )
}


def quotients(value: float) -> list[int]:
    """Return whole numbers which, divided one by the next, give a value above 0 to the last digit; none where its literal does.

    SQLite before 3.43 reads one in some thousand literals, such as 199.0507396, as the double beside the nearest one. A
    division of doubles is rounded rightly everywhere (IEEE 754), and a division by a power of two loses nothing.

    Examples
    --------
    >>> quotients(199.0507396), quotients(33.5), quotients(0.1 + 0.2)
    ([1990507396, 10000000], [], [1351079888211149, 4503599627370496])
    """
    if (value * SHORT).is_integer():
        return []
    _, digits, exponent = Decimal(repr(value)).as_tuple()
    above = int("".join(map(str, digits)))
    if above < EXACT and -EXACT_TENS <= int(exponent) < 0:
        return [above, 10 ** -int(exponent)]
    above, below = value.as_integer_ratio()
    powers = below.bit_length() - 1
    return [above, *[2**LONGEST_POWER] * (powers // LONGEST_POWER), 2 ** (powers % LONGEST_POWER)]


def comment(text: str) -> str:
    r"""Return text that neither ends a comment nor opens another.

    Examples
    --------
    >>> comment("income */ DROP\n")
    'income * / DROP'
    """
    plain = re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text)
    return re.sub(r"(?<=\*)(?=/)|(?<=/)(?=\*)", " ", plain).strip()
