"""The language that readers are spoken to: English as the code has it, or a translation.

What a reader sees goes through `say`. English stands where it is said; another language is a
folder of gettext catalogs beside this file, one for each room of the code, and a text that no
catalog knows stays English. One process speaks one language, that of its settings.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

from babel.messages.pofile import read_po

from analysis.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "Language",
    "catalog",
    "current",
    "locale",
    "say",
    "speaking",
    "translate",
    "translate_markdown",
    "use",
]

Language = Literal["en", "zh"]

LOCALES: dict[Language, str] = {"en": "en_US", "zh": "zh_CN"}
"""How numbers and money are written."""
_MARKED_LINE = re.compile(r"(\s*(?:#{1,6}|[-*+>]|\d+\.)\s+)?(.*)")
_speaking: list[Language] = ["en"]


def use(language: Language) -> None:
    """Speak `language` from now on, in the whole process."""
    if language not in get_args(Language):
        raise SettingsError(
            f"Reports are written in {' or '.join(get_args(Language))}; got {language!r}."
        )
    _speaking[:] = [language]


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak `language` within; what was spoken before again after, whatever is used within."""
    before = current()
    use(language)
    try:
        yield
    finally:
        use(before)


def current() -> Language:
    """Return the language that is spoken."""
    return _speaking[0]


def locale() -> str:
    """Return the name under which Babel knows the language that is spoken."""
    return LOCALES[current()]


def say(text: str, /, **values: object) -> str:
    """Return a sentence in the language that is spoken, with its values filled in.

    Parameters
    ----------
    text : str
        In English, as a literal, with the places of values in braces.
    **values
        As they are to be read: say numbers through `analysis.wording`.
    """
    return translate(text).format(**values)


def translate(text: str) -> str:
    """Return a text in the language that is spoken; as it is where that has none for it."""
    return text if current() == "en" else catalog(current()).get(text, text)


def translate_markdown(text: str) -> str:
    """Translate markdown line by line, without the marks of headings and lists."""
    if current() == "en":
        return text
    return "\n".join(
        f"{mark}{translate(words)}" for mark, words in map(split_mark, text.split("\n"))
    )


def split_mark(line: str) -> tuple[str, str]:
    """Return what marks a line of markdown as a heading or an item, and its text."""
    found = _MARKED_LINE.fullmatch(line)
    return (found[1] or "", found[2]) if found else ("", line)


@cache
def catalog(language: Language) -> Mapping[str, str]:
    """Return all that a language has a text for: the English and its translation."""
    texts: dict[str, str] = {}
    for name in catalogs(language):
        texts.update(entries(language, name))
    return MappingProxyType(texts)


def catalogs(language: Language) -> list[str]:
    """Return the names of a language's catalogs, in order."""
    folder = resources.files("analysis") / "languages" / language
    return sorted(file.name for file in folder.iterdir() if file.name.endswith(".po"))


def entries(language: Language, name: str) -> Iterator[tuple[str, str]]:
    """Give the translations of one catalog; both numbers of a noun lead to the one there is."""
    with (resources.files("analysis") / "languages" / language / name).open("rb") as file:
        for message in read_po(file, locale=LOCALES[language]):
            if not message.id:
                continue
            if isinstance(message.id, str):
                texts, translations = [message.id], [message.string]
            else:
                texts, translations = list(message.id), list(message.string or ())
            if translations and translations[0]:
                yield from ((text, str(translations[0])) for text in texts)
