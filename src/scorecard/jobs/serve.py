"""JupyterLab and the MLflow UI on this project, on 127.0.0.1 only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from scorecard.tracking import open_store

HOST = "127.0.0.1"
SETTINGS = Path(__file__).parent / "jupyter"  # no news, no update checks: nothing is asked of the network
PATIENCE = 15.0  # seconds a server has to end its kernels and workers


def lab(root: Path, port: int, browser: bool) -> int:
    """Run JupyterLab at the project folder; return its exit code."""
    command = [sys.executable, "-m", "jupyter", "lab", f"--ServerApp.ip={HOST}", f"--ServerApp.port={port}"]
    command += [f"--ServerApp.root_dir={root}", f"--ServerApp.open_browser={browser}", "--ServerApp.answer_yes=True"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers run as root; the server listens on this machine only
    return _serve(command, root, {"JUPYTER_CONFIG_PATH": str(SETTINGS)})


def mlflow(root: Path, port: int) -> int:
    """Run the MLflow UI on the project's store; return its exit code."""
    store = open_store(root)
    command = [
        sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store.uri, "--artifacts-destination", store.artifacts.as_uri(),
        "--host", HOST, "--port", str(port), "--workers", "1",
    ]  # fmt: skip
    return _serve(command, root, {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"})


def _serve(command: list[str], root: Path, environment: Mapping[str, str]) -> int:
    """Run a server until it ends; when interrupted, ask it to end, so that it leaves no kernel or worker behind."""
    with subprocess.Popen(command, cwd=root, env=os.environ | environment) as server:  # noqa: S603  fixed words and paths, no shell
        try:
            return server.wait()
        except KeyboardInterrupt:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(PATIENCE)
            server.kill()
            raise
