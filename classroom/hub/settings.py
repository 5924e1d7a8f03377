"""What jupyterhub_config.py reads from the environment and the machine, and what it refuses, saying why."""

import os
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from rnncourse import assets

ROOT = Path(__file__).resolve().parents[2]
BUNDLED_PROXY = ROOT / "tools" / "node" / "node_modules" / ".bin" / "configurable-http-proxy"


def state_folder():
    """The folder for accounts, secrets and homes, made if missing; nobody but the hub's account may enter it."""
    own = "/var/lib/rnncourse-hub" if os.geteuid() == 0 else Path.home() / ".local/share/rnncourse-hub"
    folder = Path(os.environ.get("RNNCOURSE_HUB_STATE") or os.environ.get("STATE_DIRECTORY") or own).resolve()
    for shown in shown_to_students():
        if folder.is_relative_to(shown):
            sys.exit(f"the hub's folder {folder} lies in {shown}, which every student can read; "
                     "set RNNCOURSE_HUB_STATE to a folder elsewhere, such as /var/lib/rnncourse-hub")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    (folder / "shelf").mkdir(exist_ok=True, mode=0o755)    # what the teacher lays here comes into each home
    return folder


def secret(path):
    """The secret in a file of mode 0600, drawn when it is missing: 64 hex digits."""
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text().strip()


def admins():
    """The teachers' names, from RNNCOURSE_HUB_ADMIN."""
    return {name.strip() for name in os.environ.get("RNNCOURSE_HUB_ADMIN", "teacher").split(",") if name.strip()}


def accounts():
    """"native" or "pam", from RNNCOURSE_HUB_ACCOUNTS."""
    chosen = os.environ.get("RNNCOURSE_HUB_ACCOUNTS", "native")
    if chosen not in ("native", "pam"):
        sys.exit(f"RNNCOURSE_HUB_ACCOUNTS is {chosen!r}; expected native (sign-up, approval) or pam (this machine's)")
    if chosen == "pam" and os.geteuid() != 0:
        sys.exit("RNNCOURSE_HUB_ACCOUNTS=pam checks other people's passwords and becomes them: run the hub as root, "
                 "or take native accounts")
    return chosen


def idle_seconds():
    """After how many seconds an unused server is stopped, from RNNCOURSE_HUB_IDLE."""
    given = os.environ.get("RNNCOURSE_HUB_IDLE", "3600")
    if not given.isdigit() or int(given) < 60:
        sys.exit(f"RNNCOURSE_HUB_IDLE is {given!r}; expected whole seconds, 60 or more")
    return int(given)


def memory():
    """What one student's processes may hold together, such as "2G", from RNNCOURSE_HUB_MEMORY."""
    given = os.environ.get("RNNCOURSE_HUB_MEMORY", "2G")
    if not re.fullmatch(r"\d+(\.\d+)?[KMGT]", given):
        sys.exit(f"RNNCOURSE_HUB_MEMORY is {given!r}; expected a number with M or G, such as 1500M or 2G")
    return given


def processors():
    """How many processors one student may keep busy, from RNNCOURSE_HUB_CPU."""
    given = os.environ.get("RNNCOURSE_HUB_CPU", "1")
    if not re.fullmatch(r"\d+(\.\d+)?", given) or not float(given):
        sys.exit(f"RNNCOURSE_HUB_CPU is {given!r}; expected a number above 0, such as 0.5 or 2")
    return float(given)


def proxy_command():
    """configurable-http-proxy, as words of a command."""
    found = os.environ.get("RNNCOURSE_HUB_PROXY") or shutil.which("configurable-http-proxy")
    if found or BUNDLED_PROXY.exists():
        return [found or str(BUNDLED_PROXY)]
    sys.exit("no configurable-http-proxy on the PATH: `npm ci --prefix tools/node --ignore-scripts`, or name it in "
             "RNNCOURSE_HUB_PROXY")


def check_sandbox():
    """Stop where bubblewrap is missing or not allowed to work: students' code is not run without it."""
    if not shutil.which("bwrap"):
        sys.exit("no bwrap on the PATH. The hub runs each student's code in a bubblewrap sandbox, and not without one. "
                 "On Debian and Ubuntu: apt install bubblewrap")
    tried = subprocess.run(["bwrap", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "true"],
                           capture_output=True, text=True)
    if tried.returncode:
        sys.exit(f"bubblewrap does not work here for this account: {tried.stderr.strip()}. Ubuntu 24.04 and later need "
                 "an AppArmor profile that allows it (bwrap-userns-restrict); or run the hub as root; in a container, "
                 "allow it to make namespaces")


def shown_to_students():
    """The folders of this machine that stand in every sandbox, to be read only: the system, Python, the course."""
    own = Path(__file__).resolve().parent
    folders = [Path("/usr"), Path(sys.prefix), Path(sys.base_prefix).resolve(), assets.PACKAGE, own]
    if assets.in_clone():
        folders += [assets.chapters(), assets.path("."), assets.constraints()]
    return list(dict.fromkeys(folders))
