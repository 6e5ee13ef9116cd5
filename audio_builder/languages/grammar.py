"""What the program knows of writing and speaking in each language, besides its messages.

It finds sentences and places to break captions, and gives advice. A language that is not here gets `DEFAULT`, which
keeps to what many languages share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..text import base_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """The rules of a language. Words are in lower case, and abbreviations without the full stop at their end.

    A full stop after one of the `abbreviations` never ends a sentence. After a word of `before_numbers` it ends none if
    a digit follows. `spaced` finds abbreviations of several parts, such as `z. B.`; only the last of their full stops
    can end a sentence. `ordinals` finds numbers whose full stop makes them ordinal, up to that full stop.

    `has_spaced_quotes` if a space stands inside quotation marks. A line of a caption breaks well before
    `conjunctions`. Words that match `gets_up` lead listeners up, and `announces_silence` matches words that say that a
    silence comes; where these are missing, no advice is given on them.
    """

    abbreviations: frozenset[str]
    before_numbers: frozenset[str]
    spaced: re.Pattern[str] | None = None
    ordinals: re.Pattern[str] | None = None
    has_spaced_quotes: bool = False
    conjunctions: frozenset[str] = frozenset()
    gets_up: re.Pattern[str] | None = None
    announces_silence: re.Pattern[str] | None = None


def grammar(language: str) -> Grammar:
    """Return the rules for the language of a tag such as `de-AT`."""
    return GRAMMARS.get(base_language(language), DEFAULT)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pattern(text: str) -> re.Pattern[str]:
    """Return an expression for whole words. Spaces and line breaks in `text` do not count."""
    return re.compile(rf"(?<!\w)(?:{''.join(text.split())})(?!\w)", re.IGNORECASE)


_TITLES = "dr prof st ca vs approx"

_ENGLISH = Grammar(
    abbreviations=_words(f"{_TITLES} mr mrs ms mt jr sr e.g i.e cf incl"),
    before_numbers=_words("no fig p pp vol ch min max sec"),
    conjunctions=_words("and as because but if or so that then until when where which while who with"),
    gets_up=_pattern(
        r"stand|get\s+up|getting\s+up|sit\s+up|come\s+up|up\s+to\s+sitting|on\s+your\s+feet|roll\s+(?:on)?to"
    ),
    announces_silence=_pattern(
        r"while|rest|resting|stay|quiet|silence|silent|still|stillness|speak|voice|later|time|alone|own|without\s+me|"
        r"leave\s+you|sleep|linger|wait|keep|continue|go\s+on|carry\s+on|now\s+and\s+(?:then|again)|every\s+so\s+often"
    ),
)
_GERMAN = Grammar(
    abbreviations=_words(
        f"{_TITLES} a h o u ä hr fr frl bzw ggf vgl evtl sog inkl exkl zzgl allg tel dipl ing jr sen geb "
        "z.b d.h u.a u.u i.d.r o.ä s.o s.u v.a z.t"
    ),
    before_numbers=_words("nr abb abs s bd kap mind min max sek std"),
    spaced=re.compile(
        r"\b(?:z\. B|d\. h|u\. a|u\. U|i\. d\. R|o\. ä|s\. [ou]|v\. a|z\. T|u\. s\. w)\.", re.IGNORECASE
    ),
    # "am 3. Mai", "der 2. Atemzug", but not "Zähle bis 10. Atme aus."
    ordinals=re.compile(
        r"(?:(?<!\w)(?:der|die|das|den|dem|des|am|im|zum|zur|vom|beim|jede[rsnm]?|eine?|ihr|dein|dieser|diese|dieses)"
        r"\s+\d{1,3}\.|\d{1,2}\.(?=\s(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|"
        r"November|Dezember)\b))",
        re.IGNORECASE,
    ),
    conjunctions=_words(
        "aber als bevor bis damit dann dass denn die der das ehe indem nachdem ob oder ohne sobald sodass solange und "
        "während wenn weil wie wo"
    ),
    gets_up=_pattern(
        r"steh\w*|aufsteh\w*|aufzusteh\w*|auf\s+die\s+füße|sitz\w*|aufsetz\w*|aufzusetz\w*|setz\w*|richte\w*|"
        r"aufricht\w*|auf\s+die\s+seite|hochkomm\w*|aufkomm\w*"
    ),
    announces_silence=_pattern(
        r"während|ruh\w*|bleib\w*|still\w*|stille|schweig\w*|stimme|später|zeit|weile|allein\w*|selbst|ohne\s+mich|"
        r"schlaf\w*|warte\w*|weiter\w*|verweil\w*|lass\w*|überlass\w*|melde\w*|pause|"
        r"ab\s+und\s+zu|hin\s+und\s+wieder"
    ),
)
_SPANISH = Grammar(
    abbreviations=_words(f"{_TITLES} sr sra sres sras srta d dña dra lic ing p.ej ej aprox av avda sto sta"),
    before_numbers=_words("núm n.º n.o nº pág p págs vol cap fig art mín min máx seg"),
    spaced=re.compile(r"\b(?:EE\. UU|p\. ej|a\. m|p\. m|a\. C|d\. C|s\. f)\.", re.IGNORECASE),
    conjunctions=_words(
        "y e o u pero porque que si cuando donde mientras como para hasta aunque con sin ni pues entonces luego"
    ),
    gets_up=_pattern(
        r"levánta\w*|levanta\w*|incorpóra\w*|incorpora\w*|siénta\w*|sienta\w*|sentarte|ponte\s+de\s+pie|de\s+pie|"
        r"en\s+pie|gira\w*|rueda|de\s+lado|de\s+costado"
    ),
    announces_silence=_pattern(
        r"mientras|descans\w*|quéda\w*|queda\w*|silencio\w*|calma|quiet\w*|voz|luego|después|tiempo|rato|sol[oa]|"
        r"sin\s+mí|duerm\w*|dorm\w*|esper\w*|sigue|continúa|permanec\w*|deja\w*|hablaré|pausa|"
        r"de\s+vez\s+en\s+cuando"
    ),
)
_FRENCH = Grammar(
    abbreviations=_words(f"{_TITLES} m mme mlle mgr pr ste p.ex ex c.-à-d av apr cf éd tél"),
    before_numbers=_words("n no nº p pp fig vol chap art min max sec env"),
    spaced=re.compile(r"\b(?:p\. ex|c\. -à-d|av\. J\.-C|apr\. J\.-C)\.", re.IGNORECASE),
    has_spaced_quotes=True,
    conjunctions=_words(
        "et ou mais car donc ni que qui quand lorsque si comme où puis pendant tandis pour jusqu'à avec sans parce "
        "puisque"
    ),
    gets_up=_pattern(
        r"lève\w*|lever|levez\w*|relève\w*|relever|relevez\w*|redresse\w*|assieds\w*|asseyez\w*|assis\w*|asseoir|"
        r"debout|roule\w*|roulez|sur\s+le\s+côté|sur\s+vos\s+pieds|sur\s+tes\s+pieds"
    ),
    announces_silence=_pattern(
        r"pendant|repos\w*|reste\w*|restez|silenc\w*|calme|tranquill\w*|voix|plus\s+tard|temps|moment|seule?|"
        r"sans\s+moi|dorm\w*|endorm\w*|attend\w*|continu\w*|laisse\w*|parlerai|pause|instant"
    ),
)

DEFAULT = Grammar(
    abbreviations=_ENGLISH.abbreviations | _words("z.b d.h u.a bzw ggf vgl hr fr nr"),
    before_numbers=_ENGLISH.before_numbers,
)
"""The rules for every other language."""
GRAMMARS = {"en": _ENGLISH, "de": _GERMAN, "es": _SPANISH, "fr": _FRENCH}
"""The rules of each language by its tag."""
