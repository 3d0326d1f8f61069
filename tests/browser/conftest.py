"""Headless Chromium on finished work: what it shows, what it asks for, and the servers that people open."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
INSIDE = ("file:", "data:", "blob:", "about:", "http://127.0.0.1:", "ws://127.0.0.1:")
PATIENCE = 120.0  # seconds a busy machine may take to start a server


@dataclass
class Visit:
    """A page that is open, and what it did: addresses it asked for outside of this machine, and errors it told the console."""

    page: Page
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self) -> Visit:
        """Listen from the first request on; a request to the outside is noted and refused."""
        self.page.context.route(lambda url: not url.startswith(INSIDE), self._refuse)
        self.page.on("request", self._requested)
        self.page.on("websocket", lambda opened: self._note(opened.url))
        self.page.on("console", self._told)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        return self

    def _refuse(self, route: Route) -> None:
        self._note(route.request.url)
        route.abort()

    def _requested(self, request: Request) -> None:
        self._note(request.url)

    def _note(self, url: str) -> None:
        if not url.startswith(INSIDE) and url not in self.asked:
            self.asked.append(url)

    def _told(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the system's Chromium; a module's own, because it keeps an event loop that others must not meet."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        yield chromium
        chromium.close()


@contextmanager
def visiting(browser: Browser, shot: Path) -> Iterator[Visit]:
    """Open an empty page under watch; how it looked at the end is left as a picture."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    try:
        yield Visit(page).watch()
    finally:
        page.screenshot(path=shot, full_page=True)
        page.context.close()


@pytest.fixture
def visit(browser, tmp_path) -> Iterator[Visit]:
    """Return an empty page under watch."""
    with visiting(browser, tmp_path / "page.png") as opened:
        yield opened


@pytest.fixture(scope="module")
def module_visit(browser, tmp_path_factory) -> Iterator[Visit]:
    """Return an empty page under watch, for a module that does one long thing and looks at it from many sides."""
    with visiting(browser, tmp_path_factory.mktemp("shots") / "page.png") as opened:
        yield opened


@pytest.fixture(scope="session")
def project(finished, tmp_path_factory) -> Path:
    """Return a copy of the project with a finished run, whose servers and notebooks may write."""
    return Path(shutil.copytree(finished.root, tmp_path_factory.mktemp("browser") / "project"))


@dataclass(frozen=True)
class Server:
    """A server that one of our commands runs."""

    process: subprocess.Popen[bytes]
    url: str
    token: str


@contextmanager
def serving(command: str, project: Path, folder: Path, *options: str) -> Iterator[Server]:
    """Run `scorecard lab` or `scorecard mlflow` on a free port until the block ends."""
    port = _free_port()
    told = folder / "server.log"
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    with told.open("wb") as log, subprocess.Popen(
        [sys.executable, "-m", "scorecard", command, "--port", str(port), *options],
        cwd=project, env=os.environ | own, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            _until_it_listens(process, port, told)
            token = re.search(r"token=(\w+)", told.read_text())
            yield Server(process, f"http://127.0.0.1:{port}", token[1] if token else "")
        finally:
            if process.poll() is None:
                process.terminate()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _until_it_listens(process: subprocess.Popen[bytes], port: int, told: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"the server does not listen on port {port}:\n{told.read_text()[-3000:]}")


@pytest.fixture
def serve(project, tmp_path) -> Callable[..., AbstractContextManager[Server]]:
    """Return a function that runs a server on the project for the length of a block."""
    return lambda command, *options: serving(command, project, tmp_path, *options)


@pytest.fixture(scope="module")
def lab(project, tmp_path_factory) -> Iterator[Server]:
    """Return JupyterLab on the project."""
    with serving("lab", project, tmp_path_factory.mktemp("lab"), "--no-browser") as server:
        yield server


@pytest.fixture(scope="module")
def mlflow_ui(project, tmp_path_factory) -> Iterator[Server]:
    """Return the MLflow UI on the project."""
    with serving("mlflow", project, tmp_path_factory.mktemp("mlflow")) as server:
        yield server
