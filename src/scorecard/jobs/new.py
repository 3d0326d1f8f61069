"""Draft a pipeline and a contract from a user's own table, ready to run, with every guess marked for review."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scorecard import contracts, settings
from scorecard.data import source
from scorecard.data.samples import count_rows
from scorecard.data.source import Relation, quoted, sql
from scorecard.errors import DataError, SettingsError
from scorecard.settings import NAME, Table, nearest

MISSING_TOKENS = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "?", ".", "-")
PROTECTED = ("age", "ages", "aged", "dob", "black", "white", "male", "female", "single", "race", "races")  # whole words
PROTECTED_BEGINNINGS = ("sex", "gender", "racial", "ethnic", "religio", "marital", "marriage", "married", "divorc", "widow", "nationalit",
                        "birth", "disab", "pregnan", "afam", "hispan")  # fmt: skip
PROTECTED_PARTS = ("性别", "年龄", "出生", "婚姻", "民族", "宗教", "国籍", "残疾")  # of names in Chinese, which has no spaces
IDENTIFYING = ("name", "email", "phone", "mobile", "address", "ssn", "passport", "iban")
IDENTIFYING_PARTS = ("姓名", "身份证", "电话", "手机", "邮箱", "地址", "护照")
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
KEY_NAME = re.compile(r"(?i:^(id|key|row|rownames|column0)$|[_\s.-](id|no|nr|key)$)|[a-z](Id|ID|Nr|No|Key)$")
BAD_WORDS = ("bad", "b", "default", "defaulted", "charged off", "bankrupt", "arrears", "delinquent", "fraud")
YES_WORDS = ("1", "1.0", "yes", "y", "true", "t")
MOST_LEVELS = 100
PLAIN_TYPES = ("VARCHAR", "UUID")
REVIEW = "guessed from the data: confirm or change"


@dataclass(frozen=True)
class Drafted:
    """The files written, relative to the project folder, and what to review in them."""

    pipeline: Path
    contract: Path
    review: list[str]


def new(name: str, table: str, target: str, root: Path) -> Drafted:
    """Draft `pipelines/NAME.yaml` and `schemas/NAME.yaml`.

    Raises
    ------
    SettingsError
        Where the name is no file name, a draft of this name exists, or the target is not a column.
    DataError
        Where the table cannot be read, or the target has not exactly two values.
    """
    if not NAME.fullmatch(name):
        raise SettingsError(f"The name {name!r} is no name of a pipeline; expected letters, digits, _, . and -. Choose another.")
    paths = Path("pipelines") / f"{name}.yaml", Path("schemas") / f"{name}.yaml"
    for path in paths:
        if (root / path).exists():
            raise SettingsError(f"{path} exists; expected a new name. Choose another, or delete that file.")
    where = Table.model_validate(_from_root(table, root))
    raw = source.held(source.open_table(where, root))
    tokens = _tokens(raw)
    opened = _without(raw, tokens)
    if target not in opened.columns:
        raise SettingsError(f"The table has no column {target!r} for --target. {nearest(target, list(opened.columns))}")
    contract = _contract(name, opened, target, where)
    rule, review = _target_rule(opened, target, contract["columns"][target]["dtype"])
    contract["columns"][target]["nullable"] = "excluded" in rule
    key = _key(opened, contract["columns"])
    if key:
        contract["columns"][key] = {"dtype": contract["columns"][key]["dtype"], "role": "key", "nullable": False}
        review.append(f"key: {key} is unique and looks like an identifier")
    else:
        review.append("key: none found; rows are split by a hash of their content")
    if tokens:
        contract["missing_values"] = tokens
        review.append(f"missing_values: {', '.join(map(repr, tokens))} are read as missing")
    review += [
        f"{column}: role {entry['role']}"
        for column, entry in contract["columns"].items()
        if entry["role"] in {"protected", "identifier", "excluded"}
    ]
    pipeline = _pipeline(name, where, rule, key)
    settings.parse(pipeline, paths[0])
    contracts.parse(contract, paths[1])
    _write(root / paths[1], contract, f"Data contract of {name}; what `review` marks was {REVIEW}.")
    _write(root / paths[0], pipeline, f"Pipeline of {name}; the target rule, the key and `about` want your eyes.")
    return Drafted(*paths, review)


def _from_root(table: str, root: Path) -> str:
    """Return the table as the pipeline names it: relative to the project folder where it lies inside."""
    if table.startswith("dataset:"):
        return table
    path, mark, rest = table.partition("#") if ".duckdb#" in table else (table, "", "")
    absolute = Path(path).expanduser().resolve()
    shown = absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(absolute)
    return f"{shown}{mark}{rest}"


def _contract(name: str, opened: Relation, target: str, table: Table) -> dict[str, Any]:
    if not count_rows(opened):
        raise DataError(f"{table} has no rows; expected a table with rows. Export it again.")
    columns: dict[str, Any] = {}
    for column, kind in zip(opened.columns, map(str, opened.types), strict=True):
        dtype = _dtype(opened, column, kind)
        columns[column] = {"dtype": dtype, "role": "target"} if column == target else _column(opened, column, dtype, kind)
    return {"name": name, "columns": columns}


def _texts(relation: Relation) -> list[str]:
    return [name for name, kind in zip(relation.columns, map(str, relation.types), strict=True) if kind == "VARCHAR"]


def _tokens(raw: Relation) -> list[str]:
    """Return the words for a missing value that occur in the table."""
    words = ", ".join(source.literal(token) for token in MISSING_TOKENS)
    found = (
        sql(raw, f"SELECT DISTINCT {quoted(name)} FROM r WHERE {quoted(name)} IN ({words})").fetchall() for name in _texts(raw)
    )
    return sorted({token for rows in found for (token,) in rows})


def _without(raw: Relation, tokens: list[str]) -> Relation:
    """Return the table in which those words are missing."""
    if not tokens:
        return raw
    words, texts = ", ".join(source.literal(token) for token in tokens), set(_texts(raw))
    parts = [
        f"CASE WHEN {quoted(name)} IN ({words}) THEN NULL ELSE {quoted(name)} END AS {quoted(name)}"
        if name in texts
        else quoted(name)
        for name in raw.columns
    ]
    return sql(raw, f"SELECT {', '.join(parts)} FROM r")


def _dtype(opened: Relation, column: str, stored: str) -> str:
    """Return what a column holds: its stored type, or for text what every value can be read as."""
    known = {"BOOLEAN": "boolean", "DATE": "date"}
    if stored in known or stored.startswith("TIMESTAMP"):
        return known.get(stored, "date")
    if stored in {"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT", "HUGEINT"}:
        return "integer"
    if stored in {"DOUBLE", "FLOAT"} or stored.startswith("DECIMAL"):
        return "number"
    if stored != "VARCHAR":
        return "text"
    return _dtype_of_text(opened, column)


def _dtype_of_text(opened: Relation, column: str) -> str:
    text = quoted(column)
    number = f"TRY_CAST({text} AS DOUBLE)"
    select = f"count({text}), count({number}), count(*) FILTER ({number} <> round({number})), count(TRY_CAST({text} AS DATE))"
    filled, numbers, broken, dates = source.first(opened.aggregate(select))
    if filled and numbers == filled:
        return "number" if broken else "integer"
    return "date" if filled and dates == filled else "text"


def _column(opened: Relation, column: str, dtype: str, stored: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"dtype": dtype, "role": "input"}
    if dtype == "text" and not stored.startswith((*PLAIN_TYPES, "ENUM")):
        return entry | {
            "role": "excluded",
            "reason": f"{stored} is no value that can be binned: derive one from it",
            "review": REVIEW,
        }
    words = [word.lower() for word in WORDS.findall(column)]
    if (
        set(words) & set(PROTECTED)
        or any(word.startswith(PROTECTED_BEGINNINGS) for word in words)
        or _holds(column, PROTECTED_PARTS)
    ):
        return entry | {"role": "protected", "review": "the name suggests a protected characteristic: confirm"}
    named = bool(set(words) & set(IDENTIFYING)) or _holds(column, IDENTIFYING_PARTS)
    if named or (KEY_NAME.search(column) and dtype in {"integer", "text"}):
        return entry | {"role": "identifier", "review": "the name suggests that it identifies a person or a row: confirm"}
    distinct, rows = source.first(opened.aggregate(f"count(DISTINCT {quoted(column)}), count(*)"))
    if dtype == "text" and distinct > max(MOST_LEVELS, 0.2 * rows):
        return entry | {"role": "excluded", "reason": f"free text or identifier: {distinct} different values", "review": REVIEW}
    return entry | {"review": "known before the decision? after it, it must be excluded"}


def _holds(column: str, parts: tuple[str, ...]) -> bool:
    return any(part in column for part in parts)


def _target_rule(opened: Relation, target: str, dtype: str) -> tuple[dict[str, Any], list[str]]:
    """Guess which of the target's two values is bad: the one with a bad word, else the rarer one."""
    column = quoted(target)
    value = column if dtype == "text" else f"TRY_CAST({column} AS {source.SQL_TYPE[dtype]})"
    found = sql(opened, f"SELECT {value}, count(*) FROM r WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2, 1").fetchall()
    if len(found) != 2:  # noqa: PLR2004  good and bad
        shown = ", ".join(repr(value) for value, _ in found[:5])
        raise DataError(
            f"The target {target} has {len(found)} values ({shown}); expected two. Choose another column, or write the rule by hand."
        )
    values = [value for value, _ in found]
    by_word = [value for value in values if str(value).lower() in BAD_WORDS]
    tied = [value for value in values if found[0][1] == found[1][1] and str(value).lower() in YES_WORDS]
    bad = by_word[0] if len(by_word) == 1 else (tied or values)[0]
    why = "by its name" if [bad] == by_word else "the rarer one"
    good = next(value for value in values if value != bad)
    missing = source.first(opened.filter(f"{column} IS NULL").aggregate("count(*)"))[0]
    rule: dict[str, Any] = {"column": target, "good": [good], "bad": [bad]}
    if missing:
        rule["excluded"] = [{"reason": "outcome missing", "missing": True}]
    count = dict(found)[bad]
    return rule, [f"target: {bad!r} is taken as bad ({count} rows, {why}), {good!r} as good; swap them where that is wrong"]


def _key(opened: Relation, columns: dict[str, Any]) -> str | None:
    """Return a column that is filled and unique and named like an identifier."""
    rows = source.first(opened.aggregate("count(*)"))[0]
    named = [column for column, entry in columns.items() if entry["role"] == "identifier" and KEY_NAME.search(column)]
    unique = (column for column in named if source.first(opened.aggregate(f"count(DISTINCT {quoted(column)})"))[0] == rows)
    return next(unique, None)


def _pipeline(name: str, table: Table, rule: dict[str, Any], key: str | None) -> dict[str, Any]:
    written = table.model_dump(exclude_none=True)
    content: dict[str, Any] = {
        "name": name,
        "table": str(table) if "url" not in written else written,
        "contract": f"schemas/{name}.yaml",
    }
    if key:
        content["key"] = key
    return content | {
        "target": rule,
        "split": {"test_share": 0.3},
        "parameters": {"seed": 1},
        "about": {"owner": None, "purpose": None},
    }


def _write(path: Path, content: dict[str, Any], comment: str) -> None:
    path.write_text(f"# {comment}\n" + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
