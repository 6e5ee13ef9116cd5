"""Nothing that comes with a German, Spanish or French session is English: sound, files, notes, page and feed."""

import json
import re
from html.parser import HTMLParser

import pytest
from lxml import etree
from mutagen.id3 import ID3

from audio_builder.diagnostics.report import check
from audio_builder.languages.catalogue import catalogue
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder, shipped_folder

SCRIPTS = {
    "de": """---
title: Abend am Boden
summary: Auf dem Rücken liegen und ruhig werden.
language: de
voice: tone
length: 8m
sides: [rechte, linke]
props: [ein Kissen, eine Decke, ein Buch]
cautions: [pregnancy, hip-replacement]
positions: [bein]
---

# Ankommen {figure lying-down}

Leg zuerst bereit: [props]. Du kannst jederzeit aufhören.

[cautions]

Spür die {side} Seite, z. B. am 3. Finger. Spür die {other} Seite.

[positions]

# Atmen

Atme ruhig mit.
[breathe 4-6 x3 aloud]

# Ruhen {figure asleep}

Ruh dich hier eine Weile aus.
[rest 60s..]
- Lass den Boden tragen.

[bell]

# Aufstehen {fixed, figure getting-up}

Roll dich auf die Seite. Setz dich auf, und steh auf. [10s]
""",
    "es": """---
title: Noche en el suelo
summary: Tumbarse boca arriba y calmarse.
language: es
voice: tone
length: 8m
sides: [derecha, izquierda]
props: [una almohada, una manta, un libro]
cautions: [pregnancy, hip-replacement]
positions: [bein]
---

# Llegar {figure lying-down}

Prepara primero: [props]. Puedes parar cuando quieras.

[cautions]

Siente la pierna {side}. ¿La notas? Siente la pierna {other}.

[positions]

# Respirar

Respira conmigo.
[breathe 4-6 x3 aloud]

# Descansar {figure asleep}

Descansa aquí un rato.
[rest 60s..]
- Deja que el suelo te sostenga.

[bell]

# Levantarse {fixed, figure getting-up}

Gira de lado. Siéntate y levántate. [10s]
""",
    "fr": """---
title: Soir au sol
summary: Se coucher sur le dos et se calmer.
language: fr
voice: tone
length: 8m
sides: [droite, gauche]
props: [un coussin, une couverture, un livre]
cautions: [pregnancy, hip-replacement]
positions: [bein]
---

# Arriver {figure lying-down}

Préparez d'abord : [props]. Vous pouvez arrêter quand vous voulez.

[cautions]

Sentez la jambe {side}. La sentez-vous ? Sentez la jambe {other}.

[positions]

# Respirer

Respirez avec moi.
[breathe 4-6 x3 aloud]

# Se reposer {figure asleep}

Reposez-vous ici un moment.
[rest 60s..]
- Laissez le sol vous porter.

[bell]

# Se lever {fixed, figure getting-up}

Roulez sur le côté. Asseyez-vous, puis levez-vous. [10s]
""",
}
POSITIONS = {
    "de": (
        "Bein über dem Knie",
        "rechten",
        "linken",
        "Leg den {side} Fuß über. Bleib so.",
        "Löse den {side} Fuß.",
    ),
    "es": (
        "Pierna cruzada",
        "derecho",
        "izquierdo",
        "Cruza el pie {side}. Quédate así.",
        "Suelta el pie {side}.",
    ),
    "fr": (
        "Jambe croisée",
        "droit",
        "gauche",
        "Croisez le pied {side}. Restez ainsi.",
        "Relâchez le pied {side}.",
    ),
}
SHOWS = {
    "de": ("Am Boden", "Sitzungen im Liegen."),
    "es": ("En el suelo", "Sesiones para tumbarse."),
    "fr": ("Au sol", "Séances allongées."),
}
# English words that German, Spanish and French do not have, in any form
WORDS = re.compile(
    r"\b(the|and|with|your|you|yours|need|length|chapters|breaths?|breathe|listening|speed|copied|estimated|left|"
    r"right|lies|knees|before|begin|daily|weekly|complete|support|cover of|spoken|speech|recording|today|which|what)\b",
    re.IGNORECASE,
)


