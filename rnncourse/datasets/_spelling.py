"""How a name is spelt for a network: small letters of one fixed alphabet, and which spellings belong together."""

import re
import unicodedata

# Written out, not collected from the names: a checkpoint must not change when a list of names does.
ALPHABET = " '-abcdefghijklmnopqrstuvwxyzßàáäåçèéëíîñòóôõöùúüýąćčďđęêěğıľłńňřśşšťůźżžə"

PLAIN = {"ß": "ss", "ł": "l", "đ": "d", "ı": "i", "ə": "e", "ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
UNKNOWN = "is not in the alphabet. "    # advice follows; the alphabet itself, 80 characters, would bury it
APOSTROPHES = dict.fromkeys(map(ord, "’‘ʻʼ`´"), "'")


def spell(name):
    """The name as a network reads it: composed characters, small letters, one kind of apostrophe, single spaces."""
    if not isinstance(name, str):
        raise TypeError(f"a name is a str; {name!r} is {type(name).__name__}")
    composed = unicodedata.normalize("NFC", name).translate(APOSTROPHES)
    return " ".join(composed.replace("İ", "i").replace("ẞ", "ß").lower().split())


def plain(name):
    """The spelling without accents: "Müller" and "Muller" are "muller"."""
    parts = unicodedata.normalize("NFD", "".join(PLAIN.get(letter, letter) for letter in spell(name)))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def stem(name):
    """What forms of one name have in common, roughly: "Horák", "Horáková"; "Němec", "Němcová"; "Garcia", "García".

    Letters without accents; last vowels go, then -ov or -ev, then the vowels before it, then an e before the last
    letter. Names that have nothing to do with one another may share a stem; forms of one name rarely do not.
    """
    letters = re.sub(r"[^a-z]", "", plain(name))
    short = re.sub(r"(?<=..)[aeiouy]*(?:[oe]v)?[aeiouy]*$", "", letters)
    return re.sub(r"(?<=..)e(?=[^aeiouy]$)", "", short)


def refuse_unknown(name, alphabet=ALPHABET):
    """The spelling, if every character is in the alphabet; otherwise a ValueError that names the character."""
    spelling = spell(name)
    if not spelling:
        raise ValueError(f"the name is empty ({name!r}); expected at least one letter")
    for place, letter in enumerate(spelling, 1):
        if letter not in alphabet:
            raise ValueError(f"{letter!r}, letter {place} of {name!r}, {UNKNOWN}{_advice(letter, alphabet)}")
    return spelling


def _advice(letter, alphabet):
    simple = plain(letter)
    if simple != letter and simple and set(simple) <= set(alphabet):
        return f"Try {simple!r} in its place; the network has never met {letter!r}"
    if letter.isalpha():
        return "Try the name in Latin letters; for other scripts, the spelling in a passport"
    return "Try the name without it"
