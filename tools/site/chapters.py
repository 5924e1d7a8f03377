"""From an executed notebook to a page: figures become files, exercises get folded help, explorers a note."""

import base64
import hashlib
import html
import importlib
import re

import nbformat

from tools.site.text import headed, inline

FIGURE = re.compile(r'<figure[^>]*><img alt="(?P<alt>[^"]*)" width="(?P<width>\d+)"[^>]*'
                    r'src="data:image/png;base64,(?P<png>[^"]*)"><figcaption[^>]*>(?P<caption>.*?)</figcaption>', re.S)
IMPORT = re.compile(r"^from rnncourse\.exercises import (\w+)(?: as exercises)?$", re.M)
CHECK = re.compile(r"^exercises\.(\w+)\.check\((\w+)\)\s*\Z", re.M)
HELP = re.compile(r"^# exercises\.\w+\.(?:hint|solution)\(\)\n?", re.M)
EXPLORER = re.compile(r"\A([A-Z]\w+)\(.*\Z", re.S)
COLAB_FIRST = '''# Colab has no rnncourse: this installs it, with the chapters' data, once in each session.
%pip install --quiet "{install}"'''


def page(notebook, name, repository=None):
    """(notebook for the page, {file name: bytes} of its figures). `notebook` stays as it is.

    name        the chapter's file name without ending, "04_lstm"
    repository  a Repository, for Binder and Colab; None: the download button alone
    """
    figures, cells, topic = {}, [], None
    for place, cell in enumerate(notebook.cells):
        cell = nbformat.from_dict(cell)
        if cell.cell_type == "code" and HELP.search(cell.source):
            cell.source = HELP.sub("", cell.source)     # the folded help stands in its place
            if not cell.source.strip():
                continue
        cell.metadata = nbformat.from_dict({})          # tags are for tests and slides
        cells.append(cell)
        if cell.cell_type == "markdown":
            cell.source = headed(cell.source)
        if cell.cell_type == "code":
            topic = match[1] if (match := IMPORT.search(cell.source)) else topic
            cell.outputs = [_output(output, figures, name, notebook, place) for output in cell.outputs
                            if not _empty(output)]
            if match := CHECK.search(cell.source):
                cell.outputs = []                       # "not attempted", which is no news on a page
                cells.append(_markdown(folded(_exercise(topic, match[1]))))
    cells[0].source = _under_title(cells[0].source, buttons(name, repository))
    return nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata), figures


def buttons(name, repository=None):
    """The row of buttons under a chapter's title, as HTML."""
    notebook = f"{name}.ipynb"
    row = [(f"../downloads/{notebook}", "badge_download.svg", "Download this notebook", " download")]
    if repository:
        row.append((repository.binder(f"chapters/{notebook}"), "badge_binder.svg",
                    "Open this chapter in Binder, with a Python behind it", ""))
        if address := repository.colab(f"downloads/{name}.colab.ipynb"):
            row.append((address, "badge_colab.svg", "Open this chapter in Colab", ""))
    links = "".join(f'<a href="{html.escape(address)}"{more}><img src="../_static/{badge}" alt="{alt}" '
                    f'height="28"></a>' for address, badge, alt, more in row)
    return f'<div class="rnnc-buttons">{links}</div>'


def for_colab(notebook, repository):
    """A copy of a chapter whose first cell installs the library."""
    copy = nbformat.from_dict(notebook)
    copy.cells.insert(0, nbformat.v4.new_code_cell(COLAB_FIRST.format(install=repository.install), id="colab-install"))
    return copy


def folded(exercise):
    """Hints and solution of an Exercise, each folded away, in MyST. Hints are Markdown, as a notebook shows them."""
    total = len(exercise.hints)
    parts = [_details(f"Hint {k} of {total}", hint) for k, hint in enumerate(exercise.hints, 1)]
    parts.append(_details("One way to write it", f"```python\n{exercise.source}\n```\n\n{inline(exercise.after)}"))
    return '<div class="rnnc-help">\n\n' + "\n\n".join(parts) + "\n\n</div>"


def _details(summary, body):
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def _exercise(topic, name):
    return getattr(importlib.import_module(f"rnncourse.exercises.{topic}"), name)


def _output(output, figures, name, notebook, place):
    """An output as the page shows it."""
    data = output.get("data", {})
    if match := FIGURE.search(data.get("text/html", "")):
        return _shown(_figure(match, figures, name))
    if set(data) == {"text/plain"} and (match := EXPLORER.match(data["text/plain"])):
        return _shown(_standing_still(match[1], notebook.cells, place))
    return nbformat.from_dict(output)


def _figure(match, figures, name):
    png = base64.b64decode(match["png"])
    file = f"{name}-{hashlib.sha256(png).hexdigest()[:10]}.png"
    figures[file] = png
    width, height = (int.from_bytes(png[k:k + 4], "big") for k in (16, 20))    # from the PNG's header
    shown = int(match["width"])
    return (f'<figure class="rnnc-figure"><img class="dark-light" loading="lazy" alt="{match["alt"]}" '
            f'width="{shown}" height="{round(height * shown / width)}" src="../figures/{file}">'
            f'<figcaption>{match["caption"]}</figcaption></figure>')


def _standing_still(explorer, cells, place):
    """The note in an explorer's place, which says where its still picture stands."""
    where = next((word for word, around in (("below", cells[place:place + 4]), ("above", cells[place - 3:place]))
                  if any(".still(" in cell.source for cell in around)), None)
    picture = f" Its still picture stands {where}." if where else ""
    return (f'<div class="rnnc-note"><p><strong>Move it in the notebook.</strong> There, the explorer '
            f"<code>{explorer}</code> stands here with its controls; a web page has no Python to answer "
            f"them.{picture}</p></div>")


def _shown(page):
    return nbformat.v4.new_output("display_data", {"text/html": page})


def _empty(output):
    data = output.get("data")
    return data is not None and not "".join(data.get("text/html", data.get("text/plain", " "))).strip()


def _markdown(source):
    return nbformat.v4.new_markdown_cell(source, id=f"help-{hashlib.sha256(source.encode()).hexdigest()[:8]}")


def _under_title(source, row):
    title, _, rest = source.partition("\n")
    return f"{title}\n\n{row}\n\n{rest}"
