"""Commands that open JupyterLab and MLflow."""

from __future__ import annotations

from typing import Annotated

import typer

from scorecard.cli.asking import app, root

PANEL = "Look"


@app.command(rich_help_panel=PANEL)
def lab(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8888, browser: bool = True) -> None:
    """Open JupyterLab at the notebooks, with this kernel, on 127.0.0.1."""
    from scorecard.jobs import serve  # noqa: PLC0415

    raise typer.Exit(serve.lab(root(), port, browser))


@app.command(rich_help_panel=PANEL)
def mlflow(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 5000) -> None:
    """Open the MLflow UI on the project's runs and models, on 127.0.0.1."""
    from scorecard.jobs import serve  # noqa: PLC0415

    raise typer.Exit(serve.mlflow(root(), port))
