"""Where the names come from: which lists of the package Faker stand for which language, and what is odd about each.

Chosen by reading the lists. Left out although long enough: is_IS (genitives of given names, formed by a rule that is
sometimes wrong, which nobody bears as they stand), uz_UZ (given names with an ending put on mechanically), en_US,
en_IN, en_KE, en_PK, nl_BE, fr_BE, de_LU (names of many languages in one country), es_MX, es_CL, es_CO and en_IE (a
second list of a language that has enough). Left out because too short: Japanese, Portuguese, Danish, Hungarian,
Turkish, Yoruba and others with fewer than 150 names, and lists in other scripts.
"""

import hashlib
import importlib
from importlib import metadata

from rnncourse.datasets._spelling import spell

MOST = 1000      # names of one language

# language -> lists of faker.providers.person, the first spelling of a name being kept
LISTS = {
    "Arabic": ["fr_DZ.last_names"], "Azerbaijani": ["az_AZ.last_names"],
    "Chinese": ["zh_CN.last_romanized_names", "zh_TW.last_romanized_names"],
    "Croatian": ["hr_HR.last_names"], "Czech": ["cs_CZ.last_names"], "Dutch": ["nl_NL.last_names"],
    "English": ["en_GB.last_names"], "Estonian": ["et_EE.last_names_est"], "Finnish": ["fi_FI.last_names"],
    "French": ["fr_FR.last_names", "fr_QC.last_names"], "German": ["de_DE.last_names", "de_AT.last_names"],
    "Indonesian": ["id_ID.last_names"], "Irish": ["ga_IE.last_names"], "Italian": ["it_IT.last_names"],
    "Polish": ["pl_PL.male_last_names", "pl_PL.unisex_last_names"], "Slovak": ["sk_SK.last_names"],
    "Slovenian": ["sl_SI.last_names"], "Spanish": ["es_ES.last_names"], "Swedish": ["sv_SE.last_names"],
    "Zulu": ["zu_ZA.last_names"],
}
ODD = {
    "Arabic": "as written in Algeria, after French spelling; some are Berber",
    "Azerbaijani": "family names in -ov/-ova and -li, and patronymics in -oğlu and -qızı",
    "Chinese": "two romanisations of one set of names: pinyin, and Wade–Giles as in Taiwan",
    "Czech": "each name twice, as men and as women bear it (Novák, Nováková)",
    "Dutch": "living and historical names, some of noble houses from abroad",
    "English": "frequent in Britain, so some are of other languages",
    "Finnish": "frequent in Finland, so some are Swedish",
    "French": "frequent in France, so some are Spanish or Portuguese; and frequent in Quebec",
    "Indonesian": "Batak family names, and Javanese and Arabic given names used as last names",
    "Irish": "most begin with Ó or Mac: a letter or three decide",
    "Italian": "many are of famous people",
    "Polish": "few in -ski, and none in -ska: the list keeps names that do not change with gender apart",
    "Slovak": "men's and women's forms (Kráľ, Kráľová)",
    "Spanish": "some are Catalan or Basque",
    "Swedish": "frequent in Sweden, so some are Arabic (Abbas, Hussein)",
    "Zulu": "mostly clan names, some given names",
}


def read():
    """({language: names}, Faker's version): at most `MOST` of each, no two names of a language spelt alike."""
    try:
        version = metadata.version("Faker")
        lists = {language: _joined(places) for language, places in LISTS.items()}
    except (ImportError, AttributeError) as error:
        raise ModuleNotFoundError(f"the lists of names come from the package Faker, and {error}. "
                                  "Try: pip install 'Faker>=40,<41'", name="faker") from error
    return {language: _first(names) for language, names in lists.items()}, version


def _joined(places):
    """The distinct names of several lists; SHOUTED ones with one capital."""
    found = {}
    for place in places:
        locale, attribute = place.split(".")
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for name in getattr(provider, attribute):
            found.setdefault(spell(name), name.title() if name.isupper() else name)
    return list(found.values())


def _first(names):
    """At most `MOST`, drawn by a hash of each spelling, so that a name added to a list puts out one at most."""
    return sorted(sorted(names, key=lambda name: draw(spell(name), "kept"))[:MOST])


def draw(text, what):
    """A number in [0, 1) that depends on the text and on what it is drawn for, and on nothing else."""
    return int.from_bytes(hashlib.sha256(f"{what}: {text}".encode()).digest()[:8], "big") / 2**64