class _Text(HTMLParser):
    """Collects the texts of a page, with what is said of pictures and controls."""

    def __init__(self):
        super().__init__()
        self.found, self._tag = [], ""

    def handle_starttag(self, tag, attrs):
        self._tag = tag
        seen = ("alt", "title", "aria-label", "data-copied", "data-title", "placeholder")
        self.found += [value or "" for name, value in attrs if name in seen]

    def handle_endtag(self, _tag):
        self._tag = ""

    def handle_data(self, data):
        if self._tag not in ("style", "script"):
            self.found.append(data)


def _page(source):
    parser = _Text()
    parser.feed(source)
    return parser.found


def _manifest(text):
    facts = json.loads(text)
    yield from (facts["title"], facts["summary"], *facts["props"])
    for caution in facts["cautions"]:
        yield from (caution["short"], caution["full"])
    for chapter in facts["chapters"]:
        yield from (chapter["title"], chapter.get("alt", ""))
    yield from (cue["text"] for cue in facts["cues"])


def _feed(content):
    """Yield the texts of a feed, and descriptions in attributes, without what is written for programs."""
    for element in etree.fromstring(content).iter():
        name = etree.QName(element).localname
        if name in (
            "generator",
            "link",
            "guid",
            "category",
            "type",
            "episodeType",
            "explicit",
            "locked",
            "medium",
        ):
            continue
        text = element.text or ""
        yield from _page(text) if "<" in text else [text]
        yield element.get("alt", "")


def _tag(path):
    """Yield the texts of a tag, except the cue sheet, which is for programs."""
    for frame in ID3(path).values():
        for value in (frame, *getattr(frame, "sub_frames", {}).values()):
            text = getattr(value, "text", ()) if value.FrameID != "TXXX" else ()
            yield from [text] if isinstance(text, str) else map(str, text)


def _english(language):
    """Return the English messages of at least two words that a language has others for, without their placeholders."""
    words = catalogue(language)
    parts = set()
    for message in (message for context, message in words.messages() if not context):
        for part in re.split(r"{\w*}", message):
            part = part.strip(" .,:;")
            if len(re.findall(r"[^\W\d_]{2,}", part)) > 1 and part not in words.gettext(message):
                parts.add(part)
    assert len(parts) > 200
    return parts


@pytest.fixture(scope="module", params=["de", "es", "fr"])
def built(request, audio_builder, tmp_path_factory):
    """A folder in which a session in a language and its feed were built, with that language."""
    language, folder = request.param, tmp_path_factory.mktemp(request.param)
    scripts = folder / "scripts"
    scripts.mkdir()
    (scripts / "abend.md").write_text(SCRIPTS[language], "utf-8")
    title, side, other, first, last = POSITIONS[language]
    (scripts / "bein.md").write_text(
        f"---\nkind: position\ntitle: {title}\nlanguage: {language}\nminimum: 1m\nsides: [{side}, {other}]\n"
        f"cautions: [clots]\nfigure: leg-across\n---\n\n# {title}: {{side}}\n\n{first}\n[rest 20s..]\n\n{last}\n",
        "utf-8",
    )
    name, about = SHOWS[language]
    (scripts / "show.toml").write_text(
        f'title = "{name}"\nauthor = "Ada"\ndescription = "{about}"\ncategories = ["Education"]\n'
        f'language = "{language}"\nbase_url = "https://example.org/"\nupdate_frequency = "weekly"\n'
        '[funding]\nurl = "https://example.org/give"\n',
        "utf-8",
    )
    command = ("build", "scripts/abend.md", "--quality", "mono", "--ambience", "none")
    assert audio_builder(*command, folder=folder).status == 0
    (manifest,) = (path for path in (folder / "output").glob("*.json") if ".chapters" not in path.name)
    facts = json.loads(manifest.read_text("utf-8"))
    facts |= {"test_voice": False, "synthetic": True}  # as if a narrator spoke: a feed has no test signals
    manifest.write_text(json.dumps(facts), "utf-8")
    assert audio_builder("feed", folder=folder).status == 0
    return folder, language


