"""Run notebooks by Papermill: known parameters only, this interpreter's kernel, a time-out, and a failure in one sentence.

Guarded faults of Papermill 2.7: it only warns of unknown parameters, takes ``sys.exit(0)`` in a cell for success,
and fills braces in a path as if they were parameters.
"""

from __future__ import annotations

import ast
import hashlib
import json
import logging
import math
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from scorecard.errors import ScorecardError, SettingsError
from scorecard.settings import nearest

log = logging.getLogger(__name__)
for chatty in ("papermill", "traitlets"):  # what they log as an error reaches the caller as an exception
    logging.getLogger(chatty).setLevel(logging.CRITICAL)

GIVEN = "injected-parameters"  # Papermill's tag of the cell it adds
RESERVED = ("pipeline", "run")  # what the runner itself passes to every notebook
KERNEL = {"name": "python3", "language": "python", "display_name": "Python 3"}
# The order in which threads add up moves the last bits of a fit, and so the bytes of a scorecard.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SOCKET_PATH = 100  # bytes; a socket's path may have 107 on Linux and 103 on macOS, its number included


class Kernel(AsyncKernelManager):
    """A kernel of the running interpreter, whatever kernels, profiles and start-up files the machine has.

    Its sockets, profile and messages lie in `folder`. Ports serve only where the system has no sockets with a name.
    """

    folder: Path

    def __init__(self, **options: Any) -> None:
        fits = len(os.fsencode(self.folder / "socket-1")) <= SOCKET_PATH
        address = {"transport": "ipc", "ip": str(self.folder / "socket")} if fits and sys.platform != "win32" else {}
        super().__init__(**options, **address, connection_file=str(self.folder / "kernel.json"))

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return the command that starts the kernel."""
        return KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], language="python")

    async def start_kernel(self, **options: Any) -> None:
        """Start the process; what it says beside its cells' outputs goes to a file."""
        environment = os.environ | ONE_THREAD | {"IPYTHONDIR": str(self.folder)}
        with (self.folder / "messages").open("wb") as messages:
            await super().start_kernel(**options, env=environment, stdout=messages, stderr=messages)


class NotebookError(ScorecardError):
    """A notebook stopped: its name, the failing cell's first line, and why."""


@dataclass(frozen=True)
class Parameter:
    """A parameter that a notebook declares in its tagged cell."""

    name: str
    kind: str
    default: str
    help: str

    @property
    def value(self) -> Any:
        """The default as a value; its text where it is computed."""
        try:
            return ast.literal_eval(self.default)
        except (ValueError, SyntaxError):
            return self.default


def parameters(notebook: Path) -> dict[str, Parameter]:
    """Return what a notebook's parameters cell declares, without what the runner passes itself.

    Raises
    ------
    SettingsError
        Where the file is not a notebook.
    """
    with _readable(notebook):
        content = nbformat.read(notebook, as_version=4)
        content.metadata["kernelspec"] = KERNEL
        found = papermill.inspect_notebook(content)
    declared = (Parameter(name, entry["inferred_type_name"], entry["default"], entry["help"]) for name, entry in found.items())
    return {each.name: each for each in declared if each.name not in RESERVED}


@contextmanager
def _readable(notebook: Path) -> Iterator[None]:
    """Turn a file that is not a notebook into one sentence."""
    try:
        yield
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise SettingsError(f"{notebook} cannot be read as a notebook. Open it in JupyterLab and save it again.") from error


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
    name = parameter.kind if parameter.kind != "None" else type(parameter.value).__name__
    if name == "bool" and str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    kinds: dict[str, type] = {"int": int, "float": float, "str": str}
    kind = kinds.get(name)
    allowed = (int, float, str) if kind is float else (int, str)
    if kind and not isinstance(value, bool) and isinstance(value, allowed):
        with suppress(ValueError):
            typed = kind(value)
            if kind is str or math.isfinite(typed):
                return typed
    raise SettingsError(
        f"Parameter {parameter.name} = {value!r}; expected {name}, such as {parameter.default}. Change the value."
    )


