"""Finding the chapter's own sentences: where one begins, where it ends, what stands above it."""

import re

END = re.compile(r"[.?!:][*_\"”)]*(?=\s+[A-Z“\"*`$(\[_0-9−+Ω]|\s*$)")
LOOSE = r"[*_`\"“”()]*"      # what may stand at a word and is not typed in a tag
AFTER = r"[*_`\"“”(),;:]*"
BLOCK_END = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*]|\d\.)\s)|\n(?=#)|\n?\Z")
LEAD = re.compile(r"\*\*([^*]+?[.:?!])\*\*\s+")    # "**Predict first.** …"


class Unclear(ValueError):
    """A tag that asks for something which its cell does not have."""


class Words:
    """A Markdown text that can be asked for its sentences, formulas, lists, tables and headings, with their places."""

    def __init__(self, text):
        self.text = text
        self.formulas = [(m.start(), m[1]) for m in re.finditer(r"\$\$(.+?)\$\$", text, re.S)]
        self.headings = [(m.start(), m[1].strip()) for m in re.finditer(r"^#{1,4} (.+)$", _without_code(text), re.M)]
        self.lists = [m.span() for m in re.finditer(r"(?:^(?:- |\d+\. ).+\n?(?:^ +.+\n?|\n(?= ))*)+", text, re.M)]
        self.tables = [m.span() for m in re.finditer(r"(?:^\|.+\n?)+", text, re.M)]
        self.prose = re.sub(r"\$\$.+?\$\$", _blank, text, flags=re.S)
        self.masked = re.sub(r"`[^`]*`|\$[^$]*\$", lambda m: "X" * len(m[0]), self.prose)

    def pick(self, words):
        """(text, place, bold lead): the sentence that begins with words, or "from ... to", both included."""
        start, _, end = words.partition("...")
        begin = self._find(start, 0)
        if end.strip():
            found = self._find(end, begin[0])
            stop = found[1] + len(re.match(r"[*_`\"”).,;:?!]*", self.prose[found[1]:])[0])
        else:
            stop = self._sentence_end(begin[1] - 1)
        return self._piece(begin[0], stop)

    def block(self, kind, number):
        """(place, Markdown) of the number-th list or table, from 1."""
        spans = self.lists if kind == "list" else self.tables
        if number > len(spans):
            raise Unclear(f"no {kind} {number}")
        start, stop = spans[number - 1]
        return start, self.text[start:stop]

    def question(self):
        """The paragraph of the prediction; else the first paragraph's first sentence."""
        found = re.search(r"^\*\*Predict", self.prose, re.M)
        if found:
            return self._piece(found.start(), BLOCK_END.search(self.prose, found.end()).start())
        first = re.search(r"^(?![#\s|]|- ).", self.prose, re.M)
        if not first:
            raise Unclear("no paragraph")
        return self._piece(first.start(), self._sentence_end(first.start()))

    def first(self, most):
        """The first sentence, and the next ones while there are at most so many words."""
        stop = self._sentence_end(0)
        while stop < len(self.text):
            longer = self._sentence_end(stop + 1)
            if len(self.text[:longer].split()) > most:
                break
            stop = longer
        return " ".join(self.text[:stop].split())

    def _find(self, words, start):
        gap = rf"{AFTER}\s+{LOOSE}"
        pattern = rf"(?<!\w){LOOSE}" + gap.join(re.escape(word) for word in words.split())
        found = re.compile(pattern).search(self.prose, start)
        if not found or not words.strip():
            raise Unclear(f"no such words: {words.strip()!r}")
        return found.span()

    def _sentence_end(self, start):
        block = BLOCK_END.search(self.prose, start).start()
        found = END.search(self.masked, start, block)
        return found.end() if found else block

    def _piece(self, start, stop):
        """(text, place, bold lead of the paragraph it stands in); the lead itself is no part of the text."""
        text = " ".join(self.prose[start:stop].split())
        begun = max((m.end() for m in BLOCK_END.finditer(self.prose) if m.end() <= start), default=0)
        lead = LEAD.match(self.prose, begun)
        if lead and lead.start() < start < lead.end():
            lead = None
        if lead and start == lead.start():
            text = " ".join(self.prose[lead.end():stop].split()) or text
        return _sentence(text), start, lead[1].rstrip(".:") if lead else ""


def is_question(text):
    """Whether a text ends in a question."""
    return text.rstrip("*_ ").endswith("?")


def _sentence(text):
    """A piece of a sentence as one: a capital in front, a full stop behind, no half of a pair of stars."""
    if text.count("**") % 2:
        text = text.replace("**", "")
    text = re.sub("[;,]$", ".", text)
    text = re.sub(r"^([*“\"(]*)([a-z])", lambda m: m[1] + m[2].upper(), text)
    return text + "." if re.search(r"[\w)$*`]$", text) and not text.endswith((".*", ".**", "?*")) else text


def _blank(found):
    """As much empty space, so that places stay; the newlines stay too."""
    return re.sub(r"[^\n]", " ", found[0])


def _without_code(text):
    return re.sub(r"^```.*?^```", _blank, text, flags=re.S | re.M)