def _written(folder):
    """Return every text that the program wrote for listeners and teachers, by the name of its file."""
    (mp3,) = (folder / "output").glob("*.mp3")
    texts = {path.name: path for path in (folder / "output").iterdir()}
    name = mp3.stem
    found = {
        kind: [texts[f"{name}{kind}"].read_text("utf-8")] for kind in (".vtt", ".srt", ".txt", ".notes.md")
    }
    chapters = json.loads(texts[f"{name}.chapters.json"].read_text("utf-8"))
    found["chapters"] = [chapters["title"], *(one["title"] for one in chapters["chapters"])]
    found["notes"] = _page(texts[f"{name}.notes.html"].read_text("utf-8"))
    found["manifest"] = [*_manifest(texts[f"{name}.json"].read_text("utf-8"))]
    found["page"] = _page(texts["index.html"].read_text("utf-8"))
    found["feed"] = [*_feed(texts["feed.xml"].read_bytes())]
    found["tag"] = [*_tag(mp3)]
    return {kind: "\n".join(values) for kind, values in found.items()}


def test_no_text_of_a_session_is_english(built):
    folder, language = built
    written, english = _written(folder), _english(language)
    for kind, text in written.items():
        text = text.replace("WEBVTT", "").replace("Podcast", "").replace("Smart Speed", "")
        assert len(text) > 100, kind
        assert [part for part in english if part in text] == [], kind
        assert WORDS.findall(text) == [], kind


def test_a_session_says_the_texts_of_its_language(built):
    folder, language = built
    written, words = _written(folder), catalogue(language)
    for spoken in ("Breathe in.", "Breathe out.", "If you've had a blood clot, ask your doctor first."):
        assert words.gettext(spoken) in written[".txt"]
        assert words.gettext(spoken) in written["tag"]
    for kind in ("notes", "page", "feed"):
        for message in ("Chapters", "Before you begin"):
            assert words.gettext(message) in written[kind]
    assert words.gettext("Support the show") in written["page"]
    assert words.gettext("Weekly") in (folder / "output" / "feed.xml").read_text("utf-8")
    both = "A person lies on the back with one foot on the floor. The ankle of the {} leg rests on the {} thigh, "
    both += "and a thick pillow carries the {} knee."
    for side, other in (("right", "left"), ("left", "right")):
        assert words.gettext(both.format(side, other, side)) in written["manifest"]


def test_what_is_shown_before_a_build_is_in_the_language_too(built, audio_builder):
    folder, language = built
    command = ("plan", "scripts/abend.md", "--sheet", "sheet.html", "--picture", "plan.svg")
    assert audio_builder(*command, folder=folder).status == 0
    sheet = "\n".join(_page((folder / "sheet.html").read_text("utf-8")))
    picture = "\n".join(etree.fromstring((folder / "plan.svg").read_bytes()).itertext())
    picture = (
        re.sub(r"text{.*?(?=\n[^\n]*\n\Z|\Z)", "", picture, flags=re.DOTALL) if "{" in picture else picture
    )
    for text in (sheet, picture):
        assert [part for part in _english(language) if part in text] == []
        assert WORDS.findall(text) == []
    assert catalogue(language).gettext("Bell") in sheet


def test_check_has_nothing_to_say_about_the_language(built):
    folder, _ = built
    report = check("abend", Workspace(ScriptFinder((folder / "scripts", shipped_folder()))))
    assert report.errors == ()
    messages = [one.message for one in report.advice]
    assert [message for message in messages if "language" in message or "guide listeners up" in message] == []
