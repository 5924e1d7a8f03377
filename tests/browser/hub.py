"""The shipped JupyterHub on free ports of this machine's loopback, and students in browsers of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import lab as browser
import psutil
import websocket

CONFIG = browser.ROOT / "classroom" / "hub" / "jupyterhub_config.py"
PASSWORD = "a long enough word"
# Ports, and the page's own handle on JupyterLab for tests: nothing else differs from what is shipped.
SMALLER = """
load_subconfig({config!r})
c.JupyterHub.hub_port = {hub}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.Spawner.args = [*c.Spawner.args, "--LabApp.expose_app_in_browser=True"]
"""
# The first cell that shows an explorer becomes the active one of the open notebook.
SELECT_EXPLORER = r"""() => {
    const cells = window.jupyterapp.shell.currentWidget.content;
    cells.activeCellIndex = cells.widgets.findIndex(cell => /\nexplorer\s*$/.test(cell.model.sharedModel.source)); }"""


class Hub:
    """A running hub: its address, its folder, its process, the port of its API."""

    def __init__(self, address, state, process, api_port):
        self.address, self.state, self.process, self.api_port = address, Path(state), process, api_port

    def first_password(self, name="teacher"):
        """The password that the hub made for the teacher."""
        lines = (self.state / "first_password").read_text().splitlines()
        return dict(line.split(" ", 1) for line in lines)[name]

    def pids(self):
        """The hub's process and all below it."""
        return [self.process.pid, *(p.pid for p in psutil.Process(self.process.pid).children(recursive=True))]


@contextmanager
def hub_server(extra=None, **settings):
    """The shipped hub with RNNCOURSE_HUB_… settings and `extra`, a file of configuration; yields a Hub.

    Ends it with all that it started.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory() as scratch, open(Path(scratch) / "hub.log", "w+") as log:
        port, hub, api = _free_ports(3)
        config, state = Path(scratch) / "smaller.py", Path(scratch) / "state"
        config.write_text(SMALLER.format(config=str(CONFIG), hub=hub, api=api) + (extra.read_text() if extra else ""))
        environment = os.environ | {"RNNCOURSE_HUB_STATE": str(state), "RNNCOURSE_HUB_URL": f"http://127.0.0.1:{port}"}
        process = subprocess.Popen([sys.executable, "-m", "jupyterhub", "-f", str(config)], cwd=scratch, stdout=log,
                                   stderr=log, env=environment | settings, start_new_session=True)
        try:
            _wait_for(f"http://127.0.0.1:{port}/hub/login", process, log)
            yield Hub(f"http://127.0.0.1:{port}", state, process, hub)
        finally:
            _end(process)
            if os.environ.get("RNNCOURSE_HUB_LOG"):
                Path(os.environ["RNNCOURSE_HUB_LOG"]).write_text(Path(log.name).read_text())


def _free_ports(count):
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _wait_for(url, process, log, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            return urllib.request.urlopen(url, timeout=2)
        except OSError:
            time.sleep(0.2)
    log.seek(0)
    raise RuntimeError(f"the hub did not start within {seconds} s; its log ends: {log.read()[-3000:]}")


def _end(process):
    """Ask the hub to stop, which ends students' servers, proxy and culler; what then still lives is ended by its id."""
    below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(90)    # it ends the servers one after the other; a loaded machine takes its time
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    left = psutil.wait_procs(below, timeout=3)[1]
    for one in left:
        one.kill()
    psutil.wait_procs(left, timeout=10)


