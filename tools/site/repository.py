"""Where the course is published, and the addresses that follow from it: Binder, Colab, a file's source."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
HOW = ("write `repository-code: https://…` into CITATION.cff, or for one build: "
       "RNNCOURSE_REPOSITORY=https://github.com/OWNER/NAME make site")
SHAPE = re.compile(r"https://(?P<host>[\w.-]+(?::\d+)?)/(?P<path>[\w.~-]+(?:/[\w.~-]+)+)/?")
WORD = re.compile(r"[\w.-]+(?:/[\w.-]+)*")


@dataclass(frozen=True)
class Repository:
    """A public git repository.

    address  "https://github.com/OWNER/NAME", or any other host
    branch   the branch that holds the course
    pages    the branch that holds the built web page: Colab opens files of a GitHub repository only
    """

    address: str
    branch: str = "main"
    pages: str = "gh-pages"

    def __post_init__(self):
        if not SHAPE.fullmatch(self.address):
            raise ValueError(f"the repository is {self.address!r}; expected https://HOST/OWNER/NAME. To set it, {HOW}")
        for name in ("branch", "pages"):
            if not WORD.fullmatch(getattr(self, name)):
                raise ValueError(f"the repository's {name} is {getattr(self, name)!r}; expected a branch such as main")

    @property
    def host(self):
        """The host's name: github.com."""
        return SHAPE.fullmatch(self.address)["host"]

    @property
    def path(self):
        """OWNER/NAME."""
        return SHAPE.fullmatch(self.address)["path"].removesuffix(".git")

    @property
    def plain(self):
        """The address without .git and slash at its end."""
        return f"https://{self.host}/{self.path}"

    def binder(self, notebook):
        """The address at which mybinder.org opens a notebook of the repository in JupyterLab."""
        kind, where = {"github.com": ("gh", self.path), "gitlab.com": ("gl", quote(self.path, safe=""))}.get(
            self.host, ("git", quote(self.plain, safe="")))
        return (f"https://mybinder.org/v2/{kind}/{where}/{quote(self.branch, safe='')}"
                f"?urlpath={quote(f'lab/tree/{notebook}', safe='')}")

    def colab(self, notebook):
        """The address at which Colab opens a notebook of the built web page, or None where it cannot."""
        if self.host != "github.com":
            return None
        return f"https://colab.research.google.com/github/{self.path}/blob/{quote(self.pages)}/{notebook}"

    def source(self, file):
        """The address that shows a file or folder of the repository."""
        middle = "/-/blob" if self.host == "gitlab.com" else "/blob" if self.host == "github.com" else "/src/branch"
        return f"{self.plain}{middle}/{quote(self.branch)}/{quote(file)}"

    @property
    def install(self):
        """What pip installs to get the library from here."""
        return f"rnncourse @ git+{self.plain}@{self.branch}"


def found(environment=os.environ, citation=None):
    """The Repository that RNNCOURSE_REPOSITORY (with _BRANCH, _PAGES) or CITATION.cff names, or None.

    environment  name -> value
    citation     the text of CITATION.cff; None: read from the file
    """
    if citation is None:
        citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    written = re.search(r"^repository-code: *[\"']?([^\s\"']+)", citation, re.MULTILINE)
    address = environment.get("RNNCOURSE_REPOSITORY", written[1] if written else "")
    chosen = {name: environment[key] for name, key in (("branch", "RNNCOURSE_BRANCH"), ("pages", "RNNCOURSE_PAGES"))
              if environment.get(key)}
    return Repository(address, **chosen) if address else None
