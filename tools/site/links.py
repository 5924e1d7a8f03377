"""Relative links in the texts: those to pages stay, those to other files of the repository lead there or are plain."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"(?<!!)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")


def rewritten(text, here, on_site, repository=None, root=ROOT):
    """A page's MyST with its links as the site needs them.

    here        the page's path in the repository, "teaching/04_lstm.md"
    on_site     the repository's paths that are on the site: {path: where in the site's sources}
    repository  a Repository, or None: links to other files then become plain text
    ValueError where a link leads to no file at all.
    """
    def one(match):
        target, _, anchor = match["target"].partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return match[0]
        file = (root / here).parent.joinpath(target).resolve()
        if not file.is_relative_to(root) or not file.exists():
            raise ValueError(f"{here}: the link {match[0]} leads to no file of the repository")
        path = file.relative_to(root).as_posix()
        if path in on_site:
            return f"[{match['text']}](/{on_site[path]}{'#' + anchor if anchor else ''})"
        return f"[{match['text']}]({repository.source(path)})" if repository else match["text"]

    pieces = re.split(r"(^```.*?^```)", text, flags=re.S | re.M)    # what stands in fences is no link
    return "".join(piece if piece.startswith("```") else LINK.sub(one, piece) for piece in pieces)
