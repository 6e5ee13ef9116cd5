"""The messages that listeners and teachers read and hear, by language, from gettext catalogues.

The English text is the key of each message. `audio_builder/locale/LANGUAGE/LC_MESSAGES/messages.po` has the others.
They are read as they are, so that no step after editing one can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from gettext import c2py
from pathlib import Path

from ..text import base_language

SOURCE_LANGUAGE = "en"
"""The language of the messages in the code."""
PAGE_LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français"}
"""The languages of the pages, each with its own name for itself. Their catalogues are complete."""
CATALOGUES = Path(__file__).parents[1] / "locale"
"""The folder of the catalogues."""
_Key = tuple[str, str]
"""The context of a message, which most have not, and its English text."""


def translatable(message: str) -> str:
    """Return the message as it is. It marks a message for the catalogues that is translated where it is shown."""
    return message


def catalogue_path(language: str) -> Path:
    """Return the file that has the messages of a language, such as `de`."""
    return CATALOGUES / language / "LC_MESSAGES" / "messages.po"


class Catalogue:
    """The messages in one language. A message that has no translation is returned in English.

    Placeholders such as `{title}` are filled with the values that are given.
    """

    def __init__(
        self,
        language: str,
        forms: Mapping[_Key, Sequence[str]],
        form_for: Callable[[int], int],
    ) -> None:
        """Keep the `forms` of each message. `form_for` returns which of them suits a number, from 0."""
        self.language, self._forms, self.form_for = language, forms, form_for

    def gettext(self, message: str, /, **values: object) -> str:
        """Return a message."""
        return _filled(self._forms.get(("", message), (message,))[0], values)

    def pgettext(self, context: str, message: str, /, **values: object) -> str:
        """Return a message that has several meanings in English; `context` says which one this is."""
        return _filled(self._forms.get((context, message), (message,))[0], values)

    def ngettext(self, singular: str, plural: str, number: int, /, **values: object) -> str:
        """Return a message in the form that suits a number."""
        forms = self._forms.get(("", singular))
        if forms is None:
            return _filled(singular if number == 1 else plural, values)
        return _filled(forms[self.form_for(number)], values)

    def has(self, message: str, context: str = "") -> bool:
        """Return whether the message is there in this language."""
        return self.language == SOURCE_LANGUAGE or (context, message) in self._forms

    def messages(self) -> Iterator[tuple[str, str]]:
        """Yield the context and the English text of each message that is there."""
        yield from self._forms

    def language_of(self, message: str) -> str:
        """Return the language in which the message comes: this one, or English."""
        return self.language if self.has(message) else SOURCE_LANGUAGE

    def forms_of(self, message: str, context: str = "") -> Sequence[str]:
        """Return every form of a message as the catalogue has them; empty if it is not there."""
        return self._forms.get((context, message), ())


def catalogue(language: str) -> Catalogue:
    """Return the messages in the language of a tag such as `de-AT`."""
    return _catalogue(base_language(language))


@cache
def _catalogue(language: str) -> Catalogue:
    path = catalogue_path(language)
    if language == SOURCE_LANGUAGE or not language.isalpha() or not path.is_file():
        return Catalogue(language, {}, lambda number: int(number != 1))
    from babel.messages.pofile import read_po  # late: sessions in English do without

    with path.open("rb") as file:
        read = read_po(file, locale=language)
    forms: dict[_Key, Sequence[str]] = {}
    for message in read:
        key = message.id if isinstance(message.id, str) else message.id[0]
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if key and strings and all(strings) and not message.fuzzy:
            forms[message.context or "", key] = strings
    return Catalogue(language, forms, c2py(read.plural_expr))


def _filled(text: str, values: Mapping[str, object]) -> str:
    return text.format(**values) if values else text
