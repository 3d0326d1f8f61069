"""Commands that use a model: score, explain, watch, export, compare, and prove its exports."""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import Annotated

import typer

from scorecard.cli.asking import BAD_INPUT, AsJson, ModelRef, Ref, app, err, out, print_json, resolve, table_of
from scorecard.errors import ScorecardError

PANEL = "Use a model"

MONITOR_CODES = {"green": 0, "not due": 0, "amber": 10, "red": 20, "insufficient data": 30, "not computable": 30}
MONITOR_FAILED = 40


@app.command(rich_help_panel=PANEL)
def score(
    model: ModelRef,
    table: Annotated[str, typer.Option(help="Table to score: a path, FILE.duckdb#TABLE or dataset:NAME.")],
    to: Annotated[Path, typer.Option("--out", help="Parquet file to write, or CSV where its name ends in .csv.")],
    key: Annotated[
        list[str] | None, typer.Option(help="Column to keep before the score; those of the pipeline by default; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score every row of a table, in order. Example: scorecard score --model taiwan@candidate --table dataset:taiwan --out scored.parquet."""
    from scorecard.jobs import score as job  # noqa: PLC0415
    from scorecard.model import Scorecard  # noqa: PLC0415

    version = resolve(model)
    report = job.score(Scorecard.load(version.path), version, table_of(table), Path.cwd(), to, tuple(key or ()))
    if as_json:
        print_json({"rows": report.rows, "unseen": report.unseen, "out": str(to)})
        return
    out.print(f"{report.rows:,} rows scored by {version.name}/{version.version} into {to}.")
    if not report.keys:
        out.print("No key stands before the scores, which are in the order of the table. Name one: --key COLUMN.")
    for name, count in report.unseen.items():
        out.print(f"{count:,} rows hold a {name} that development did not have; they took its unseen bin.")


@app.command(rich_help_panel=PANEL)
def export(
    model: Ref,
    to: Annotated[str, typer.Option(help="sql, pmml, excel, python or json.")],
    dialect: Annotated[
        str, typer.Option(help="Of SQL: duckdb, postgres, spark, sqlite, tsql, oracle, snowflake or bigquery.")
    ] = "duckdb",
    table: Annotated[str, typer.Option(help="Of SQL: the table it reads.")] = "customers",
    key: Annotated[list[str] | None, typer.Option(help="Of SQL: a column to keep beside the score; may be repeated.")] = None,
    view: Annotated[str, typer.Option(help="Of SQL: create a view of this name.")] = "",
    file: Annotated[Path | None, typer.Option("--out", help="File to write; NAME-VERSION by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a scorecard for another engine. Example: scorecard export taiwan@candidate --to sql --dialect postgres."""
    from scorecard.jobs import exporting as job  # noqa: PLC0415

    written = job.export(resolve(model), job.Asked(to, dialect, table, tuple(key or ()), view), file)
    if as_json:
        print_json({"out": str(written)})
        return
    out.print(f"Written: {written}")


@app.command(rich_help_panel=PANEL)
def certify(
    model: Ref,
    engine: Annotated[
        list[str] | None,
        typer.Option(help="python, duckdb, sqlite, postgres, spark, pmml or excel; may be repeated. All by default."),
    ] = None,
    file: Annotated[Path | None, typer.Option("--out", help="JSON file for the certificate.")] = None,
    as_json: AsJson = False,
) -> None:
    """Execute a scorecard's exports and compare them with it. Exit code 1 where one differs."""
    from scorecard.jobs import certify as job  # noqa: PLC0415

    found = job.certify(resolve(model), tuple(engine or ()), file)
    if as_json:
        print_json(found.to_dict())
    else:
        out.print(found.table().drop(columns="note").to_string(index=False, na_rep="-"))
        for note in sorted({proof.note for proof in found.proofs if proof.note}):
            out.print(f"- {note}")
    raise typer.Exit(0 if found.clean else BAD_INPUT)


@app.command(rich_help_panel=PANEL)
def diff(
    before: Ref,
    after: Ref,
    table: Annotated[str | None, typer.Option(help="Table to score by both: a path, FILE.duckdb#TABLE or dataset:NAME.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two scorecards. Example: scorecard diff taiwan/1 taiwan@candidate --table dataset:taiwan."""
    from scorecard.jobs import difference as job  # noqa: PLC0415
    from scorecard.model import Scorecard  # noqa: PLC0415

    first, second = (Scorecard.load(resolve(each).path) for each in (before, after))
    found = job.difference(first, second, table_of(table) if table else None)
    tables = job.tables(found)
    if as_json:
        print_json({name: json.loads(each.to_json(orient="records")) for name, each in tables.items()} | {"same": found.same})
        return
    for name, each in tables.items():
        out.print(f"{name}\n{each.to_string(index=False, na_rep='-')}\n")
    out.print(job.in_words(found))


@app.command(rich_help_panel=PANEL)
def explain(
    model: Ref,
    applicant: Annotated[Path, typer.Option(help="JSON file with one applicant: an object of column and value.")],
    notice: Annotated[bool, typer.Option("--notice", help="Write the letter to a declined applicant instead.")] = False,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Say what one applicant scores, where points were lost, and what would reach the cut-off."""
    from scorecard.jobs import reasons as job  # noqa: PLC0415

    found = job.notice(resolve(model), applicant, language) if notice else job.explained(resolve(model), applicant, language)
    if as_json:
        print_json(found)
    else:
        out.print(job.letter(found) if notice else job.in_words(found))


@app.command(rich_help_panel=PANEL)
def monitor(
    model: ModelRef,
    table: Annotated[str, typer.Option(help="The new batch: a path, FILE.duckdb#TABLE or dataset:NAME.")],
    to: Annotated[Path | None, typer.Option("--out", help="Folder for monitoring.html and monitoring.json.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a batch with development. Exit code 0 green, 10 amber, 20 red, 30 cannot tell, 40 the check failed."""
    from scorecard.jobs import watch as job  # noqa: PLC0415

    try:
        found = job.watch(resolve(model), table_of(table), Path.cwd(), to)
    except (ScorecardError, OSError) as error:
        err.print(f"{type(error).__name__}: {error}")
        raise typer.Exit(MONITOR_FAILED) from None
    except Exception:  # a scheduler must not take a fault of ours for a verdict
        traceback.print_exc()
        raise typer.Exit(MONITOR_FAILED) from None
    if as_json:
        print_json(found)
    else:
        out.print(job.in_words(found))
    raise typer.Exit(MONITOR_CODES[found["verdict"]])
