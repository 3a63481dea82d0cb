"""What the values of a file say of the settings that read it, and what they leave open."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.columns import Kind
from analysis.currencies import SIGNS
from analysis.errors import SourceError
from analysis.schemas import TABLES
from analysis.tables.advice import date_formats
from analysis.tables.parsing import is_iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.mappings.model import Part
    from analysis.mappings.recognise import Recognised

Value = str | float | tuple[str, ...]
USUAL_SET_ASIDE, MOST_SET_ASIDE = 0.05, 0.5
_DAYS, _NUMBERS = {Kind.DAY, Kind.END}, {Kind.MONEY, Kind.NUMBER, Kind.SHARE}
_NETTING = {
    "refunded_amount": "What was paid back",
    "is_cancelled": "Which rows are cancelled",
    "is_sale": "Which rows count as sales",
}
_SHARED = Counter(sign for signs in SIGNS.values() for sign in signs)
_OF_ONE = {
    sign: code
    for code, signs in SIGNS.items()
    for sign in signs
    if _SHARED[sign] == 1 and not sign.isascii()
}
"""Signs that only one currency has."""
_OFFSET = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?[+-]\d{2}:?\d{2}$")


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the settings: its keys, what they mean and what could not be told."""

    table: str
    name: str
    keys: dict[str, Value]
    rules: tuple[str, ...] = ()
    unknown: list[str] = field(default_factory=list)
    currencies: Counter[str] = field(default_factory=Counter)
    has_offsets: bool = False


class Values:
    """The values of the canonical columns in the first rows of one or several files."""

    def __init__(self, files: Sequence[Recognised], part: Part) -> None:
        self.found = part.find(files[0].look.header)
        for file in files[1:]:
            if part.find(file.look.header) != self.found:
                raise SourceError(
                    f"Files of one table must have the same columns; {file.look.path.name} and "
                    f"{files[0].look.path.name} are both {file.export.name.lower()} of "
                    f"{file.system.title} and differ. Export them in the same way."
                )
        self._given = {
            given: [value for file in files for value in file.look.values(name)]
            for given, name in self.found.items()
        }
        self.rows = sum(len(file.look.rows) for file in files)
        self._has_further = "further_lines" in part.keys

    def there(self, given: str) -> list[str]:
        """Return the values of a column that are not blank."""
        return [value for value in self._given.get(given, []) if value]

    def nameless(self) -> tuple[int, int]:
        """Return how many rows name no customer, and of how many.

        Where an order's lines below its first one do not count, they are left out of both.
        """
        none = [""] * self.rows
        orders, days = (self._given.get(one, none) for one in ("order_id", "order_date"))
        rows = zip(self._given["customer_id"], orders, ["", *orders], days, strict=False)
        counted = [
            customer
            for customer, order, above, day in rows
            if not self._has_further or (order != above if order else customer or day)
        ]
        return sum(not customer for customer in counted), len(counted)


def decide(files: Sequence[Recognised], part: Part, paths: Sequence[str]) -> Section:
    """Return the section that reads the files as one table.

    Parameters
    ----------
    files : sequence of Recognised
        All of one export.
    part : Part
        Which of its tables.
    paths : sequence of str
        How the settings name the files.

    Raises
    ------
    SourceError
        If the files do not have the same columns.
    """
    values, look = Values(files, part), files[0].look
    days = [day for given in _of_kinds(part, _DAYS, values) for day in values.there(given)]
    where = tuple(rule for given, rule in part.where.items() if given in values.found)
    section = Section(
        part.table, files[0].export.name, {}, (*part.rules, *where), list(part.unknown),
        has_offsets=any(map(_OFFSET.search, days)),
    )  # fmt: skip
    keys = section.keys
    keys["path"] = paths[0] if len(paths) == 1 else tuple(paths)
    if look.sheet:
        keys["sheet"] = look.sheet
    if look.skip_lines:
        keys["skip_lines"] = look.skip_lines
    if look.encoding:
        keys["encoding"] = look.encoding
    _add_dates(section, files[0], part, values)
    _add_decimal(section, part, values)
    _add_currencies(section, part, values)
    _add_columns(section, part, values, files[0])
    _add_absent(section, part, values)
    keys.update(part.keys)
    _add_threshold(section, part, values)
    return section


def _of_kinds(part: Part, kinds: set[Kind], values: Values) -> list[str]:
    columns = TABLES[part.table].columns
    return [one.given for one in columns if one.kind in kinds and one.given in values.found]


