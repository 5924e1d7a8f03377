"""Lay the pages' sources: front page, chapters, teaching pages, reference, and the files that go beside them."""

import re
import shutil
from pathlib import Path

import nbformat

from tools.site import chapters, links, reference
from tools.site.text import headed

ROOT = Path(__file__).resolve().parents[2]
TEACHING = ("teaching/*.md", "classroom/README.md")
LISTED_FIRST = ("teaching/README.md", "teaching/syllabus.md", "classroom/README.md", "teaching/handout.md")
MATHJAX = ROOT / "tools" / "node" / "node_modules" / "mathjax"
MATHJAX_FILES = ("tex-svg.js", "input/tex/extensions/color.js", "input/tex/extensions/mathtools.js")
BUILT = {"handout.pdf": "The hand-out: equations and conventions on one page (PDF)"}


def lay(sources, extra, repository=None, built=None, root=ROOT):
    """Write everything that Sphinx reads into `sources`, and what is copied as it is into `extra`.

    repository  a Repository, or None: no Binder, no Colab
    built       the folder where `make slides` and `make handout` leave their work; None: no links to them
    """
    notebooks = sorted((root / "chapters").glob("[0-9][0-9]_*.ipynb"))
    texts = sorted({file for pattern in TEACHING for file in root.glob(pattern)})
    on_site = {file.relative_to(root).as_posix(): file.relative_to(root).as_posix() for file in [*notebooks, *texts]}
    on_site["README.md"] = "index.md"
    for file in notebooks:
        _chapter(file, sources, extra, repository)
    for file in texts:
        here = file.relative_to(root).as_posix()
        text = _for_teachers(headed(file.read_text(encoding="utf-8")))
        _write(sources / here, links.rewritten(text, here, on_site, repository, root))
    for name, text in reference.pages(root / "rnncourse").items():
        _write(sources / "reference" / f"{name}.md", text)
    given = _copy_built(built, extra) if built else []
    _write(sources / "teach.md", _teach((root / "site" / "teach.md").read_text(encoding="utf-8"), texts, given, root))
    _write(sources / "index.md", _front(root, notebooks, extra))


def mathjax(target, source=MATHJAX):
    """Copy the parts of MathJax that the pages load, with its licence."""
    if not source.is_dir():
        raise SystemExit(f"no MathJax in {source}. `make site` gets it; by hand: npm ci --prefix tools/node")
    for name in MATHJAX_FILES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / "es5" / name, target / name)
    shutil.copyfile(source / "LICENSE", target / "LICENSE")


def chapter_rows(readme):
    """[(number, question, built, moved)] from the README's table of chapters."""
    section = readme.split("\n## The chapters\n")[1].split("\n## ")[0]
    return re.findall(r"^\| (\d\d) \| (.+?) \| (.+?) \| (.+?) \|$", section, re.M)


def _chapter(file, sources, extra, repository):
    notebook = nbformat.read(file, as_version=4)
    page, figures = chapters.page(notebook, file.stem, repository)
    _write(sources / "chapters" / file.name, nbformat.writes(page))
    _write(extra / "downloads" / file.name, file.read_bytes())
    if repository and repository.colab(file.name):
        copy = nbformat.writes(chapters.for_colab(notebook, repository))
        _write(extra / "downloads" / f"{file.stem}.colab.ipynb", copy)
    for name, png in figures.items():
        _write(extra / "figures" / name, png)


def _front(root, notebooks, extra):
    readme = (root / "README.md").read_text(encoding="utf-8")
    alt, picture = re.search(r"!\[([^\]]+)\]\((assets/[^)]+)\)", readme).groups()
    _write(extra / "figures" / Path(picture).name, (root / picture).read_bytes())
    caption = readme.split(f"({picture})\n\n*")[1].split("*\n")[0]
    text = (root / "site" / "index.md").read_text(encoding="utf-8")
    text = text.replace("<!-- picture -->", f'<figure class="rnnc-figure"><img class="dark-light" alt="{alt}" '
                        f'src="figures/{Path(picture).name}"><figcaption>{caption}</figcaption></figure>')
    return _from_readme(text, readme).replace("<!-- chapters -->", _chapter_list(readme, notebooks)) + _toctree(
        "The course", [f"chapters/{file.stem}" for file in notebooks]) + _toctree(
        "For teachers", ["teach"]) + _toctree("The library", ["reference/index"])


def _from_readme(text, readme):
    """A page in which "<!-- readme: Heading -->" is that section of the README."""
    return re.sub(r"<!-- readme: (.+?) -->",
                  lambda m: f"## {m[1]}\n\n" + readme.split(f"\n## {m[1]}\n")[1].split("\n## ")[0].strip(), text)


def _chapter_list(readme, notebooks):
    by_number = {file.stem[:2]: file.stem for file in notebooks}
    rows = chapter_rows(readme)
    if missing := set(by_number) - {number for number, *_ in rows}:
        raise ValueError(f"chapters without a row in the README's table: {', '.join(sorted(missing))}")
    lines = [f"| {number} | [{question}](chapters/{by_number[number]}.ipynb) | {built} | {moved} |"
             for number, question, built, moved in rows if number in by_number]
    return "\n".join(["| no. | question | what you build | what you move |", "|---|---|---|---|", *lines])


def _teach(text, texts, given, root):
    names = [file.relative_to(root).as_posix() for file in texts]
    order = [name for name in LISTED_FIRST if name in names] + [name for name in names if name not in LISTED_FIRST]
    titles = {name: re.search(r"^# (.+)$", _for_teachers((root / name).read_text(encoding="utf-8")), re.M)[1]
              for name in order}
    rows = {name: f"- [{titles[name]}](/{name})" for name in order}
    first = [row for name, row in rows.items() if name in LISTED_FIRST]
    first += [f'- <a href="{to}">{said}</a>' for to, said in given]
    rest = [row for name, row in rows.items() if name not in LISTED_FIRST]
    text = text.replace("<!-- first -->", "\n".join(first)).replace("<!-- teaching -->", "\n".join(rest))
    text = _from_readme(text, (root / "README.md").read_text(encoding="utf-8"))
    return text + _toctree("", [name[:-3] for name in order])


def _for_teachers(text):
    """A teaching page has its chapter's title; in the sidebar and in a search it must be told from the chapter."""
    text = re.sub(r"\A# Teach with it$", "# How to use the teaching pages", text, flags=re.M)
    return re.sub(r"\A# (\d\d · )", r"# Teaching \1", text)


def _copy_built(built, extra):
    """Copy slides and hand-out where they have been made; [(address, what it is)]."""
    given = []
    for name, said in BUILT.items():
        if (built / name).is_file():
            _write(extra / "downloads" / name, (built / name).read_bytes())
            given.append((f"downloads/{name}", said))
    if (built / "slides" / "index.html").is_file():
        shutil.copytree(built / "slides", extra / "slides", dirs_exist_ok=True)
        given.append(("slides/index.html", "Slides of every chapter, for the wall"))
    return given


def _toctree(caption, documents):
    return "\n".join(["", "", "```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else []), "",
                      *documents, "```", ""])


def _write(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
