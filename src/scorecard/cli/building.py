"""Commands that make models: run and validate a pipeline, draft one, lay out a project, join and import scorecards."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from scorecard.cli.asking import (
    LONGEST,
    AsJson,
    Parameters,
    Ref,
    absolute,
    app,
    out,
    pairs,
    print_json,
    resolve,
    root,
    table_of,
    without_grammars,
)
from scorecard.errors import SettingsError

PANEL = "Make models"

LEFT = {  # what a run leaves for people: the step and its file
    "model_card": ("06_documents", "model_card.html"),
    "comparison": ("04_challengers", "comparison.html"),
    "validation_report": ("05_validation", "validation_report.html"),
    "monitoring_report": ("07_monitoring", "monitoring.html"),
    "drift_report": ("07_monitoring", "evidently.html"),
}


@app.command(rich_help_panel=PANEL)
def run(
    pipeline: Annotated[Path, typer.Argument(help="Pipeline YAML.")],
    parameter: Parameters = None,
    start_from: Annotated[
        str | None, typer.Option("--from", help="First notebook to run; earlier ones are taken from the run that is resumed.")
    ] = None,
    run_id: Annotated[str | None, typer.Option("--run", help="The run to resume with --from; the newest by default.")] = None,
    timeout: Annotated[int, typer.Option(min=1, max=LONGEST, help="Seconds that one notebook may take.")] = 3600,
    as_json: AsJson = False,
) -> None:
    """Run every notebook of a pipeline, in order, and stop at the first failure. Example: scorecard run pipelines/taiwan.yaml."""
    without_grammars()
    from scorecard.jobs import run as job  # noqa: PLC0415  seconds that the other commands do not need

    if run_id and not start_from:
        raise SettingsError(
            "--run names a run to resume, but --from is missing; expected the first notebook. Add --from 04_challengers."
        )
    options = job.Options(start_from, run_id, timeout, sys.stderr.isatty() and not as_json)
    done = job.run(pipeline, pairs(parameter or []), options, lambda line: None if as_json else out.print(line))
    paths = {name: done.steps.get(step, Path()) / file for name, (step, file) in LEFT.items()}
    left = {name: str(path) for name, path in paths.items() if path.is_file()}
    if as_json:
        print_json({"run": done.run_id, "status": "FINISHED", **left})
        return
    out.print(f"\nRun {done.run_id[:8]} is finished. Look at")
    for name, path in left.items():
        out.print(f"  {name.replace('_', ' '):<18} {path}")
    out.print("  runs and models    make mlflow  (or: scorecard mlflow)")
    out.print("  notebooks          make lab     (or: scorecard lab)")


@app.command(rich_help_panel=PANEL)
def validate(
    model: Ref,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", help="name=value of notebook 05; may be repeated.")
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(help="Another sample, or where the recorded table lies now: a path, FILE.duckdb#TABLE or dataset:NAME."),
    ] = None,
    thresholds: Annotated[Path | None, typer.Option(help="YAML of limits, each {value, by, reason}.")] = None,
    pipeline: Annotated[Path | None, typer.Option(help="Pipeline YAML whose rows an imported model is judged on.")] = None,
    timeout: Annotated[int, typer.Option(min=1, max=LONGEST, help="Seconds that the notebook may take.")] = 3600,
    as_json: AsJson = False,
) -> None:
    """Validate a registered model by itself: replication, tests, a proposed opinion, and the report. Example: scorecard validate taiwan@candidate."""
    from scorecard.jobs import validate as job  # noqa: PLC0415

    given = pairs(parameter or []) | {
        name: str(value)
        for name, value in (("table", absolute(table)), ("thresholds", thresholds and thresholds.resolve()))
        if value
    }
    options = job.Options(pipeline, timeout, sys.stderr.isatty() and not as_json)
    done = job.validate(resolve(model), given, root(), options)
    if as_json:
        print_json(done.to_dict())
        return
    out.print(job.in_words(done))


@app.command(rich_help_panel=PANEL)
def new(
    name: Annotated[str, typer.Argument(help="Name of the pipeline and of the model in the registry.")],
    table: Annotated[str, typer.Option(help="Your table: a path, FILE.duckdb#TABLE or dataset:NAME.")],
    target: Annotated[str, typer.Option(help="The column with the outcome.")],
    as_json: AsJson = False,
) -> None:
    """Draft a pipeline and a contract from your table, ready to run; guesses are marked for review."""
    from scorecard.jobs import new as job  # noqa: PLC0415

    drafted = job.new(name, table, target, root())
    if as_json:
        print_json({"pipeline": str(drafted.pipeline), "contract": str(drafted.contract), "review": drafted.review})
        return
    out.print(f"Drafted {drafted.pipeline} and {drafted.contract}. Review:")
    for line in drafted.review:
        out.print(f"  - {line}")
    out.print(f"Then: scorecard run {drafted.pipeline}")


@app.command(rich_help_panel=PANEL)
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to lay the project out in.")] = Path(), as_json: AsJson = False
) -> None:
    """Lay out a project: notebooks, pipelines, schemas, mlruns. Files that are there stay as they are."""
    from scorecard.jobs import init as job  # noqa: PLC0415

    made = job.init(folder)
    if as_json:
        print_json({"folder": str(folder.resolve()), "made": [path.relative_to(folder).as_posix() for path in made]})
        return
    there = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    out.print(f"{len(made)} files laid out in {folder.resolve()}. Then: {there}scorecard run pipelines/taiwan.yaml")


@app.command(rich_help_panel=PANEL)
def suite(
    file: Annotated[Path, typer.Argument(help="YAML of the suite: name, column, segments and their scorecards, pipeline, seed.")],
    as_json: AsJson = False,
) -> None:
    """Join registered scorecards behind a segment rule, on one scale, and register them as one candidate."""
    from scorecard.jobs import suite as job  # noqa: PLC0415

    done = job.make(file, root())
    if as_json:
        print_json(
            {"model": done.reference, "sha256": done.card.sha256, "segments": json.loads(done.segments.to_json(orient="records"))}
        )
        return
    out.print(done.segments.to_string(index=False))
    out.print(f"{done.reference} is registered, alias candidate.")


@app.command(name="import", rich_help_panel=PANEL)
def bring(
    file: Annotated[Path, typer.Argument(help="Points table (CSV, Excel) or PMML Scorecard.")],
    name: Annotated[str, typer.Option(help="Name in the registry.")],
    scored: Annotated[
        str | None, typer.Option(help="Rows with the scores it gave: a path, FILE.duckdb#TABLE or dataset:NAME.")
    ] = None,
    score_column: Annotated[str, typer.Option(help="Their scores.")] = "score",
    bad_column: Annotated[str | None, typer.Option(help="Their outcome, 1 bad; finds the odds where --pdo is not given.")] = None,
    pdo: Annotated[float | None, typer.Option(help="Points that double the good:bad odds.")] = None,
    base_score: Annotated[float, typer.Option(help="Points at the base odds, with --pdo.")] = 600.0,
    base_odds: Annotated[float, typer.Option(help="Goods per bad at the base score, with --pdo.")] = 50.0,
    missing: Annotated[str, typer.Option(help="Points of missing values without a row: worst, neutral or a number.")] = "",
    unseen: Annotated[str, typer.Option(help="Points of levels without a row: worst, neutral or a number.")] = "",
    special: Annotated[
        list[str] | None, typer.Option(help="COLUMN:ROW=CODE, what a row such as Special stands for; may be repeated.")
    ] = None,
    dtype: Annotated[
        list[str] | None, typer.Option(help="COLUMN=integer, number, text, boolean or date; may be repeated.")
    ] = None,
    tolerance: Annotated[float, typer.Option(min=0, help="Points that a score may differ.")] = 0.0,
    unproven: Annotated[bool, typer.Option("--unproven", help="Import without scored rows; the scorecard then says so.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take over the present scorecard as NAME@incumbent, proven on scored rows. Runs whose pipeline names it compare with it."""
    from scorecard.jobs import importing as job  # noqa: PLC0415

    given = job.given(missing, unseen, special or [], pairs(dtype or []))
    scaling = job.scaling(pdo, base_score, base_odds)
    rows = table_of(scored) if scored else None
    asked = job.Asked(name, file, given, scaling, rows, score_column, bad_column, tolerance, unproven)
    done = job.bring(asked, root())
    if as_json:
        print_json({"model": done.reference, "sha256": done.card.sha256, "notes": list(done.notes)})
        return
    out.print(f"{done.reference} is registered, alias incumbent: {len(done.card.terms)} characteristics.")
    for note in done.notes:
        out.print(f"- {note}")
