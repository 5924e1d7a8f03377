"""The shipped hub in real browsers: three students sign up, work, and get at nothing of one another's."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys

import hub as classroom
import lab as browser
import psutil
import pytest

NAMES = ["s1001", "s1002", "s1003"]
CHAPTER = "chapters/00_start_here.ipynb"
LIMIT = 2**30    # bytes: half of what the shipped settings give a student, to spare this machine


@pytest.fixture(scope="module")
def room(chromium):
    """A hub, a teacher, three students with their servers starting, one not approved; at the end nothing is left."""
    if not shutil.which("bwrap"):
        pytest.fail("no bubblewrap, and the hub does not start without it (Debian, Ubuntu: apt install bubblewrap)")
    with classroom.hub_server(RNNCOURSE_HUB_MEMORY="1G") as hub:
        people = [classroom.Student(chromium.new_context(viewport={"width": 1200, "height": 1000}), hub, name)
                  for name in ["teacher", *NAMES, "s1004"]]
        teacher, *students, waiting = people
        teacher.password = hub.first_password()
        for student in [*students, waiting]:
            assert "sent to the admin" in student.sign_up()
        assert teacher.log_in()
        approve(teacher, students[0].name)
        assert "2 approved: s1002, s1003" in approve_listed(hub, "id,first_name", *NAMES, "s1999")
        for student in students:
            assert student.log_in()
            student.begin()
        yield hub, teacher, students, waiting
        pids = hub.pids()
        for person in people:
            person.page.context.close()
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


def approve(teacher, name):
    """The teacher follows the link beside a name on the hub's page of accounts."""
    teacher.page.goto(f"{teacher.address}/hub/authorize")
    teacher.page.locator("tr", has_text=name).get_by_text("Authorize", exact=True).click()
    teacher.page.locator("tr", has_text=name).get_by_text("Unauthorize", exact=True).wait_for()


def approve_listed(hub, *lines):
    """Approve all on a list by the teacher's command; returns what it says."""
    listed = hub.state / "list.csv"
    listed.write_text("\n".join(lines))
    said = subprocess.check_output([sys.executable, browser.ROOT / "classroom" / "hub" / "approve.py", listed],
                                   env=os.environ | {"RNNCOURSE_HUB_STATE": str(hub.state)}, text=True)
    listed.unlink()
    return said


def test_who_is_not_approved_or_has_a_wrong_password_stays_outside(room):
    hub, _, students, waiting = room
    assert not waiting.log_in()
    assert "waits for a teacher's approval" in waiting.page.inner_text("body")
    waiting.name = students[0].name
    assert not waiting.log_in("not the right password")
    assert "Invalid username or password" in waiting.page.inner_text("body")
    assert "already in use" in waiting.sign_up()
    waiting.name = "teacher"
    assert "already in use" in waiting.sign_up()
    waiting.name, waiting.password = "s1005", "short"
    assert "at least 10" in waiting.sign_up()
    waiting.name, waiting.password = "../s1001", classroom.PASSWORD
    assert "Something went wrong" in waiting.sign_up()


@pytest.mark.parametrize("which", range(len(NAMES)), ids=NAMES)
def test_each_opens_a_chapter_and_moves_a_slider(room, which):
    student = room[2][which]
    student._load()
    with student.notebook(CHAPTER) as notebook:
        assert browser.error_outputs(notebook) == []
        explorer = notebook.locator(".rnnc-explorer").first
        picture = explorer.locator(".rnnc-picture img:not([hidden])")
        before = picture.get_attribute("src")
        explorer.locator('input[type="range"]').first.press("ArrowRight")
        student.page.wait_for_function("([image, before]) => image.src !== before || image.hidden",
                                       arg=[picture.element_handle(), before])
        assert picture.get_attribute("src") != before
    student.leave()
    assert student.left_the_machine == []


def test_another_ones_server_is_closed(room):
    _, _, (one, two, _), _ = room
    one.wait_for_server()
    two.wait_for_server()
    asked = {path: one.page.request.get(one.address + path).status for path in (
        f"/user/{two.name}/lab", f"/user/{two.name}/api/contents/{CHAPTER}", f"/user/{two.name}/files/{CHAPTER}",
        "/hub/admin", f"/hub/api/users/{two.name}", "/hub/authorize", f"/hub/change-password/{two.name}")}
    assert set(asked.values()) <= {403, 404}, asked
    assert two.page.request.get(f"{two.address}/user/{two.name}/api/contents/{CHAPTER}").status == 200
    assert f"/lab/tree/{CHAPTER}" in one.page.request.get(f"{one.address}/user/{one.name}/").url


