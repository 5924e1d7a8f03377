"""JupyterHub for one Linux server: `jupyterhub -f classroom/hub/jupyterhub_config.py`. classroom/README.md says how.

Each student's JupyterLab runs in a sandbox of its own (spawner.py): own files, own processes, no network, limits.
Settings come from the environment, so that this file need not be changed:

    RNNCOURSE_HUB_STATE      folder for accounts, secrets and homes; mode 0700 (default: /var/lib/rnncourse-hub for root
                             and systemd's $STATE_DIRECTORY, else ~/.local/share/rnncourse-hub)
    RNNCOURSE_HUB_ADMIN      the teachers' names, with commas (default: teacher)
    RNNCOURSE_HUB_ACCOUNTS   native: sign-up on the hub's own page, approved by a teacher (default)
                             pam: the accounts of this machine; the hub then has to run as root
    RNNCOURSE_HUB_MEMORY     what one student's processes may hold together (default: 2G)
    RNNCOURSE_HUB_CPU        processors that one student may keep busy (default: 1)
    RNNCOURSE_HUB_IDLE       seconds after which an unused server is stopped (default: 3600)
    RNNCOURSE_HUB_URL        where the hub listens (default: http://127.0.0.1:8000, for a TLS proxy in front of it)
    RNNCOURSE_HUB_CERT, _KEY certificate and key in PEM, where the hub itself speaks TLS
    RNNCOURSE_HUB_PROXY      configurable-http-proxy (default: the one on the PATH, else the one of tools/node)
"""

import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import accounts  # noqa: E402
import settings  # noqa: E402
import spawner  # noqa: E402

c = get_config()  # noqa: F821  JupyterHub puts this name here
state = settings.state_folder()
settings.check_sandbox()

# -- what is kept: accounts, secrets, homes ----------------------------------------------------------------------
c.JupyterHub.db_url = f"sqlite:///{state / 'jupyterhub.sqlite'}"
c.JupyterHub.upgrade_db = True                                  # a newer JupyterHub; it copies the old file first
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.ConfigurableHTTPProxy.auth_token = settings.secret(state / "proxy_token")
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")
c.ConfigurableHTTPProxy.command = settings.proxy_command()

# -- who may enter --------------------------------------------------------------------------------------------
c.Authenticator.admin_users = settings.admins()
c.Authenticator.allow_all = True                                # all with an account; native ones are approved first
c.Authenticator.username_pattern = spawner.NAME.pattern
if settings.accounts() == "pam":
    c.JupyterHub.authenticator_class = "pam"
else:
    c.JupyterHub.authenticator_class = accounts.Accounts
    c.Accounts.first_password_file = str(state / "first_password")
    c.NativeAuthenticator.open_signup = False                   # who signs up waits until a teacher approves
    c.NativeAuthenticator.minimum_password_length = 10
    c.NativeAuthenticator.check_common_password = True
    c.NativeAuthenticator.allowed_failed_logins = 5
    c.NativeAuthenticator.seconds_before_next_try = 600
    c.JupyterHub.template_paths = [accounts.TEMPLATES]

# -- where it listens -----------------------------------------------------------------------------------------
c.JupyterHub.bind_url = os.environ.get("RNNCOURSE_HUB_URL", "http://127.0.0.1:8000")
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.ssl_cert = os.environ.get("RNNCOURSE_HUB_CERT", "")
c.JupyterHub.ssl_key = os.environ.get("RNNCOURSE_HUB_KEY", "")

# -- a student's server -----------------------------------------------------------------------------------------
c.JupyterHub.spawner_class = spawner.Sandboxed
c.Sandboxed.state_folder = str(state)
c.Spawner.mem_limit = settings.memory()
c.Spawner.cpu_limit = settings.processors()
c.Spawner.default_url = "/lab/tree/chapters/00_start_here.ipynb"
c.Spawner.args = ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                  "--LabApp.extension_manager=readonly"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 300          # thirty at once on two processors take a while
c.JupyterHub.allow_named_servers = False                        # one server each: the limits count once

# -- servers that nobody uses are stopped; the work lies on disk --------------------------------------------------
c.JupyterHub.services = [{
    "name": "idle-culler",
    "command": [shutil.which(sys.executable) or sys.executable, "-m", "jupyterhub_idle_culler",
                f"--timeout={settings.idle_seconds()}"],
}]
c.JupyterHub.load_roles = [{
    "name": "idle-culler", "services": ["idle-culler"],
    "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
}]
