"""How Sphinx builds the web page. The pages' sources are laid by `python -m tools.site`, which calls Sphinx too.

Nothing is executed: the outputs stored in the notebooks are what stands on the page. Nothing comes from elsewhere:
MathJax, fonts and scripts are files beside the pages.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from docutils import nodes  # noqa: E402

import rnncourse  # noqa: E402

project = "rnncourse"
author = "the rnncourse authors"
copyright = "the rnncourse authors. Code: MIT, texts and pictures: CC BY 4.0"
version = release = rnncourse.__version__
language = "en"    # of the theme's own words; the pages say en-GB, whose catalogue lacks a sentence that a search needs

extensions = ["myst_nb"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
nitpicky = True
exclude_patterns = ["downloads", "figures"]
suppress_warnings = []

nb_execution_mode = "off"
nb_ipywidgets_js = {}    # no widget lives on a page without a kernel, and the default loads them from elsewhere
nb_merge_streams = True
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_dmath_double_inline = True

mathjax_path = "mathjax/tex-svg.js"    # draws formulas as paths: no font to fetch, so that file:// works as well
mathjax_config_path = "mathjax_settings.js"
myst_update_mathjax = False

html_theme = "sphinx_book_theme"
html_context = {"default_mode": "auto"}
html_title = "rnncourse"
html_static_path = [str(ROOT / "site" / "_static")]
html_extra_path = [path for path in os.environ.get("RNNCOURSE_SITE_EXTRA", "").split(os.pathsep) if path]
templates_path = ["_templates"]
html_css_files = ["course.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_favicon = "_static/favicon.svg"
html_copy_source = False
add_module_names = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
html_permalinks_icon = "#"
html_theme_options = {
    "use_download_button": False,    # ours stands under the chapter's title, and gives the executed notebook
    "show_navbar_depth": 1,
    "search_bar_text": "Search the course",
    "toc_title": "On this page",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "navbar_persistent": [],
}


def described(app, page, template, context, doctree):
    """Say in each page's HTML that it is British English, and give it its first paragraph as a description."""
    context["language"] = "en-GB"
    if doctree is not None:
        text = next((node.astext() for node in doctree.findall(nodes.paragraph) if len(node.astext()) > 40), "")
        context["description"] = " ".join(text.split())


def one_style_sheet(app, error):
    """Put basic.css in the place of the theme's import of it: Chromium's look-ahead asks for that at a wrong address.
    """
    static = Path(app.outdir) / "_static"
    if error is None and app.builder.format == "html":
        basic = (static / "basic.css").read_text(encoding="utf-8")
        (static / "styles" / "theme.css").write_text(basic.replace("url(", "url(../"), encoding="utf-8")


def setup(app):
    """Sphinx calls this."""
    app.connect("html-page-context", described)
    app.connect("build-finished", one_style_sheet)