# What a student's own code tries; each line that prints "got" is a hole.
PRYING = """
import glob, json, os, socket, urllib.request
def attempt(what, call):
    try:
        print("got" if call() else "nothing", what)
    except Exception as error:
        print("refused", what, type(error).__name__)
state, other, ports = {state!r}, {other!r}, {ports!r}
attempt("the hub's folder", lambda: os.listdir(state))
attempt("another's home", lambda: os.listdir(f"{{state}}/homes/{{other}}"))
attempt("another's notebook", lambda: open(f"{{state}}/homes/{{other}}/{chapter}").read())
attempt("the accounts", lambda: open(f"{{state}}/jupyterhub.sqlite", "rb").read())
attempt("passwords of the machine", lambda: os.path.exists("/etc/shadow"))
attempt("other homes", lambda: set(os.listdir("/home")) - {{os.environ["USER"]}})
attempt("the course's code", lambda: open({package!r}, "a"))
mine = f"JUPYTERHUB_USER={{os.environ['USER']}}".encode()
attempt("processes of others", lambda: [p for p in glob.glob("/proc/[0-9]*/environ") if os.access(p, os.R_OK)
                                        and b"JUPYTERHUB_USER" in (own := open(p, "rb").read()) and mine not in own])
for port in ports:
    attempt(f"port {{port}}", lambda: socket.create_connection(("127.0.0.1", port), 1))
attempt("the network", lambda: socket.create_connection(("192.0.2.1", 80), 1))
def ask(path, method="GET"):
    request = urllib.request.Request(os.environ["JUPYTERHUB_API_URL"] + path, method=method,
                                     headers={{"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]}})
    return urllib.request.urlopen(request, timeout=5).read()
attempt("another in the hub's list", lambda: ask(f"/users/{{other}}"))
attempt("the hub's list", lambda: len(json.loads(ask("/users"))) > 1)
attempt("to stop another's server", lambda: ask(f"/users/{{other}}/server", "DELETE") or True)
attempt("a token of another's", lambda: ask(f"/users/{{other}}/tokens", "POST"))
"""


def test_another_ones_files_and_ports_are_closed_to_ones_own_code(room):
    hub, _, (one, two, _), _ = room
    ports = sorted({c.laddr.port for pid in hub.pids() for c in psutil.Process(pid).net_connections("tcp")
                    if c.status == psutil.CONN_LISTEN} - {hub.api_port})
    assert len(ports) >= 4    # proxy, its API, other students' servers
    said = one.run(PRYING.format(state=str(hub.state), other=two.name, chapter=CHAPTER, ports=ports,
                                 package=str(browser.ROOT / "rnncourse" / "__init__.py")))
    assert said.count("\n") == 13 + len(ports), said
    assert "got" not in re.findall(r"^\w+", said, re.M), said


def test_what_the_hub_keeps_is_closed_to_other_accounts_of_the_machine(room):
    hub, *_ = room
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in
             [hub.state, hub.state / "homes", *(hub.state / "homes").iterdir(),
              *(hub.state / name for name in ("cookie_secret", "proxy_token", "first_password"))]}
    assert not [name for name, mode in modes.items() if mode & 0o077], modes
    owners = {home.stat().st_uid for home in (hub.state / "homes").iterdir()}
    assert len(owners) == (len(NAMES) if os.geteuid() == 0 else 1)


GREEDY = """
import subprocess, sys, time
try:
    bytearray({limit})
    print("one process: got it")
except MemoryError:
    print("one process: refused")
hold = "b = bytearray({part}); b[::4096] = b'x' * len(b[::4096]); import time; time.sleep({seconds})"
children = [subprocess.Popen([sys.executable, "-c", hold]) for _ in range(3)]
print("together:", sorted(child.wait() for child in children))
"""


def test_a_server_that_eats_memory_is_limited_and_the_others_go_on(room):
    _, _, (one, two, _), _ = room
    said = one.run(GREEDY.format(limit=LIMIT, part=int(LIMIT * 0.45), seconds=5))
    assert "one process: refused" in said
    ended = json.loads(said.partition("together: ")[2])
    assert -9 in ended and len(ended) == 3, said
    assert two.run("print(6 * 7)") == "42\n"
    assert one.run("print(6 * 7)") == "42\n"


def test_work_survives_a_restart_of_the_server_and_what_lies_on_the_shelf_comes_to_it(room):
    hub, _, (one, *_), _ = room
    laid = hub.state / "homes" / one.name / "chapters"
    one.run("from pathlib import Path; Path('chapters/01_recurrence.ipynb').write_text('{\"mine\": 1}')\n"
            "Path('own.txt').write_text('kept')")
    ran = (hub.state / "homes" / one.name / CHAPTER).read_text()
    for name in ("own.txt", "assignment.ipynb"):
        (hub.state / "shelf" / name).write_text("from the teacher")
    one.restart_server()
    assert (hub.state / "homes" / one.name / "own.txt").read_text() == "kept"
    assert (hub.state / "homes" / one.name / "assignment.ipynb").read_text() == "from the teacher"
    assert json.loads((laid / "01_recurrence.ipynb").read_text()) == {"mine": 1}
    assert (hub.state / "homes" / one.name / CHAPTER).read_text() == ran
