"""The hub's configuration without a hub: what it sets, what it refuses, its sandbox, its limits; and the cluster's."""

import json
import os
import pwd
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from traitlets.config import PyFileConfigLoader

ROOT = Path(__file__).resolve().parents[1]
HUB = ROOT / "classroom" / "hub"
sys.path.insert(0, str(HUB))

import approve  # noqa: E402
import inside  # noqa: E402
import limits  # noqa: E402
import settings  # noqa: E402
import spawner  # noqa: E402

NEEDS_BWRAP = pytest.mark.skipif(not shutil.which("bwrap") and not os.environ.get("CI"), reason="no bubblewrap here")


@pytest.fixture
def load(tmp_path, monkeypatch):
    """load(NAME=value, …): the configuration under RNNCOURSE_HUB_NAME=value …"""
    for name in [name for name in os.environ if name.startswith("RNNCOURSE_HUB")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RNNCOURSE_HUB_STATE", str(tmp_path / "state"))
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bwrap", "configurable-http-proxy"):    # the test is of the configuration, not of what is installed
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")

    def with_settings(**given):
        for name, value in given.items():
            monkeypatch.setenv(f"RNNCOURSE_HUB_{name}", value)
        return PyFileConfigLoader(str(HUB / "jupyterhub_config.py")).load_config()
    return with_settings


def test_accounts_are_real_and_wait_for_approval(load):
    c = load(ADMIN="anna, berta")
    assert c.JupyterHub.authenticator_class.__name__ == "Accounts"
    native = c.NativeAuthenticator
    assert native.open_signup is False and native.minimum_password_length >= 10 and native.check_common_password
    assert 0 < native.allowed_failed_logins <= 5 and native.seconds_before_next_try >= 600
    assert c.Authenticator.admin_users == {"anna", "berta"}
    assert "dummy" not in (HUB / "jupyterhub_config.py").read_text().lower()


def test_accounts_of_the_machine_by_one_variable(load, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert load(ACCOUNTS="pam").JupyterHub.authenticator_class == "pam"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="run the hub as root"):
        load(ACCOUNTS="pam")


def test_what_is_kept_lies_in_one_closed_folder(load, tmp_path):
    c, state = load(), tmp_path / "state"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "proxy_token").stat().st_mode) == 0o600
    assert c.JupyterHub.db_url == f"sqlite:///{state}/jupyterhub.sqlite"
    assert Path(c.JupyterHub.cookie_secret_file).parent == Path(c.Sandboxed.state_folder) == state
    token = c.ConfigurableHTTPProxy.auth_token
    assert len(token) == 64 and load().ConfigurableHTTPProxy.auth_token == token


def test_it_listens_on_the_loopback_and_every_server_is_limited_and_stopped_when_idle(load):
    c = load(IDLE="900")
    assert c.JupyterHub.bind_url == "http://127.0.0.1:8000" and c.JupyterHub.hub_ip == "127.0.0.1"
    assert c.JupyterHub.spawner_class is spawner.Sandboxed and c.JupyterHub.allow_named_servers is False
    assert c.Spawner.mem_limit == "2G" and c.Spawner.cpu_limit == 1
    culler, role = c.JupyterHub.services[0], c.JupyterHub.load_roles[0]
    assert culler["command"][-1] == "--timeout=900" and role["services"] == [culler["name"]]
    assert set(role["scopes"]) == {"list:users", "read:users:activity", "read:servers", "delete:servers"}
    assert "--LabApp.news_url=None" in c.Spawner.args


@pytest.mark.parametrize("given, said", [
    ({"ACCOUNTS": "dummy"}, "ACCOUNTS is 'dummy'; expected native"),
    ({"IDLE": "soon"}, "IDLE is 'soon'; expected whole seconds"),
    ({"IDLE": "5"}, "60 or more"),
    ({"MEMORY": "2000000000"}, "MEMORY is '2000000000'; expected a number with M or G"),
    ({"CPU": "all"}, "CPU is 'all'; expected a number above 0"),
    ({"CPU": "0"}, "expected a number above 0"),
    ({"STATE": str(ROOT / "assets" / "state")}, "every student can read"),
])
def test_settings_it_refuses(load, given, said):
    with pytest.raises(SystemExit, match=said):
        load(**given)
    assert not (ROOT / "assets" / "state").exists()


def test_it_refuses_to_start_without_sandbox_or_proxy(load, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "BUNDLED_PROXY", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(SystemExit, match="apt install bubblewrap"):
        settings.check_sandbox()
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho not permitted >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="does not work here for this account: not permitted"):
        settings.check_sandbox()
    with pytest.raises(SystemExit, match="npm ci --prefix tools/node"):
        settings.proxy_command()


