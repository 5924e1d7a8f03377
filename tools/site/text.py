"""Plain text, as docstrings and hints hold it, written as MyST: nothing in it is taken for markup but `code`."""

import re

PUNCTUATION = re.compile(r"([!\"#$%&'()*+,./:;<=>?@\[\\\]^_`{|}~-])")
COLUMNS = re.compile(r"(\S(?:.*?\S)??)(\s{2,})(\S.*)")


def inline(text):
    """Plain text on one line or more, `code` set as code and all else escaped."""
    pieces = re.split(r"(`[^`\n]+`)", text)
    return "".join(piece if piece.startswith("`") and len(piece) > 2 else PUNCTUATION.sub(r"\\\1", piece)
                   for piece in pieces)


def headed(source):
    """Markdown in which each header cell of a table has a word, be it unseen: for screen readers, and for axe-core.

    axe-core does not count a formula as text: "where" stands before one that is alone.
    """
    def worded(cell):
        word = "row" if not cell.strip() else "where" if re.fullmatch(r"\s*\$[^$]+\$\s*", cell) else ""
        return f'<span class="rnnc-unseen">{word}</span> {cell}' if word else cell

    def named(match):
        return f"|{'|'.join(map(worded, match[0].strip().strip('|').split('|')))}|"

    return re.sub(r"^\|.*\|\s*$(?=\n\|[ :|-]+\|?$)", named, source, flags=re.M)


def docstring(text):
    """A docstring as MyST: paragraphs, `name  (shape)  meaning` columns as a list of terms, the rest as it stands."""
    return "\n\n".join(_block(lines) for lines in _blocks(text))


def columns(lines):
    """[(name, meaning)] where the lines are columns, None where they are not.

    Names stand at the left edge, two spaces or more before their meaning; a name that is as long as its column
    may have one space. A line that is indented goes on with the meaning above it.
    """
    starts = [len(match[1] + match[2]) for line in lines if (match := COLUMNS.fullmatch(line))]
    if not starts or lines[0].startswith(" "):
        return None
    start, rows = max(set(starts), key=starts.count), []
    for line in lines:
        if line.startswith(" "):
            rows[-1][1] += f" {line.strip()}"
        elif split := _row(line, start):
            rows.append(list(split))
        else:
            return None
    if any("=" in name or len(name) > 40 for name, _ in rows):
        return None                                     # an equation or a command with its remark
    return [(name, re.sub(r"\s{2,}", " · ", meaning)) for name, meaning in rows]


def _row(line, start):
    """(name, meaning) of a line whose meaning begins about there, or None."""
    if line[start - 1:start] == " " and line[start:start + 1].strip() and not line[0].isupper():
        return line[:start].strip(), line[start:].strip()
    match = COLUMNS.fullmatch(line)
    return (match[1], match[3]) if match and not line.startswith(" ") else None


def _blocks(text):
    """The docstring's lines, cut at empty lines and where columns or indented lines begin and end."""
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = [line.rstrip() for line in paragraph.splitlines()]
        starts = [len(match[1] + match[2]) for line in lines if (match := COLUMNS.fullmatch(line))]
        start = max(set(starts), key=starts.count) if starts else 0
        block, last = [], None
        for line in lines:
            kind = last if line.startswith(" ") and last == "row" else "row" if start and _row(line, start) else (
                "text" if line.startswith(" ") else "prose")
            if block and kind != last:
                yield block
                block = []
            block.append(line)
            last = kind
        yield block


def _tabular(line):
    return bool(COLUMNS.fullmatch(line) or line.startswith(" "))


def _block(lines):
    if rows := columns(lines):
        return "\n\n".join(f"`{name}`\n: {inline(meaning)}" for name, meaning in rows)
    if any(_tabular(line) for line in lines):
        return "\n".join(["```text", *lines, "```"])
    return inline("\n".join(lines))
