"""What all commands share: the application, their options, what they print to, and how words become tables and models."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from scorecard.errors import SettingsError

BAD_INPUT = 1
LONGEST = 31_536_000  # seconds of a year

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
out, err = (Console(stderr=to_err, highlight=False, soft_wrap=True, markup=False, emoji=False) for to_err in (False, True))

Parameters = Annotated[
    list[str] | None, typer.Option("-p", "--parameter", help="name=value, replaces the YAML's; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
ModelRef = Annotated[str, typer.Option("--model", help="NAME@alias, NAME/version or a path to scorecard.json.")]
Ref = Annotated[str, typer.Argument(metavar="MODEL", help="NAME@alias, NAME/version or a path to scorecard.json.")]


def without_grammars() -> None:
    """Keep Jupyter's schemas from compiling grammars for addresses that no notebook holds, for 2.5 seconds."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def pairs(texts: list[str]) -> dict[str, str]:
    """Return the name and value of each ``name=value``."""
    found = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name:
            raise SettingsError(f"-p {text!r} is not name=value. Write it as -p max_bins=6.")
        found[name.strip()] = value
    return found


def root() -> Path:
    """Return the folder of the project that the command is called in."""
    from scorecard import settings  # noqa: PLC0415

    return settings.find_root()


def resolve(reference: str) -> Any:
    """Return the model that a reference names, of the registry or of a file."""
    from scorecard import settings  # noqa: PLC0415

    if reference.endswith(".json"):
        from scorecard.tracking.registry import Version  # noqa: PLC0415

        path = Path(reference)
        return Version(path.stem, "file", path)
    from scorecard.tracking import open_store, registry  # noqa: PLC0415

    return registry.resolve(open_store(settings.find_root()), reference)


def table_of(text: str) -> Any:
    """Return the table that an option names."""
    from pydantic import ValidationError  # noqa: PLC0415

    from scorecard.settings import Table  # noqa: PLC0415

    try:
        return Table.model_validate(text)
    except ValidationError as error:
        raise SettingsError(f"--table {text!r} is not a table; expected a path, FILE.duckdb#TABLE or dataset:NAME.") from error


def absolute(table: str | None) -> str | None:
    """Return a table as a command names it, from its own folder, so that a notebook in another one finds it."""
    if table is None or table_of(table).path is None:
        return table
    return str(Path(table).absolute())


def print_json(content: Any) -> None:
    """Print one JSON object."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")