def test_a_class_is_approved_from_its_list_and_nobody_else(tmp_path, monkeypatch, capsys):
    listed = tmp_path / "class.csv"
    listed.write_text("id;first_name\nS1;Ada\ns2;Kim\ns9;Lee\n")
    monkeypatch.setenv("RNNCOURSE_HUB_STATE", str(tmp_path))
    with pytest.raises(SystemExit, match="Has the hub been started once"):
        approve.main([str(listed)])
    with closing(sqlite3.connect(tmp_path / "jupyterhub.sqlite")) as base, base:
        base.execute("CREATE TABLE users_info (username, is_authorized)")
        base.executemany("INSERT INTO users_info VALUES (?, ?)", [("s1", 0), ("s2", 1), ("s3", 0)])
    approve.main([str(listed)])
    assert capsys.readouterr().out.splitlines() == [
        "  1 approved: s1", "  1 not signed up yet: s9", "  1 waiting, but not on the list: s3"]
    with closing(sqlite3.connect(tmp_path / "jupyterhub.sqlite")) as base:
        assert dict(base.execute("SELECT * FROM users_info")) == {"s1": 1, "s2": 1, "s3": 0}
    listed.write_text("name\nAda\n")
    with pytest.raises(SystemExit, match="has no column id"):
        approve.main([str(listed)])


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "-x", "A", "x\n", "x" * 33, "ä"])
def test_a_name_that_is_no_folder_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be a folder's name"):
        spawner.account_of(name, tmp_path)


def test_each_student_has_a_home_and_keeps_it(tmp_path):
    one, two = (spawner.account_of(name, tmp_path) for name in ("s1", "s2"))
    assert one.home != two.home and one.seen_as == "/home/s1"
    assert stat.S_IMODE(one.home.stat().st_mode) == 0o700
    assert spawner.account_of("s1", tmp_path) == one
    if os.geteuid() == 0:
        assert len({one.uid, two.uid, 0}) == 3


