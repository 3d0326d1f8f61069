"""The commands behind the browser: they listen on this machine only, and leave nothing behind when they end."""

from __future__ import annotations

import os
import signal
from urllib.request import Request, urlopen

import psutil
import pytest

INTERRUPTED = 130
COMMANDS = [("lab", "--no-browser"), ("mlflow",)]


@pytest.fixture(params=COMMANDS, ids=lambda words: words[0])
def server(serve, request):
    """A server at work; JupyterLab with a kernel."""
    with serve(*request.param) as running:
        if running.token:
            asked = Request(f"{running.url}/api/kernels", b"{}", {"Authorization": f"token {running.token}"})
            assert urlopen(asked).status == 201
        yield running


def family(server):
    return psutil.Process(server.process.pid).children(recursive=True)


def test_it_listens_on_this_machine_only(server):
    listening = [each.laddr for child in family(server) for each in child.net_connections("inet") if each.status == "LISTEN"]
    assert {address.ip for address in listening} == {"127.0.0.1"}


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_ended_from_outside_it_ends_its_workers_and_kernels_too(server, told):
    children = family(server)
    os.kill(server.process.pid, told)
    assert server.process.wait(60) == INTERRUPTED
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
