"""What the tables say of themselves, in the language that is spoken.

A rule that rows break and the description of a source are kept, cached and exported in English,
since they are data by then. Where a report shows them, they are told here again.
"""

from __future__ import annotations

import re
from functools import cache

from analysis.language import current, translate

__all__ = ["described_in_words", "rule_in_words"]

RULES = (
    "{column} is missing",
    "{column} has an invisible character",
    "{column} has a control character",
    "{column} is not a date like {form}",
    "{column} is not a date",
    "{column} is not between 0 and 1",
    "{column} is not between 0 and 1 ({hint})",
    "{column} is not between {least} and {most}",
    "{column} is before {year}",
    "{column} is not a number with a decimal comma",
    "{column} is not a number with a decimal point",
    "{column} is not a number",
    "{column} is not finite",
    "{column} is too large",
    "{column} is less than {least}",
    "{column} is more than {most}",
    "{column} is neither yes nor no ({key} says which values mean yes)",
    "the currency is not {currency}",
    "{found} fields where the header has {columns}",
)
"""As `analysis.tables.rules` and the readers of files word them; the first that fits tells it."""
DESCRIPTIONS = ("Read from {place}.", "Asked of {place}, where the tables stay.")


def rule_in_words(rule: str) -> str:
    """Return why rows were set aside, as a clause: 'the amount is missing'."""
    return _retold(rule, RULES)


def described_in_words(description: str) -> str:
    """Return what a source says it is, as a sentence."""
    return _retold(description, DESCRIPTIONS)


def _retold(text: str, templates: tuple[str, ...]) -> str:
    """Translate a text that was made by one of the templates, or that stands for itself."""
    if current() == "en":
        return text
    for template in templates:
        found = _pattern(template).fullmatch(text)
        if found:
            values = {name: translate(value) for name, value in found.groupdict().items()}
            return translate(template).format(**values)
    return translate(text)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    named = [
        f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    ]
    return re.compile("".join(named))
