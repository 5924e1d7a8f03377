"""A JupyterLab of our own on this machine, and a headless Chromium that looks at it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},    # all cells stay in the page, seen or not
}
OPEN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
ERRORS = ('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"], '
          '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]')


def chromium():
    """The path of an installed Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@contextmanager
def lab_server(folder):
    """A JupyterLab over `folder` on a free port, with settings of its own; yields its address. Ends by process id."""
    port = _free_port()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))    # so that a run that is told to stop ends its Lab too
    with tempfile.TemporaryDirectory() as scratch, open(Path(scratch) / "lab.log", "w+") as log:
        server = subprocess.Popen(_command(folder, port), env=_environment(Path(scratch)), stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/status?token=t", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _command(folder, port):
    return [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root",
            "--ServerApp.port_retries=0", "--IdentityProvider.token=t", f"--ServerApp.root_dir={folder}",
            "--LabApp.expose_app_in_browser=True", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]


def _environment(scratch):
    for name, settings in SETTINGS.items():
        file = scratch / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    own = {"JUPYTER_CONFIG_DIR": "cfg", "JUPYTER_DATA_DIR": "data", "IPYTHONDIR": "ipython",
           "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
    python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return os.environ | {name: str(scratch / part) for name, part in own.items()} | {"PYTHONPATH": python_path}


def _wait_for(url, server, log, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            return urllib.request.urlopen(url, timeout=2)
        except OSError:
            time.sleep(0.2)
    log.seek(0)
    raise RuntimeError(f"JupyterLab did not start within {seconds} s; its log ends: {log.read()[-2000:]}")


class Lab:
    """One Lab in one browser page; opens notebooks one after the other."""

    def __init__(self, page, address):
        self.page, self.address, self.left_the_machine = page, address, []
        page.set_default_timeout(60_000)
        page.on("request", self._note_request)
        self._load()

    def _load(self):
        self.page.goto(f"{self.address}/lab?token=t&reset")
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.evaluate("window.jupyterapp.restored")

    def _note_request(self, request):
        home = self.address.removeprefix("http")
        if not request.url.startswith(("http" + home, "ws" + home, "data:", "blob:")):
            self.left_the_machine.append(request.url)

    def command(self, name, **arguments):
        """Execute one of Lab's own commands; do not wait for its end."""
        self.page.evaluate("([name, given]) => { window.jupyterapp.commands.execute(name, given); }", [name, arguments])

    def theme(self, name):
        """Switch to "light" or "dark"."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name.capitalize()}")
        self.page.wait_for_selector(f'body[data-jp-theme-light="{str(name == "light").lower()}"]', state="attached")
        self.page.wait_for_timeout(300)

    @contextmanager
    def notebook(self, name):
        """Open a notebook, restart its kernel and run all its cells; afterwards close it and end its kernel."""
        self._open(name)
        self._hide_side_bar()
        try:
            self._run_all()
            yield self.page.locator(OPEN)
        finally:
            self._end_kernels()

    def _open(self, name):
        """Open a notebook and wait until it is connected to its kernel.

        A message that Lab sends while the kernel still connects can break the connection for good, and nothing ever
        answers again (the server's log then has a struct.error): in that case load the page anew.
        """
        for _ in range(3):
            self.command("docmanager:open", path=name)
            self.page.wait_for_selector(f"{OPEN} .jp-Notebook")
            if self._connected():
                return self.page.wait_for_selector(f'{OPEN} .jp-Notebook-ExecutionIndicator[data-status="idle"]')
            self._load()
        raise AssertionError(f"{name} did not connect to a kernel, though opened three times")

    def _connected(self, seconds=20):
        return self.page.evaluate("""async (seconds) => {
            const late = new Promise(done => setTimeout(() => done(false), seconds * 1000));
            const ready = async () => {
                for (const widget of window.jupyterapp.shell.widgets('main')) {
                    if (!widget.context) continue;
                    await widget.context.ready;
                    await widget.sessionContext.ready;
                    await widget.sessionContext.session?.kernel?.info;
                }
                return true; };
            return Promise.race([ready(), late]); }""", seconds)

    def _hide_side_bar(self):
        if self.page.locator("#jp-left-stack:visible").count():
            self.command("application:toggle-left-area")

    def _run_all(self, seconds=180):
        self._forget_stored_outputs()
        for _ in range(5):    # Lab can drop a "run all" that comes while the kernel still connects
            self.command("notebook:restart-run-all")
            self.page.locator(".jp-Dialog .jp-mod-accept").click()
            if self._started():
                break
        else:
            raise AssertionError("Lab ran no cell, though asked five times")
        self.page.wait_for_function(
            "![...document.querySelectorAll('.jp-InputPrompt')].some(e => e.innerText.includes('[*]'))",
            timeout=seconds * 1000)

    def _forget_stored_outputs(self):
        """An executed notebook comes with numbers at its cells: they would pass for cells that ran here."""
        self.command("notebook:clear-all-cell-outputs")
        self.page.wait_for_function(
            r"![...document.querySelectorAll('.jp-InputPrompt')].some(e => /\[\d+\]/.test(e.innerText))")

    def _started(self, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            prompts = "".join(self.page.locator(f"{OPEN} .jp-InputPrompt").all_inner_texts())
            if re.search(r"\[\d+\]", prompts):
                return True
            if "[*]" in prompts:
                end = time.monotonic() + seconds
            self.page.wait_for_timeout(100)
        return False

    def _end_kernels(self):
        self.page.evaluate("""async () => {
            const app = window.jupyterapp;
            for (const widget of [...app.shell.widgets('main')]) {
                if (widget.context) { await widget.context.save(); await widget.sessionContext.shutdown(); }
                widget.dispose();
            } }""")


def error_outputs(notebook):
    """What the cells of an open notebook wrote to stderr or raised."""
    return notebook.locator(ERRORS).all_inner_texts()


def write_notebook(path, *cells):
    """A notebook of code cells at `path`."""
    import nbformat

    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells], metadata=kernel), path)