def _add_dates(section: Section, file: Recognised, part: Part, values: Values) -> None:
    """Find the format of the needed days; a column that has another one is left out."""
    days = _of_kinds(part, _DAYS, values)
    needed = [value for given in days if given in part.wanted for value in values.there(given)]
    form = ""
    if not all(map(is_iso, needed)):
        fitting = date_formats(needed)
        usual = [one for one in file.system.dates if one in fitting]
        form = (usual or fitting or [""])[0]
        swapped = form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
        if not fitting:
            odd = next(value for value in needed if not is_iso(value))
            section.unknown.append(f"How dates such as {odd!r} are written: set `date_format`.")
        elif swapped != form and swapped in fitting:
            section.unknown.append(
                f'Which is day and which is month: "{form}" is written, and "{swapped}" fits all '
                "dates seen too."
            )
    if form:
        section.keys["date_format"] = form
    for given in days:
        there = values.there(given)
        fits = form in date_formats(there) if form else all(map(is_iso, there))
        if there and not fits and given not in part.wanted:
            name = values.found.pop(given)
            section.unknown.append(
                f"`{name}` is not read: its dates, such as {there[0]!r}, are written otherwise."
            )


def _add_decimal(section: Section, part: Part, values: Values) -> None:
    texts = [text for given in _of_kinds(part, _NUMBERS, values) for text in values.there(given)]
    comma = sum(bool(re.search(r",\d{1,2}\D*$", text)) for text in texts)
    point = sum(bool(re.search(r"\.\d{1,2}\D*$", text)) for text in texts)
    grouped = [text for text in texts if re.search(r"^[^.,]*[1-9]\d{0,2}[.,]\d{3}\D*$", text)]
    if comma > point:
        section.keys["decimal"] = ","
    elif grouped and not point:
        section.unknown.append(
            f"Whether the mark in {grouped[0]!r} is a decimal one: a point is taken as such."
        )


def _add_currencies(section: Section, part: Part, values: Values) -> None:
    """Count the currencies, by their codes or signs; a column of other words is left out."""
    there = values.there("currency")
    if "currency" not in values.found:
        amounts = [
            text for given in _of_kinds(part, {Kind.MONEY}, values) for text in values.there(given)
        ]
        section.currencies.update(
            code for sign, code in _OF_ONE.items() for text in amounts if sign in text
        )
    elif all(re.fullmatch("[A-Za-z]{3}", value) for value in there):
        section.currencies.update(value.upper() for value in there)
    else:
        name = values.found.pop("currency")
        section.unknown.append(f"`{name}` is not read: it has no ISO 4217 codes, as in USD.")


def _add_columns(section: Section, part: Part, values: Values, file: Recognised) -> None:
    for column in TABLES[part.table].columns:
        name = values.found.get(column.given)
        if name is None:
            continue
        section.keys[column.given] = name
        flag = part.flags.get(column.given)
        if flag is None:
            continue
        section.keys[f"{column.given}_values"] = flag.yes
        if flag.neither:
            section.keys[f"{column.given}_no_values"] = flag.no
        strange = _strange(values.there(column.given), (*flag.yes, *flag.no, *flag.neither))
        if strange and flag.no:
            shown = ", ".join(f"{value!r} ({rows})" for value, rows in strange[:5])
            neither = "neither yes nor no" if flag.neither else "no"
            section.unknown.append(
                f"What `{name}` means where it is {shown}: taken as {neither} for "
                f"`{column.given}`; if that is wrong, change `{column.given}_values`."
            )
    kept = tuple(name for name in part.attributes if name in file.look.header)
    if kept:
        section.keys["columns"] = kept


def _add_absent(section: Section, part: Part, values: Values) -> None:
    """Tell of columns that would net the money, and are not there."""
    for given, words in _NETTING.items():
        if given in part.columns and given not in values.found:
            section.unknown.append(
                f"{words}: there is no column such as `{part.columns[given][0]}`, and nothing is "
                "taken off or left out for it."
            )


def _strange(there: list[str], known: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return the values that are none of those known, the most frequent first."""
    words = [word.casefold() for word in known]
    return [
        (value, rows)
        for value, rows in Counter(there).most_common()
        if not any(
            value.casefold() == word or (word[-1] == "*" and value.casefold().startswith(word[:-1]))
            for word in words
        )
    ]


def _add_threshold(section: Section, part: Part, values: Values) -> None:
    """Let more rows be set aside where the first ones show that many name no customer."""
    if "customer_id" not in part.wanted:
        return
    nameless, rows = values.nameless()
    share = nameless / max(rows, 1)
    if share > USUAL_SET_ASIDE * 0.8:
        wide = min(math.ceil(1.2 * share * 20) / 20, MOST_SET_ASIDE)
        section.keys["max_set_aside"] = max(wide, 2 * USUAL_SET_ASIDE)
        section.unknown.append(
            f"Who the customer is in {share:.0%} of the first {rows:,} rows that count: "
            f"`{values.found['customer_id']}` is blank there, and they are set aside."
        )
