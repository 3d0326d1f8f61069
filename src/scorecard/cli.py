"""The command line: parse, call one job, print one message, exit with a code."""

from __future__ import annotations

import atexit
import json
import logging
import os
import shlex
import signal
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

import scorecard
from scorecard.errors import ScorecardError, SettingsError

BAD_INPUT, INTERRUPTED = 1, 130
MONITOR_CODES = {"green": 0, "not due": 0, "amber": 10, "red": 20, "insufficient data": 30, "not computable": 30}
MONITOR_FAILED = 40
RERUN_CODES = {"REPRODUCED": 0, "EXPLAINED": 10, "DIFFERENT": 20, "NOT COMPARABLE": 30}
LONGEST = 31_536_000  # seconds of a year
LEFT = {  # what a run leaves for people: the step and its file
    "model_card": ("06_documents", "model_card.html"),
    "comparison": ("04_challengers", "comparison.html"),
    "validation_report": ("05_validation", "validation_report.html"),
    "monitoring_report": ("07_monitoring", "monitoring.html"),
    "drift_report": ("07_monitoring", "evidently.html"),
}

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
out, err = (Console(stderr=to_err, highlight=False, soft_wrap=True, markup=False, emoji=False) for to_err in (False, True))

Parameters = Annotated[
    list[str] | None, typer.Option("-p", "--parameter", help="name=value, replaces the YAML's; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
ModelRef = Annotated[str, typer.Option("--model", help="NAME@alias, NAME/version or a path to scorecard.json.")]
Ref = Annotated[str, typer.Argument(metavar="MODEL", help="NAME@alias, NAME/version or a path to scorecard.json.")]


def _version(asked: bool) -> None:
    if asked:
        out.print(f"scorecard {scorecard.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Develop, challenge, validate and watch credit scorecards, with evidence that can be rerun."""


@app.command()
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
    _without_grammars()
    from scorecard.jobs import run as job  # noqa: PLC0415  seconds that the other commands do not need

    if run_id and not start_from:
        raise SettingsError(
            "--run names a run to resume, but --from is missing; expected the first notebook. Add --from 04_challengers."
        )
    options = job.Options(start_from, run_id, timeout, sys.stderr.isatty() and not as_json)
    done = job.run(pipeline, _pairs(parameter or []), options, lambda line: None if as_json else out.print(line))
    paths = {name: done.steps.get(step, Path()) / file for name, (step, file) in LEFT.items()}
    left = {name: str(path) for name, path in paths.items() if path.is_file()}
    if as_json:
        _print_json({"run": done.run_id, "status": "FINISHED", **left})
        return
    out.print(f"\nRun {done.run_id[:8]} is finished. Look at")
    for name, path in left.items():
        out.print(f"  {name.replace('_', ' '):<18} {path}")
    out.print("  runs and models    make mlflow  (or: scorecard mlflow)")
    out.print("  notebooks          make lab     (or: scorecard lab)")


@app.command()
def rerun(
    run: Annotated[str, typer.Argument(metavar="RUN|BUNDLE", help="A run, or the beginning of its id; or a bundle.")],
    parameter: Parameters = None,
    table: Annotated[str | None, typer.Option(help="Read this table instead: a path, FILE.duckdb#TABLE or dataset:NAME.")] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Folder for the certificate: JSON, HTML and every difference.")] = None,
    present_code: Annotated[
        bool, typer.Option("--present-code", help="Use the library that is installed, though the run had another.")
    ] = False,
    timeout: Annotated[int, typer.Option(min=1, max=LONGEST, help="Seconds that one notebook may take.")] = 3600,
    as_json: AsJson = False,
) -> None:
    """Repeat a run, alone or with what you change, and certify what comes of it. Example: scorecard rerun 3f2a91c0 -p seed=2. Exit code 0 reproduced, 10 explained, 20 different, 30 not comparable."""
    _without_grammars()
    from scorecard.jobs import certificates  # noqa: PLC0415
    from scorecard.jobs import rerun as job  # noqa: PLC0415
    from scorecard.jobs.isolation import Asked  # noqa: PLC0415

    asked = Asked(run, _pairs(parameter or []), _table(table) if table else None, to, present_code, timeout)
    done = job.rerun(asked, Path.cwd(), lambda line: None if as_json else out.print(line))
    if as_json:
        _print_json(done.certificate.to_dict() | {"page": str(done.page) if done.page else None})
    else:
        out.print(certificates.in_words(done.certificate) + (f"\ncertificate: {done.page}" if done.page else ""))
    raise typer.Exit(RERUN_CODES[done.certificate.outcome])


@app.command()
def bundle(
    run: Annotated[str, typer.Argument(help="A finished run, or the beginning of its id.")],
    file: Annotated[Path | None, typer.Option("--out", help="Zip to write; NAME-RUN.zip by default.")] = None,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Pack the tables too; else their address and fingerprint.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Pack a run for a validator on another machine, who repeats it by `scorecard rerun`. Example: scorecard bundle 3f2a91c0 --with-data."""
    _without_grammars()
    from scorecard.jobs import bundle as job  # noqa: PLC0415

    written, sha256 = job.write(run, _root(), file, with_data)
    if as_json:
        _print_json({"out": str(written), "sha256": sha256})
        return
    out.print(f"Written: {written}\nSHA-256: {sha256}")


@app.command()
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

    version = _resolve(model)
    report = job.score(Scorecard.load(version.path), version, _table(table), Path.cwd(), to, tuple(key or ()))
    if as_json:
        _print_json({"rows": report.rows, "unseen": report.unseen, "out": str(to)})
        return
    out.print(f"{report.rows:,} rows scored by {version.name}/{version.version} into {to}.")
    if not report.keys:
        out.print("No key stands before the scores, which are in the order of the table. Name one: --key COLUMN.")
    for name, count in report.unseen.items():
        out.print(f"{count:,} rows hold a {name} that development did not have; they took its unseen bin.")


@app.command()
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

    written = job.export(_resolve(model), job.Asked(to, dialect, table, tuple(key or ()), view), file)
    if as_json:
        _print_json({"out": str(written)})
        return
    out.print(f"Written: {written}")


@app.command(name="import")
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

    given = job.given(missing, unseen, special or [], _pairs(dtype or []))
    scaling = job.scaling(pdo, base_score, base_odds)
    rows = _table(scored) if scored else None
    asked = job.Asked(name, file, given, scaling, rows, score_column, bad_column, tolerance, unproven)
    done = job.bring(asked, _root())
    if as_json:
        _print_json({"model": done.reference, "sha256": done.card.sha256, "notes": list(done.notes)})
        return
    out.print(f"{done.reference} is registered, alias incumbent: {len(done.card.terms)} characteristics.")
    for note in done.notes:
        out.print(f"- {note}")


@app.command()
def suite(
    file: Annotated[Path, typer.Argument(help="YAML of the suite: name, column, segments and their scorecards, pipeline, seed.")],
    as_json: AsJson = False,
) -> None:
    """Join registered scorecards behind a segment rule, on one scale, and register them as one candidate."""
    from scorecard.jobs import suite as job  # noqa: PLC0415

    done = job.make(file, _root())
    if as_json:
        _print_json(
            {"model": done.reference, "sha256": done.card.sha256, "segments": json.loads(done.segments.to_json(orient="records"))}
        )
        return
    out.print(done.segments.to_string(index=False))
    out.print(f"{done.reference} is registered, alias candidate.")


@app.command()
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

    found = job.certify(_resolve(model), tuple(engine or ()), file)
    if as_json:
        _print_json(found.to_dict())
    else:
        out.print(found.table().drop(columns="note").to_string(index=False, na_rep="-"))
        for note in sorted({proof.note for proof in found.proofs if proof.note}):
            out.print(f"- {note}")
    raise typer.Exit(0 if found.clean else BAD_INPUT)


@app.command()
def diff(
    before: Ref,
    after: Ref,
    table: Annotated[str | None, typer.Option(help="Table to score by both: a path, FILE.duckdb#TABLE or dataset:NAME.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two scorecards. Example: scorecard diff taiwan/1 taiwan@candidate --table dataset:taiwan."""
    from scorecard.jobs import difference as job  # noqa: PLC0415
    from scorecard.model import Scorecard  # noqa: PLC0415

    first, second = (Scorecard.load(_resolve(each).path) for each in (before, after))
    found = job.difference(first, second, _table(table) if table else None)
    tables = job.tables(found)
    if as_json:
        _print_json({name: json.loads(each.to_json(orient="records")) for name, each in tables.items()} | {"same": found.same})
        return
    for name, each in tables.items():
        out.print(f"{name}\n{each.to_string(index=False, na_rep='-')}\n")
    out.print(job.in_words(found))


@app.command()
def explain(
    model: Ref,
    applicant: Annotated[Path, typer.Option(help="JSON file with one applicant: an object of column and value.")],
    notice: Annotated[bool, typer.Option("--notice", help="Write the letter to a declined applicant instead.")] = False,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Say what one applicant scores, where points were lost, and what would reach the cut-off."""
    from scorecard.jobs import reasons as job  # noqa: PLC0415

    found = job.notice(_resolve(model), applicant, language) if notice else job.explained(_resolve(model), applicant, language)
    if as_json:
        _print_json(found)
    else:
        out.print(job.letter(found) if notice else job.in_words(found))


@app.command()
def monitor(
    model: ModelRef,
    table: Annotated[str, typer.Option(help="The new batch: a path, FILE.duckdb#TABLE or dataset:NAME.")],
    to: Annotated[Path | None, typer.Option("--out", help="Folder for monitoring.html and monitoring.json.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a batch with development. Exit code 0 green, 10 amber, 20 red, 30 cannot tell, 40 the check failed."""
    from scorecard.jobs import watch as job  # noqa: PLC0415

    try:
        found = job.watch(_resolve(model), _table(table), Path.cwd(), to)
    except (ScorecardError, OSError) as error:
        _fail(error, MONITOR_FAILED)
    except Exception:  # a scheduler must not take a fault of ours for a verdict
        traceback.print_exc()
        raise typer.Exit(MONITOR_FAILED) from None
    if as_json:
        _print_json(found)
    else:
        out.print(job.in_words(found))
    raise typer.Exit(MONITOR_CODES[found["verdict"]])


@app.command()
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

    given = _pairs(parameter or []) | {
        name: str(value)
        for name, value in (("table", _absolute(table)), ("thresholds", thresholds and thresholds.resolve()))
        if value
    }
    options = job.Options(pipeline, timeout, sys.stderr.isatty() and not as_json)
    done = job.validate(_resolve(model), given, _root(), options)
    if as_json:
        _print_json(done.to_dict())
        return
    out.print(job.in_words(done))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the pipeline and of the model in the registry.")],
    table: Annotated[str, typer.Option(help="Your table: a path, FILE.duckdb#TABLE or dataset:NAME.")],
    target: Annotated[str, typer.Option(help="The column with the outcome.")],
    as_json: AsJson = False,
) -> None:
    """Draft a pipeline and a contract from your table, ready to run; guesses are marked for review."""
    from scorecard.jobs import new as job  # noqa: PLC0415

    drafted = job.new(name, table, target, _root())
    if as_json:
        _print_json({"pipeline": str(drafted.pipeline), "contract": str(drafted.contract), "review": drafted.review})
        return
    out.print(f"Drafted {drafted.pipeline} and {drafted.contract}. Review:")
    for line in drafted.review:
        out.print(f"  - {line}")
    out.print(f"Then: scorecard run {drafted.pipeline}")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to lay the project out in.")] = Path(), as_json: AsJson = False
) -> None:
    """Lay out a project: notebooks, pipelines, schemas, mlruns. Files that are there stay as they are."""
    from scorecard.jobs import init as job  # noqa: PLC0415

    made = job.init(folder)
    if as_json:
        _print_json({"folder": str(folder.resolve()), "made": [path.relative_to(folder).as_posix() for path in made]})
        return
    there = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    out.print(f"{len(made)} files laid out in {folder.resolve()}. Then: {there}scorecard run pipelines/taiwan.yaml")


@app.command()
def lab(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8888, browser: bool = True) -> None:
    """Open JupyterLab at the notebooks, with this kernel, on 127.0.0.1."""
    from scorecard.jobs import serve  # noqa: PLC0415

    raise typer.Exit(serve.lab(_root(), port, browser))


@app.command()
def mlflow(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 5000) -> None:
    """Open the MLflow UI on the project's runs and models, on 127.0.0.1."""
    from scorecard.jobs import serve  # noqa: PLC0415

    raise typer.Exit(serve.mlflow(_root(), port))


def _without_grammars() -> None:
    """Keep Jupyter's schemas from compiling grammars for addresses that no notebook holds, for 2.5 seconds."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def _pairs(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name:
            raise SettingsError(f"-p {text!r} is not name=value. Write it as -p max_bins=6.")
        found[name.strip()] = value
    return found


def _root() -> Path:
    from scorecard import settings  # noqa: PLC0415

    return settings.find_root()


def _resolve(reference: str) -> Any:
    from scorecard import settings  # noqa: PLC0415

    if reference.endswith(".json"):
        from scorecard.tracking.registry import Version  # noqa: PLC0415

        path = Path(reference)
        return Version(path.stem, "file", path)
    from scorecard.tracking import open_store, registry  # noqa: PLC0415

    return registry.resolve(open_store(settings.find_root()), reference)


def _table(text: str) -> Any:
    from pydantic import ValidationError  # noqa: PLC0415

    from scorecard.settings import Table  # noqa: PLC0415

    try:
        return Table.model_validate(text)
    except ValidationError as error:
        raise SettingsError(f"--table {text!r} is not a table; expected a path, FILE.duckdb#TABLE or dataset:NAME.") from error


def _absolute(table: str | None) -> str | None:
    """Return a table as a command names it, from its own folder, so that a notebook in another one finds it."""
    if table is None or _table(table).path is None:
        return table
    return str(Path(table).absolute())


def _print_json(content: Any) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")


def _fail(error: BaseException, code: int) -> NoReturn:
    err.print(f"{type(error).__name__}: {error}")
    raise typer.Exit(code)


def _killed(signum: int, frame: Any) -> None:
    raise KeyboardInterrupt


def main() -> NoReturn:
    """Run the command line; every expected error is one message and an exit code, never a traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.raiseExceptions = False  # a full disk is told once, not by every line of the log
    logging.getLogger("scorecard").propagate = False
    signal.signal(signal.SIGTERM, _killed)
    code = 0
    try:
        app()
    except ScorecardError as error:
        err.print(f"{type(error).__name__}: {error}")
        code = BAD_INPUT
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            err.print("Stopped.")
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process, what it has to say and to remove being done: taking apart all that was imported takes another second."""
    atexit._run_exitfuncs()
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # nobody reads on, or the disk is full
            code = code or BAD_INPUT
    os._exit(code)
