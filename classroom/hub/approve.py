"""Approve at once all on a list who have signed up: `python classroom/hub/approve.py STUDENTS.csv`, while the hub runs.

The list is that of `rnncourse classroom students`: a CSV file whose column `id` holds the names. To be
run by the hub's account or root; RNNCOURSE_HUB_STATE names the hub's folder, where it is not /var/lib/rnncourse-hub.
"""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from rnncourse.classroom import Trouble, roster


def approve(accounts, wanted):
    """Approve who of the set `wanted` waits in the hub's database `accounts`; returns {what: sorted names}."""
    with closing(sqlite3.connect(f"{Path(accounts).as_uri()}?mode=rw", uri=True, timeout=10)) as base, base:
        known = dict(base.execute("SELECT username, is_authorized FROM users_info"))
        waiting = {name for name, approved in known.items() if not approved}
        base.executemany("UPDATE users_info SET is_authorized = 1 WHERE username = ?",
                         [(name,) for name in waiting & wanted])
    return {"approved": sorted(waiting & wanted), "not signed up yet": sorted(wanted - set(known)),
            "waiting, but not on the list": sorted(waiting - wanted)}


def main(words):
    """Approve, and say who was and who is missing."""
    if len(words) != 1:
        sys.exit("usage: python classroom/hub/approve.py STUDENTS.csv")
    accounts = Path(os.environ.get("RNNCOURSE_HUB_STATE", "/var/lib/rnncourse-hub")).resolve() / "jupyterhub.sqlite"
    try:
        wanted = {student.id.lower() for student in roster.read(words[0])[0]}    # the hub writes names in small letters
        found = approve(accounts, wanted)
    except Trouble as trouble:
        sys.exit(str(trouble))
    except sqlite3.Error as error:
        sys.exit(f"cannot approve in {accounts}: {error}. Has the hub been started once, with native accounts? "
                 "Are you its account or root? Another folder is named by RNNCOURSE_HUB_STATE")
    for what, who in found.items():
        print(f"{len(who):3} {what}: {', '.join(who) or '-'}")


if __name__ == "__main__":
    main(sys.argv[1:])
