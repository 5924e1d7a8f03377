"""One JupyterLab and one Chromium for all browser tests; and a plain word where there is no Chromium."""

import os
import shutil
from pathlib import Path

import lab as browser
import pytest

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None

SHOTS = os.environ.get("RNNCOURSE_SHOTS")
READY = browser.chromium() is not None and sync_playwright is not None
HOW = ("install Chromium (Debian, Ubuntu: `apt-get install chromium`; elsewhere Chrome will do) "
       "and `pip install playwright axe-playwright-python`")

if not READY and not os.environ.get("CI"):
    collect_ignore_glob = ["test_*.py"]


def pytest_terminal_summary(terminalreporter):
    """Say in the last lines what did not run."""
    if not READY:
        terminalreporter.section("browser tests did not run", yellow=True)
        terminalreporter.line("No Chromium with playwright was found, so no explorer was moved in a real browser. "
                              f"To run them: {HOW}.")


def pytest_collection_modifyitems(items):
    """Two Labs share the work: what belongs to one explorer or one chapter stays together, else what is in one file."""
    for item in items:
        shared = getattr(item, "callspec", None) and (item.callspec.params.get("explorer")
                                                      or item.callspec.params.get("chapter"))
        item.add_marker(pytest.mark.xdist_group(str(shared or item.path.stem)))


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory):
    """The folder that Lab shows: copies of the chapters, and what the tests write."""
    folder = tmp_path_factory.mktemp("lab")
    chapters = browser.ROOT / "chapters"
    if chapters.is_dir():
        shutil.copytree(chapters, folder / "chapters", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return folder


@pytest.fixture(scope="session")
def chromium():
    """The one Chromium of this process: playwright's synchronous side can be entered only once."""
    if not READY:
        pytest.fail(f"no Chromium with playwright on this machine, and CI asks for it: {HOW}")
    with sync_playwright() as playwright:
        browsing = playwright.chromium.launch(executable_path=browser.chromium(), args=browser.FLAGS)
        yield browsing
        browsing.close()


@pytest.fixture(scope="session")
def lab(lab_folder, chromium):
    """A running JupyterLab, open in Chromium."""
    with browser.lab_server(lab_folder) as address:
        yield browser.Lab(chromium.new_page(viewport={"width": 1200, "height": 1000}), address)


@pytest.fixture(scope="session")
def shot():
    """shot(locator, name): keep a picture of it in the folder RNNCOURSE_SHOTS, where that is set."""
    def save(locator, name):
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            locator.screenshot(path=Path(SHOTS) / f"{name}.png")
    return save
