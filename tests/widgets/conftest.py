"""A real Chromium for the widgets: a light stage for one widget's front end, and a whole JupyterLab.

`stage` serves the widget's JS and CSS and renders it with a stand-in for the comm only (FakeModel); all that is
drawn is real. `jupyterlab` is the real thing: server, kernel, comm, themes.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from labkit.widgets.check import CheckWidget
from labkit.widgets.controls import ControlsWidget
from labkit.widgets.predict import OutcomeWidget, PredictWidget
from labkit.widgets.tree import TreeWidget
from tests.widgets.course import load

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A kernel is idle for the server before the page has its connection; what is run in between is lost.
CONNECTED = """(() => {
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === "connected" && kernel.status === "idle";
})()"""
# Even then what is run in the first moment can be lost (JupyterLab 4.6, ipykernel 7.3: the cell shows [*], the kernel
# stays idle). So a silent request has to come back before a test begins.
ANSWERS = """() => Promise.race([
    window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
        .requestExecute({ code: "None", silent: true, store_history: false }).done.then(() => true),
    new Promise((give_up) => setTimeout(give_up, 2000, false)),
])"""
STAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/%(name)s.css">
<body %(body)s style="margin: 0; padding: 12px; background: var(--ground, #fff)"><div id="host"></div>
<script type="module">
import widget from "/%(name)s.js";
class FakeModel {  // what anywidget hands to render(), without a kernel behind it
  constructor(traits) { this.traits = traits; this.handlers = {}; this.sent = []; }
  get(name) { return this.traits[name]; }
  set(name, value) { this.traits[name] = value; this.fire("change:" + name); }
  on(name, handler) { (this.handlers[name] ??= []).push(handler); }
  off(name, handler) { this.handlers[name] = (this.handlers[name] ?? []).filter((one) => one !== handler); }
  send(message) { this.sent.push(message); }
  save_changes() {}
  fire(name, ...args) { for (const handler of this.handlers[name] ?? []) handler(...args); }
  deliver(message) { this.fire("msg:custom", message); }
}
window.model = new FakeModel(%(traits)s);
window.end = widget.render({ model: window.model, el: document.getElementById("host") });
</script>"""


def find_chromium() -> str | None:
    """$LABKIT_CHROMIUM, or a Chromium of the system."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("LABKIT_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def is_local(url: str) -> bool:
    """Whether a request stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in ("127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; without one the test is skipped, or fails where LABKIT_REQUIRE_BROWSER=1."""
    program = find_chromium()
    if program is None:
        reason = "no Chromium: install one, or name it in LABKIT_CHROMIUM"
        if os.environ.get("LABKIT_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Make pages (any `browser.new_context` option); errors in them and foreign requests fail the test."""
    contexts, errors, foreign = [], [], []

    def guard(route: Any) -> None:
        if is_local(route.request.url):
            route.fallback()
        else:
            foreign.append(route.request.url)
            route.abort()

    def make(**options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1100, "height": 800}} | options)
        contexts.append(context)
        context.route(re.compile(".*"), guard)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not errors, errors
    assert not foreign, f"requests that left this machine: {foreign}"


@pytest.fixture(scope="session")
def stage_server() -> Iterator[tuple[str, dict[str, str]]]:
    """Serves the widgets' files and the pages that tests put into the mapping."""
    pages: dict[str, str] = {}
    shown = {"tree": TreeWidget, "controls": ControlsWidget, "check": CheckWidget}
    shown |= {"predict": PredictWidget, "outcome": OutcomeWidget}
    files = {f"{name}.js": widget._esm for name, widget in shown.items()}
    files |= {f"{name}.css": widget._css for name, widget in shown.items()}
    kinds = {".js": "text/javascript", ".css": "text/css"}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            if name in pages:
                self.answer(pages[name].encode(), "text/html")
            elif name in files:
                self.answer(files[name].encode(), kinds[Path(name).suffix])
            else:
                self.send_error(404)

        def answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", pages
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def stage(new_page: Callable[..., Any], stage_server: tuple[str, dict[str, str]]) -> Callable[..., Any]:
    """`stage("tree", {"full": view})` is a page with that widget; `window.model` is its stand-in model."""
    address, pages = stage_server

    def show(name: str, traits: dict[str, Any], *, dark: bool = False, **options: Any) -> Any:
        key = f"{name}-{secrets.token_hex(4)}"
        body = f'data-jp-theme-light="{"false" if dark else "true"}"'
        pages[key] = STAGE % {"name": name, "body": body, "traits": json.dumps(traits).replace("</", "<\\/")}
        page = new_page(**options)
        load(page, f"{address}/{key}", lambda: page.wait_for_function("Boolean(window.end)"))
        return page

    return show


