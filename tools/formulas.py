"""Formulas drawn beforehand by the vendored MathJax, so that a page needs no JavaScript and no network for them."""

import html
import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NODE_MODULES = ROOT / "tools" / "node" / "node_modules"
MATHJAX = NODE_MODULES / "mathjax" / "es5"
EX = 0.5    # the share of an em that MathJax is told an ex is

# a code block, a code span, a displayed formula, a formula in a line
PIECES = re.compile(r"(?P<code>```.*?```|`[^`]+`)|\$\$(?P<display>.+?)\$\$|(?<!\\)\$(?P<inline>[^$]+?)\$", re.S)
MARK = re.compile("\ue000(\\d+)\ue001")


class Formulas:
    """Formulas taken out of texts while they are turned into HTML, drawn all at once, and put back."""

    def __init__(self):
        self.found = []    # (tex, display) in order

    def taken_out(self, text):
        """Markdown with a mark in the place of each formula."""
        return PIECES.sub(self._mark, text)

    def _mark(self, piece):
        if piece["code"]:
            return piece[0]
        display = piece["display"] is not None
        mark = self.mark(piece["display"] if display else piece["inline"], display)
        return f"\n\n{mark}\n\n" if display else mark

    def mark(self, tex, display):
        """The mark that stands for one formula."""
        self.found.append((" ".join(tex.split()), display))
        return f"\ue000{len(self.found) - 1}\ue001"

    def put_back(self, page, as_html, **words):
        """The page with each mark replaced by as_html(svg, mathml, display)."""
        drawn = rendered(set(self.found))
        return MARK.sub(lambda m: as_html(*drawn[self.found[int(m[1])]], self.found[int(m[1])][1], **words), page)


def rendered(formulas):
    """{(tex, display): (svg, mathml)}, sizes in em; a RuntimeError names a formula that MathJax cannot read."""
    if not MATHJAX.is_dir():
        raise RuntimeError(f"MathJax is not in {MATHJAX.relative_to(ROOT)}: run `npm ci --prefix tools/node`")
    asked = sorted(formulas)
    done = subprocess.run(["node", str(Path(__file__).with_suffix(".js")), str(MATHJAX)], input=json.dumps(asked),
                          capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"MathJax did not start: {done.stderr.strip()}")
    found = {key: (_in_em(svg), mathml) for key, (svg, mathml) in zip(asked, json.loads(done.stdout), strict=True)}
    for (tex, _), (svg, _) in found.items():
        if message := re.search(r'data-mjx-error="([^"]*)"', svg):
            raise RuntimeError(f"MathJax cannot read {tex!r}: {html.unescape(message[1])}")
    return found


def _in_em(svg):
    """The drawing with its sizes in em instead of ex, which depends on the font around it; not to be read aloud."""
    svg = re.sub(r"(?<=[\" ])(-?[\d.]+)ex", lambda m: f"{float(m[1]) * EX:.4g}em", svg)
    return svg.replace('role="img"', 'aria-hidden="true"', 1)


def width_in_em(svg):
    """How wide a drawn formula is, in em."""
    return float(re.search(r'width="([\d.]+)em"', svg)[1])
