"""Run notebooks by Papermill: known parameters only, this interpreter's kernel, a time-out, and a failure in one sentence.

Guarded faults of Papermill 2.7: it only warns of unknown parameters, and takes ``sys.exit(0)`` in a cell for success.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from scorecard.errors import ScorecardError, SettingsError
from scorecard.settings import nearest

log = logging.getLogger(__name__)
logging.getLogger("papermill").setLevel(logging.ERROR)
logging.getLogger("traitlets").setLevel(logging.ERROR)

RESERVED = ("pipeline", "run")  # what the runner itself passes to every notebook


class Kernel(AsyncKernelManager):
    """A kernel of the running interpreter, whatever kernels the machine has registered.

    It listens on a socket file instead of a port where the system has those.
    """

    def __init__(self, **options: Any) -> None:
        if sys.platform != "win32":
            options["transport"] = "ipc"
        super().__init__(**options)

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return the command that starts the kernel."""
        return KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], language="python")


class NotebookError(ScorecardError):
    """A notebook stopped: its name, the failing cell's first line, and why."""


@dataclass(frozen=True)
class Parameter:
    """A parameter that a notebook declares in its tagged cell."""

    name: str
    kind: str
    default: str
    help: str


def parameters(notebook: Path) -> dict[str, Parameter]:
    """Return what a notebook's parameters cell declares, without what the runner passes itself."""
    found = papermill.inspect_notebook(str(notebook))
    return {
        name: Parameter(name, entry["inferred_type_name"], entry["default"], entry["help"])
        for name, entry in found.items()
        if name not in RESERVED
    }


def checked(given: Mapping[str, Any], known: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return parameters in their declared types.

    Raises
    ------
    SettingsError
        Where a name is unknown (the nearest one is suggested) or a value is of the wrong type.
    """
    values = {}
    for name, value in given.items():
        if name not in known:
            raise SettingsError(f"{name} is not a parameter of any notebook of the pipeline. {nearest(name, list(known))}")
        values[name] = _typed(known[name], value)
    return values


def _typed(parameter: Parameter, value: Any) -> Any:
    if parameter.kind == "bool" and str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    kinds: dict[str, type] = {"int": int, "float": float, "str": str}
    kind = kinds.get(parameter.kind)
    allowed = (int, float, str) if kind is float else (int, str)
    if kind and not isinstance(value, bool) and isinstance(value, allowed):
        try:
            return kind(value)
        except ValueError:
            pass
    raise SettingsError(
        f"Parameter {parameter.name} = {value!r}; expected {parameter.kind}, such as {parameter.default}. Change the value."
    )


def execute(notebook: Path, output: Path, values: Mapping[str, Any], timeout_seconds: float, progress: bool) -> None:
    """Execute one notebook; what was executed is left at `output`, also after a failure.

    Raises
    ------
    NotebookError
        Where a cell fails, exits, or the time is over.
    """
    started: list[Kernel] = []

    class Watched(Kernel):
        async def post_start_kernel(self, **options: Any) -> None:
            started.append(self)
            await super().post_start_kernel(**options)

    over = threading.Event()
    timer = threading.Timer(timeout_seconds, _stop, (started, over))
    timer.daemon = True
    timer.start()
    try:
        papermill.execute_notebook(
            notebook, output, parameters=dict(values), kernel_name="python3", cwd=notebook.parent,
            progress_bar={"leave": False} if progress else False, kernel_manager_class=Watched,
        )  # fmt: skip
    except PapermillExecutionError as error:
        raise NotebookError(_failure(notebook, error)) from error
    except DeadKernelError as error:
        why = f"took more than {timeout_seconds:.0f} seconds" if over.is_set() else "lost its kernel (out of memory?)"
        raise NotebookError(f"{notebook.stem} {why}. Raise --timeout, or use fewer rows.") from error
    finally:
        timer.cancel()
    _refuse_early_exit(notebook, output)


def _stop(kernels: list[Kernel], over: threading.Event) -> None:
    over.set()
    for kernel in kernels:
        pid = getattr(kernel.provisioner, "pid", None)
        if pid:
            psutil.Process(pid).kill()


def _failure(notebook: Path, error: PapermillExecutionError) -> str:
    first = next((line for line in str(error.source).splitlines() if line.strip()), "")
    expected = {kind.__name__ for kind in _family(ScorecardError)}
    why = error.evalue if error.ename in expected else f"{error.ename}: {error.evalue.splitlines()[0] if error.evalue else ''}"
    return f"{notebook.stem} stopped at «{first.strip()}»: {why}"


def _family(kind: type[ScorecardError]) -> set[type]:
    return {kind, *(each for child in kind.__subclasses__() for each in _family(child))}


def _refuse_early_exit(notebook: Path, output: Path) -> None:
    """Refuse a notebook with a cell that was not run, or that raised: it did not reach its end, whatever the exit code."""
    for cell in nbformat.read(output, as_version=4).cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        raised = [found for found in cell.outputs if found.output_type == "error"]
        if cell.execution_count is None or raised:
            first = cell.source.strip().splitlines()[0]
            raise NotebookError(
                f"{notebook.stem} ended before «{first}»: a cell called exit. Remove the call; a notebook runs to its last cell."
            )


def to_html(executed: Path) -> str:
    """Return an executed notebook as a page that opens offline."""
    from nbconvert import HTMLExporter  # noqa: PLC0415  half a second that only a finished notebook needs

    exporter = HTMLExporter(embed_images=True, exclude_input_prompt=True, exclude_output_prompt=True)
    exporter.mathjax_url = exporter.require_js_url = exporter.jquery_url = exporter.mermaid_js_url = ""
    body, _ = exporter.from_filename(str(executed))
    return str(body)