def await_kernel(page: Any) -> None:
    """Return when the notebook's kernel is connected and answers."""
    page.wait_for_function(CONNECTED, timeout=60_000)
    assert any(page.evaluate(ANSWERS) for _ in range(10)), "the kernel is connected and answers nothing"


class JupyterLab:
    """A running `jupyter lab` in a folder of its own, touching nothing of the user's."""

    def __init__(self, folder: Path) -> None:
        self.notebooks, self._home = folder / "notebooks", folder / "home"
        self.notebooks.mkdir(parents=True)
        self._home.mkdir()
        self._token = secrets.token_hex(16)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._log = (folder / "jupyter.log").open("wb")
        self._process = subprocess.Popen(self._command(), env=self._environment(), stdout=self._log, stderr=self._log)
        self._set("notification", {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True})
        self._wait()

    def theme(self, name: str) -> None:
        """Choose "JupyterLab Light" or "JupyterLab Dark" for pages that are opened from now on."""
        self._set("themes", {"theme": name})

    def open(self, page: Any, cells: list[str], name: str = "widget.ipynb") -> None:
        """Write a notebook with these cells and open it in the page, ready to run."""
        (self.notebooks / name).write_text(json.dumps(notebook(cells)))
        self.show(page, name)

    def show(self, page: Any, name: str) -> None:
        """Open a notebook that is there, ready to run."""
        workspace = f"http://127.0.0.1:{self._port}/lab/workspaces/{secrets.token_hex(4)}"

        def ready() -> None:
            page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
            await_kernel(page)

        load(page, f"{workspace}/tree/{name}?token={self._token}", ready)

    @staticmethod
    def run(page: Any, command: str = "notebook:run-all-cells") -> None:
        """Run a command of JupyterLab without waiting for its end."""
        page.evaluate("command => { window.jupyterapp.commands.execute(command); }", command)

    def close(self) -> None:
        """End the server and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _command(self) -> list[str]:
        options = {
            "ServerApp.port": self._port,
            "ServerApp.port_retries": 0,
            "ServerApp.open_browser": False,
            "ServerApp.root_dir": self.notebooks,
            "ServerApp.allow_root": True,
            "IdentityProvider.token": self._token,
            "LabApp.expose_app_in_browser": True,
            "LabApp.extension_manager": "readonly",
            "ServerApp.shutdown_no_activity_timeout": 600,
        }
        return [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
        folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        own = {name: str(self._home / name.lower()) for name in (*folders, "JUPYTERLAB_WORKSPACES_DIR")}
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        settings = {"HOME": str(self._home), "JUPYTERLAB_SETTINGS_DIR": str(self._home / "settings")}
        return kept | own | settings | {"PYTHONPATH": path}

    def _set(self, plugin: str, values: dict[str, Any]) -> None:
        folder = self._home / "settings" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{plugin}.jupyterlab-settings").write_text(json.dumps(values))

    def _wait(self) -> None:
        answered = threading.Event()

        def poll() -> None:
            while self._process.poll() is None and not answered.wait(0.1):
                with contextlib.suppress(urllib.error.URLError, OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api", timeout=2).close()
                    answered.set()

        thread = threading.Thread(target=poll, daemon=True)
        thread.start()
        thread.join(timeout=60)
        if not answered.is_set():
            self.close()
            raise RuntimeError("JupyterLab did not start:\n" + Path(self._log.name).read_text()[-3000:])


def notebook(cells: list[str]) -> dict[str, Any]:
    """A notebook with these code cells, as JSON."""
    code = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    return {
        "cells": [code | {"id": f"cell-{number}", "source": source} for number, source in enumerate(cells)],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """One JupyterLab for all tests that want it."""
    lab = JupyterLab(tmp_path_factory.mktemp("jupyterlab"))
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def kernel_wait() -> Callable[[Any], None]:
    """`await_kernel`, for tests that start a JupyterLab of their own."""
    return await_kernel