def execute(notebook: Path, output: Path, values: Mapping[str, Any], timeout_seconds: float, progress: bool) -> None:
    """Execute one notebook; what was executed is left at `output`, also after a failure.

    Papermill works in a thread of its own: Ctrl-C and the end of the time find this one awake, and the kernel is gone at once.

    Raises
    ------
    NotebookError
        Where a cell fails, exits, or the time is over.
    """
    processes: list[psutil.Process] = []
    over = threading.Event()

    class Own(Kernel):
        async def start_kernel(self, **options: Any) -> None:
            await super().start_kernel(**options)
            processes.append(psutil.Process(self.provisioner.pid))
            if over.is_set():
                _kill(processes)

    with tempfile.TemporaryDirectory(prefix="kernel-", ignore_cleanup_errors=True) as folder:
        Own.folder = Path(folder)
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(
                _execute, _verbatim(notebook), _verbatim(output), parameters=dict(values), cwd=notebook.parent,
                kernel_name=KERNEL["name"], language=KERNEL["language"], kernel_manager_class=Own,
                shutdown_kernel="immediate",  # a kernel that takes itself apart takes another second, and has nothing left to say
                progress_bar={"leave": False} if progress else False,
            )  # fmt: skip
            try:
                wait([running], timeout_seconds)
            finally:
                late = not running.done()
                over.set()
                _kill(processes)
        if late:
            raise NotebookError(
                f"{notebook.stem} took more than {timeout_seconds:g} seconds. Raise --timeout, or use fewer rows."
            )
        _hold(running, notebook, Path(folder))
    _refuse_early_exit(notebook, output)


def _execute(*paths: str, **options: Any) -> None:
    """Let Papermill work with an event loop of this thread, which nobody else would close."""
    loop = ensure_event_loop()
    try:
        papermill.execute_notebook(*paths, **options)
    finally:
        loop.close()


def _kill(processes: list[psutil.Process]) -> None:
    """End kernels and what they started, those that still live."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            for each in (*process.children(recursive=True), process):
                each.kill()


def _verbatim(path: Path) -> str:
    """Return a path for Papermill, which fills parameters into braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _hold(running: Future[Any], notebook: Path, folder: Path) -> None:
    """Raise what ended the notebook early, in one sentence."""
    try:
        running.result()
    except PapermillExecutionError as error:
        raise NotebookError(_failure(notebook, error)) from error
    except DeadKernelError as error:
        log.error("kernel lost name=%s last_words=%s", notebook.stem, _last_words(folder))  # noqa: TRY400
        raise NotebookError(f"{notebook.stem} lost its kernel (out of memory?). Use fewer rows, or a larger machine.") from error
    except RuntimeError as error:  # of Jupyter's client
        raise NotebookError(
            f"{notebook.stem} did not start: {_last_words(folder) or error}. Mend the environment (make clean, then make run)."
        ) from error


def _last_words(folder: Path) -> str:
    """Return the last line a kernel wrote beside its cells' outputs."""
    lines = (folder / "messages").read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


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


def source(notebook: Path) -> nbformat.NotebookNode:
    """Return a notebook as it was before it was executed: without outputs, counts, and the parameters it was given.

    Raises
    ------
    SettingsError
        Where the file is not a notebook.
    """
    with _readable(notebook):
        content = nbformat.read(notebook, as_version=4)
    content.cells = [cell for cell in content.cells if GIVEN not in cell.metadata.get("tags", [])]
    for each in (content, *content.cells):
        each.metadata.pop("papermill", None)
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cell.metadata.pop("execution", None)
    return content


def source_sha256(notebook: Path) -> str:
    """Return the hash of a notebook's code, executed or not: sources and tags of its code cells, in order."""
    cells = [cell for cell in source(notebook).cells if cell.cell_type == "code"]
    code = [[cell.source, sorted(cell.metadata.get("tags", []))] for cell in cells]
    return hashlib.sha256(json.dumps(code, ensure_ascii=False).encode()).hexdigest()


def to_html(executed: Path) -> str:
    """Return an executed notebook as a page that opens offline."""
    from nbconvert import HTMLExporter  # noqa: PLC0415  half a second that only a finished notebook needs

    exporter = HTMLExporter(embed_images=True, exclude_input_prompt=True, exclude_output_prompt=True)
    exporter.mathjax_url = exporter.require_js_url = exporter.jquery_url = exporter.mermaid_js_url = ""
    body, _ = exporter.from_filename(str(executed))
    return str(body)