def test_accounts_of_the_machine_keep_their_homes_and_root_has_no_server(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_HUB_ACCOUNTS", "pam")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    entry = next(e for e in pwd.getpwall() if e.pw_uid and spawner.NAME.match(e.pw_name))
    account = spawner.account_of(entry.pw_name, tmp_path)
    assert (account.uid, account.seen_as) == (entry.pw_uid, entry.pw_dir)
    with pytest.raises(PermissionError):
        spawner.account_of("root", tmp_path)


@NEEDS_BWRAP
def test_the_sandbox_shows_the_own_home_and_nothing_to_write_besides(tmp_path):
    (tmp_path / "hub.sock").write_text("")
    account = spawner.account_of("s1", tmp_path)
    spawner.account_of("s2", tmp_path)
    words = spawner.sandbox(account, tmp_path, os.environ["PATH"])
    look = ("import os, json; print(json.dumps([os.getuid(), os.listdir('/home'), os.path.exists('/etc/shadow'),"
            f" os.path.exists({str(tmp_path)!r}), os.listdir('/sys') if os.path.exists('/sys') else [],"
            " [d for d in ('/', '/usr', '/etc', '/home', '/run', '/home/s1', '/tmp') if os.access(d, os.W_OK)],"
            " len([p for p in os.listdir('/proc') if p.isdigit()]) < 5]))")
    uid, homes, shadow, state, devices, writable, alone = json.loads(
        subprocess.check_output([*words, sys.executable, "-I", "-c", look]))
    assert (uid, homes, shadow, state, devices) == (account.uid, ["s1"], False, False, [])
    assert writable == ["/home/s1", "/tmp"] and alone


def test_no_process_holds_more_than_the_student_may():
    eat = ("import os, sys; os.environ['RNNCOURSE_PROCESS_BYTES'] = str(2**28); sys.path.insert(0, sys.argv[1])\n"
           "import inside; inside.limit(); bytearray(2**27); bytearray(2**28)")
    ended = subprocess.run([sys.executable, "-c", eat, str(HUB)], capture_output=True, text=True)
    assert ended.stderr.strip().endswith("MemoryError") and "RNNCOURSE_PROCESS_BYTES" not in os.environ
    assert inside.PROCESSES == limits.PROCESSES


def test_the_watch_counts_all_processes_below_and_names_the_largest():
    hold = "import sys, time; b = bytearray(b'x') * int(sys.argv[1]); print(flush=True); time.sleep(60)"
    children = [subprocess.Popen([sys.executable, "-c", hold, str(size)], stdout=subprocess.PIPE)
                for size in (2**25, 2**26)]
    try:
        for child in children:
            child.stdout.readline()
        held = {pid: size for pid, size in limits.held_below(os.getpid(), limits._parents()).items()
                if pid in [child.pid for child in children]}
        small, large = (held[child.pid] for child in children)
        assert 2**25 < small < 2**26 < large < 2**27
        assert limits.overweight(held, small + large) is None
        assert limits.overweight(held, small + large - 1) == children[1].pid
    finally:
        for child in children:
            child.kill()
            child.wait()
            child.stdout.close()


def test_the_kernels_own_limits_are_written_where_there_is_a_cgroup(tmp_path, monkeypatch):
    base = tmp_path / "hub.service"
    base.mkdir()
    (base / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    (base / "cgroup.procs").write_text("")
    monkeypatch.setattr(limits, "own_cgroup", lambda: limits.prepare(base))
    room = limits.Room.made("s1", 2**30, 1.5)
    assert (base / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"
    assert room.cgroup == base / "student-s1"
    written = {path.name: path.read_text() for path in room.cgroup.iterdir()}
    assert written == {"memory.max": str(2**30), "cpu.max": "150000 100000", "pids.max": "512"}
    (base / "cgroup.controllers").write_text("cpu\n")
    with pytest.raises(OSError, match="no controller for memory, pids"):
        limits.prepare(base)


# -- the cluster ---------------------------------------------------------------------------------------------------
# What we use of the chart (4.x). About half of these names were read in its published reference by hand; its schema was
# not at hand. So this keeps the values from growing unseen, and does not show that the chart takes them.
CHART = {
    "hub": {"config", "extraConfig", "extraFiles", "db"}, "proxy": {"https"},
    "singleuser": {"image", "memory", "cpu", "extraEnv", "storage", "lifecycleHooks", "cmd", "defaultUrl",
                   "startTimeout", "allowPrivilegeEscalation", "networkPolicy"},
    "cull": {"enabled", "timeout", "every"}, "prePuller": {"hook", "continuous"}, "scheduling": {"userScheduler"},
}


@pytest.fixture(scope="module")
def values():
    """The chart's values, parsed."""
    return yaml.safe_load((ROOT / "classroom" / "kubernetes" / "values.yaml").read_text())


def test_the_charts_values_are_the_listed_ones(values):
    assert set(values) <= set(CHART)
    for part, given in values.items():
        assert set(given) <= CHART[part], part
    student = values["singleuser"]
    assert {name: set(student[name]) for name in ("memory", "cpu", "storage", "image", "lifecycleHooks")} == {
        "memory": {"guarantee", "limit"}, "cpu": {"guarantee", "limit"}, "storage": {"type", "capacity",
        "homeMountPath"}, "image": {"name", "tag", "pullPolicy"}, "lifecycleHooks": {"postStart"}}
    assert isinstance(student["image"]["tag"], str) and student["storage"]["type"] == "dynamic"


def test_both_hubs_ask_the_same_of_an_account_and_give_the_same_room(values, load):
    c = load()
    native = values["hub"]["config"]["NativeAuthenticator"]
    assert native == {name: c.NativeAuthenticator[name] for name in native}
    assert values["singleuser"]["memory"]["limit"] == c.Spawner.mem_limit
    assert values["singleuser"]["defaultUrl"] == c.Spawner.default_url
    assert set(c.Spawner.args) <= set(values["singleuser"]["cmd"])
    assert "accounts.Accounts" in values["hub"]["extraConfig"]["accounts"]
    compile(values["hub"]["extraConfig"]["accounts"], "values.yaml", "exec")


def test_the_clusters_hook_lays_the_course_and_never_over_work(values, tmp_path):
    _, dash_c, code = values["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"]
    command, home = [sys.executable, dash_c, code], os.environ | {"HOME": str(tmp_path)}
    subprocess.run(command, env=home, check=True)
    chapter = tmp_path / "chapters" / "00_start_here.ipynb"
    assert chapter.exists()
    chapter.write_text("mine")
    subprocess.run(command, env=home, check=True)
    assert chapter.read_text() == "mine"


def test_repo2docker_installs_the_course_after_it_has_copied_it():
    said = subprocess.run([sys.executable, "-m", "repo2docker", "--no-build", "--debug", "--user-id", "1000",
                           "--user-name", "jovyan", "--target-repo-dir", "/srv/rnncourse", "."], cwd=ROOT,
                          capture_output=True, text=True, timeout=60)
    recipe = said.stdout + said.stderr
    assert said.returncode == 0, recipe[-2000:]
    assert "Building conda environment for python=3.11" in recipe
    copied = re.search(r"^COPY --chown=1000:1000 src/ \$\{REPO_DIR\}", recipe, re.M).start()
    installed = recipe.index('env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"')
    assert copied < installed    # -e . and -c constraints.txt need the files


def test_the_page_names_each_setting_and_the_files_it_speaks_of_exist():
    page = (ROOT / "classroom" / "README.md").read_text()
    names = set(re.findall(r"RNNCOURSE_HUB_[A-Z]+", "".join(p.read_text() for p in HUB.glob("*.py"))))
    inner = {"RNNCOURSE_HUB_SOCKET", "RNNCOURSE_HUB_SHELF"}
    assert names - inner <= set(re.findall(r"RNNCOURSE_HUB_[A-Z]+", page))
    for path in re.findall(r"classroom/[\w/.-]+\.(?:py|yaml|service)", page):
        assert (ROOT / path).exists(), path
    assert time.strptime(re.search(r"measured (\d{4}-\d\d-\d\d)", page)[1], "%Y-%m-%d")
