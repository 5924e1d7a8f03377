"""NativeAuthenticator whose teachers' accounts exist from the first start, so that nobody else can sign up as one."""

import os
import secrets
from pathlib import Path

import nativeauthenticator
from jupyterhub.handlers.login import LoginHandler
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import LocalBase
from tornado import web
from tornado.escape import url_escape
from traitlets import Unicode

TEMPLATES = str(Path(nativeauthenticator.__file__).parent / "templates")


class Accounts(NativeAuthenticator):
    """Sign-up with approval. A teacher without an account gets one, its password in `first_password_file`."""

    first_password_file = Unicode(config=True, help="Where the teachers' first passwords are written, mode 0600.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in sorted(self.admin_users):
            if not self.user_exists(name):
                self._make_teacher(name)

    async def authenticate(self, handler, data):
        """The name of who may enter, or None; one who waits for approval is told so, if the password is right."""
        found = await super().authenticate(handler, data)
        waiting = None if found else self.get_user(data["username"])
        if waiting and not waiting.is_authorized and not self.is_blocked(waiting.username) \
                and waiting.is_valid_password(data["password"]):
            raise web.HTTPError(403, "This account waits for a teacher's approval.")
        return found

    def get_handlers(self, app):
        """NativeAuthenticator's pages, with a log-in page that JupyterHub 6 can serve."""
        return [(path, LogIn if path == "/login" else handler) for path, handler in super().get_handlers(app)]

    def _make_teacher(self, name):
        password = secrets.token_urlsafe(12)
        if self.create_user(name, password) is None:
            raise ValueError(f"{name!r} cannot be a teacher's name; letters a-z, digits, and . _ - within, up to 32")
        with open(os.open(self.first_password_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.write(f"{name} {password}\n")
        self.log.warning("Account %s made; its first password stands in %s. Change it on the page /hub/change-password "
                         "and delete that file.", name, self.first_password_file)


class LogIn(LoginHandler, LocalBase):
    """JupyterHub's log-in in NativeAuthenticator's page (its own handler asks JupyterHub 6 for what is gone)."""

    def _render(self, login_error=None, username=None, **kwargs):
        known = self.authenticator
        return self.render_template(
            "native-login.html", next=url_escape(self.get_argument("next", default="")), username=username,
            login_error=login_error, login_url=self.settings["login_url"], enable_signup=known.enable_signup,
            two_factor_auth=known.allow_2fa, custom_html="", xsrf=self.xsrf_token.decode("ascii"),
            authenticator_login_url=known.login_url(self.hub.base_url), **kwargs)