class Student(browser.Lab):
    """One person in a browser of their own."""

    def __init__(self, context, hub, name, password=PASSWORD):
        self.hub, self.name, self.password = hub, name, password
        self.page, self.address, self.left_the_machine = context.new_page(), hub.address, []
        self.page.set_default_timeout(30_000)
        self.page.on("request", self._note_request)

    def sign_up(self):
        """Fill in the hub's sign-up page; returns what it answers."""
        self.page.goto(f"{self.address}/hub/signup")
        self.page.fill("#username_input", self.name)
        self.page.fill("#password_input", self.password)
        self.page.fill("#password_confirmation_input", self.password)
        self.page.click("#signup_submit")
        return self.page.locator(".alert").inner_text()

    def log_in(self, password=None):
        """Fill in the log-in page; True where the hub lets us in."""
        self.page.goto(f"{self.address}/hub/login?next=%2Fhub%2Fhome")
        self.page.fill("#username_input", self.name)
        self.page.fill("#password_input", password or self.password)
        self.page.click("#login_submit")
        self.page.wait_for_load_state()
        return self.page.url.endswith("/hub/home")

    def begin(self):
        """Ask for the server, not waiting for it; not by a page, whose moving bar would take the processor from it."""
        assert self.page.request.get(f"{self.address}/hub/spawn/{self.name}").ok

    def wait_for_server(self, seconds=60):
        """Wait until this student's server answers."""
        end = time.monotonic() + seconds
        while f"{self.address}/user/" not in self.page.request.get(f"{self.address}/user/{self.name}/").url:
            assert time.monotonic() < end, f"the server of {self.name} did not answer within {seconds} s"
            time.sleep(0.5)

    def _load(self):
        self.wait_for_server()
        self.page.goto(f"{self.address}/user/{self.name}/lab?reset")
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.evaluate("window.jupyterapp.restored")

    def _run_all(self, seconds=120):
        """Run a chapter down to its explorer, which is what a student needs to move a slider; wait for its picture.

        That whole chapters run is shown elsewhere, and three of them at once cost a minute of a processor.
        """
        self._forget_stored_outputs()
        self.page.evaluate(SELECT_EXPLORER)
        for _ in range(5):    # as in Lab._run_all
            self.command("notebook:run-all-above")
            if self._started():
                break
        self.command("notebook:run-cell")
        self.page.locator(f"{browser.OPEN} .rnnc-picture img:not([hidden])").first.wait_for(timeout=seconds * 1000)

    def leave(self):
        """Close what is open in the browser: an open Lab asks its server for news without end. The log-in stays."""
        self.page.goto("about:blank")

    def run(self, code, seconds=120):
        """Run code in a new kernel of this student's server, as who is logged in here; what it printed and raised."""
        self.wait_for_server()
        place = f"{self.address}/user/{self.name}/"
        cookies = {cookie["name"]: cookie["value"] for cookie in self.page.context.cookies(place)}
        may = {"headers": {"X-XSRFToken": cookies["_xsrf"]}}
        kernel = self.page.request.post(f"{place}api/kernels", data={"name": "python3"}, **may).json()["id"]
        line = websocket.create_connection(f"{place.replace('http', 'ws', 1)}api/kernels/{kernel}/channels",
                                           cookie="; ".join(map("=".join, cookies.items())), timeout=seconds)
        try:
            return _execute(line, code)
        finally:
            line.close()
            assert self.page.request.delete(f"{place}api/kernels/{kernel}", **may).ok

    def restart_server(self):
        """Stop the server on the hub's own page, wait until it is gone, and start it anew."""
        self.page.goto(f"{self.address}/hub/home")
        self.page.click("#stop")
        self.page.locator("#stop").wait_for(state="hidden")
        self.begin()
        self.wait_for_server()


def _execute(line, code):
    """What `code` prints and raises in the kernel at the other end of a websocket."""
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    header = {"msg_id": "one", "msg_type": "execute_request", "session": "test", "username": "", "version": "5.3"}
    line.send(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content,
                          "channel": "shell", "buffers": []}))
    said = ""
    while True:
        answer = json.loads(line.recv())
        if answer["parent_header"].get("msg_id") != "one":
            continue
        content = answer["content"]
        said += content.get("text", "") if answer["msg_type"] == "stream" else ""
        said += f"{content['ename']}: {content['evalue']}" if answer["msg_type"] == "error" else ""
        if content.get("execution_state") == "idle":    # the last word on a cell
            return said
