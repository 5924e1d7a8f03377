"""What a class needs: memory and start time of the shipped hub with 1, 10, 30 students, chapter 04's explorer open.

python -m benchmarks.hub [number of students …]     for instance: python -m benchmarks.hub 10 30

Each student's server is started over the hub's API, all at once; each runs chapter 04 from top to bottom in a kernel of
its own, so that its explorer is open. Memory is PSS: what several processes share is divided among them.
"""

import asyncio
import datetime
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import nbformat
import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

HARNESS = Path(__file__).resolve().parents[1] / "tests" / "browser"
STUDENTS = (1, 10, 30)
CHAPTER = "04_lstm.ipynb"
MEGABYTE = 1e6
START_LOAD = os.getloadavg()[0]
PATIENCE = 900    # seconds; the hub itself gives a server 300
# A service that may act for the class: the students' passwords would say nothing about memory, and bcrypt takes time.
ROBOT = """
c.JupyterHub.services.append({{"name": "robot", "api_token": {token!r}}})
c.JupyterHub.load_roles.append({{"name": "robot", "services": ["robot"],
                                "scopes": ["admin:users", "admin:servers", "access:servers"]}})
"""


def run(students=STUDENTS):
    """Yield rows: "students"; "hub", "server", "kernel", "student", "together" in MB; "servers", "chapters" in s."""
    sys.path.insert(0, str(HARNESS))
    import hub

    AsyncHTTPClient.configure(None, max_clients=2 * max(students) + 4)
    for count in students:
        token = uuid.uuid4().hex
        with tempfile.TemporaryDirectory() as folder:
            extra = Path(folder) / "robot.py"
            extra.write_text(ROBOT.format(token=token))
            with hub.hub_server(extra=extra) as room:
                yield {"students": count} | asyncio.run(_class(room, token, count))


async def _class(room, token, count):
    pupils = [Pupil(room.address, token, f"s{number:04}") for number in range(1, count + 1)]
    start = time.perf_counter()
    await asyncio.gather(*(pupil.begin() for pupil in pupils))
    servers = time.perf_counter() - start
    await asyncio.gather(*(pupil.work() for pupil in pupils))
    return _memory(room) | {"servers": servers, "chapters": time.perf_counter() - start}


class Pupil:
    """A student's place, driven over the hub's and Jupyter's API."""

    def __init__(self, address, token, name):
        self.address, self.name, self.headers = address, name, {"Authorization": f"token {token}"}
        self.base = f"/user/{name}/api"

    async def ask(self, path, method="GET", body=None):
        """The parsed answer; asks again where the hub says that too many start at once (status 429)."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = await AsyncHTTPClient().fetch(HTTPRequest(
                self.address + path, method, self.headers, request_timeout=PATIENCE, allow_nonstandard_methods=True,
                body=None if body is None else json.dumps(body)), raise_error=False)
            if answer.code != 429:
                answer.rethrow()
                return json.loads(answer.body or b"null")
            await asyncio.sleep(float(answer.headers.get("Retry-After", 2)))
        raise TimeoutError(f"the hub took no {method} {path} within {PATIENCE} s")

    async def begin(self):
        """Have an account and a server, and wait until it is up."""
        await self.ask(f"/hub/api/users/{self.name}", "POST")
        await self.ask(f"/hub/api/users/{self.name}/server", "POST")
        while not (await self.ask(f"/hub/api/users/{self.name}"))["server"]:
            await asyncio.sleep(0.5)

    async def work(self):
        """Run chapter 04 from this student's own folder, all cells, and leave its kernel as it is."""
        found = await self.ask(f"{self.base}/contents/chapters/{CHAPTER}")
        cells = [cell.source for cell in nbformat.from_dict(found["content"]).cells if cell.cell_type == "code"]
        kernel = await self.ask(f"{self.base}/kernels", "POST", {"name": "python3", "path": f"chapters/{CHAPTER}"})
        url = f"{self.address}{self.base}/kernels/{kernel['id']}/channels".replace("http", "ws", 1)
        line = await websocket_connect(HTTPRequest(url, headers=self.headers), max_message_size=2**27)
        for source in cells:
            await self._execute(line, source)
        line.close()

    async def _execute(self, line, source):
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": self.name,
                  "username": self.name, "version": "5.3", "date": ""}
        content = {"code": source, "silent": False, "store_history": True, "user_expressions": {},
                   "allow_stdin": False, "stop_on_error": True}
        await line.write_message(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content,
                                             "channel": "shell", "buffers": []}))
        while True:
            message = await line.read_message()
            if message is None:
                raise ConnectionError(f"the kernel of {self.name} is gone")
            answer = json.loads(message) if isinstance(message, str) else {}    # bytes: a widget's numbers
            if answer.get("msg_type") == "execute_reply" and answer["parent_header"]["msg_id"] == header["msg_id"]:
                if answer["content"]["status"] != "ok":
                    raise RuntimeError(f"chapter {CHAPTER} failed: {answer['content'].get('evalue')}")
                return


def _memory(room):
    """MB: hub with proxy and culler; a student's server, kernel, and both (the largest); all together."""
    sandboxes = [p for p in psutil.Process(room.process.pid).children() if p.name() == "bwrap"]
    places = [[p, *p.children(recursive=True)] for p in sandboxes]
    theirs = {p.pid for place in places for p in place}
    own = sum(_pss(psutil.Process(pid)) for pid in room.pids() if pid not in theirs)
    kernels = [sum(_pss(p) for p in place if "ipykernel_launcher" in " ".join(p.cmdline())) for place in places]
    students = [sum(map(_pss, place)) for place in places]
    servers = [all_of_it - kernel for all_of_it, kernel in zip(students, kernels, strict=True)]
    return {"hub": own, "server": statistics.median(servers), "kernel": statistics.median(kernels),
            "student": max(students), "together": own + sum(students)}


def _pss(process):
    return process.memory_full_info().pss / MEGABYTE


def line(row):
    """A row of the table in classroom/README.md."""
    megabytes = " | ".join(f"{row[name]:.0f} MB" for name in ("hub", "server", "kernel", "student"))
    return (f"| {row['students']} | {megabytes} | {row['together'] / 1e3:.2f} GB | {row['servers']:.0f} s "
            f"| {row['chapters']:.0f} s |")


def main(words):
    """The table, one line a class, as it stands in classroom/README.md."""
    if not all(word.isdigit() and int(word) for word in words):
        sys.exit(f"expected numbers of students, such as 1 10 30; got {' '.join(words)}")
    print("| students | hub, proxy, culler | a server | a kernel | a student, at most | together | all servers up "
          "| all chapters run |\n|---|---|---|---|---|---|---|---|", flush=True)
    for row in run([int(word) for word in words] or STUDENTS):
        print(line(row), flush=True)
    print(f"\n({datetime.date.today()}, {os.cpu_count()} processors, {psutil.virtual_memory().total / 1e9:.0f} GB; "
          f"the machine's load before and during: {START_LOAD:.1f}, {os.getloadavg()[0]:.1f})")


if __name__ == "__main__":
    main(sys.argv[1:])
