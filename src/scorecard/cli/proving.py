"""Commands that make a run again: pack it, repeat it, certify what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scorecard.cli.asking import LONGEST, AsJson, Parameters, app, out, pairs, print_json, root, table_of, without_grammars

PANEL = "Make a run again"

RERUN_CODES = {"REPRODUCED": 0, "EXPLAINED": 10, "DIFFERENT": 20, "NOT COMPARABLE": 30}


@app.command(rich_help_panel=PANEL)
def bundle(
    run: Annotated[str, typer.Argument(help="A finished run, or the beginning of its id.")],
    file: Annotated[Path | None, typer.Option("--out", help="Zip to write; NAME-RUN.zip by default.")] = None,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Pack the tables too; else their address and fingerprint.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Pack a run for a validator on another machine, who repeats it by `scorecard rerun`. Example: scorecard bundle 3f2a91c0 --with-data."""
    without_grammars()
    from scorecard.jobs import bundle as job  # noqa: PLC0415

    written, sha256 = job.write(run, root(), file, with_data)
    if as_json:
        print_json({"out": str(written), "sha256": sha256})
        return
    out.print(f"Written: {written}\nSHA-256: {sha256}")


@app.command(rich_help_panel=PANEL)
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
    without_grammars()
    from scorecard.jobs import certificates  # noqa: PLC0415
    from scorecard.jobs import rerun as job  # noqa: PLC0415
    from scorecard.jobs.isolation import Asked  # noqa: PLC0415

    asked = Asked(run, pairs(parameter or []), table_of(table) if table else None, to, present_code, timeout)
    done = job.rerun(asked, Path.cwd(), lambda line: None if as_json else out.print(line))
    if as_json:
        print_json(done.certificate.to_dict() | {"page": str(done.page) if done.page else None})
    else:
        out.print(certificates.in_words(done.certificate) + (f"\ncertificate: {done.page}" if done.page else ""))
    raise typer.Exit(RERUN_CODES[done.certificate.outcome])
