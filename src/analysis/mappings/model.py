"""What a mapping is made of: a system, the exports it writes, and the tables these fill.

A mapping is data. Whatever a system needs beyond names of columns is said in the keys that
analysis.toml has for everybody; nothing here is read when a report is made.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """Which values of a column mean yes, and which are known to mean no, or neither.

    Where there are some that mean `neither`, as with a deal that is still open, `no` is written
    to the settings too; otherwise all values but those of `yes` mean no, and `no` only tells
    which of them are expected.
    """

    yes: Names
    no: Names = ()
    neither: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How an export fills one canonical table.

    Attributes
    ----------
    columns : mapping of canonical name to tuple of str
        The system's names of the column in the languages that it exports, best first.
    flags : mapping of canonical name to Flag
        How columns of yes or no are to be read.
    keys : mapping of str to str
        Further keys of the table's section, as they are.
    attributes : tuple of str
        Columns of customers to keep beside their id.
    rules : tuple of str
        What the numbers mean that way; written into the settings and told.
    where : mapping of canonical name to str
        Such rules that hold where the column is there.
    unknown : tuple of str
        What the export does not say.
    is_spare : bool
        Whether it is taken only where no other file fills the table.
    """

    table: str
    columns: Mapping[str, Names]
    flags: Mapping[str, Flag] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    attributes: Names = ()
    rules: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    is_spare: bool = False

    @property
    def wanted(self) -> list[str]:
        """The canonical columns without which the table cannot be read."""
        wanted: list[str] = []
        for column in TABLES[self.table].columns:
            if column.wanted:
                is_made = column.instead and column.given not in self.columns
                wanted += column.instead if is_made else (column.given,)
        return wanted

    def find(self, header: Sequence[str]) -> dict[str, str]:
        """Return the names in the header of the canonical columns that are there."""
        found = {given: name_in(header, names) for given, names in self.columns.items()}
        return {given: name for given, name in found.items() if name is not None}

    def missing(self, header: Sequence[str]) -> list[str]:
        """Return the canonical columns that should be there and are not."""
        found = self.find(header)
        return [given for given in self.wanted if given not in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that a system writes.

    Attributes
    ----------
    marks : tuple of tuple of str
        Columns that tell it from other files: of each group, one name must be in the header.
    """

    name: str
    marks: tuple[Names, ...]
    parts: tuple[Part, ...]

    def lacking(self, header: Sequence[str]) -> list[str]:
        """Return the first name of each mark that the header has not."""
        return [names[0] for names in self.marks if name_in(header, names) is None]

    def columns_in(self, header: Sequence[str]) -> int:
        """Return how many columns of the header it knows."""
        return len({name for part in self.parts for name in part.find(header).values()})


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What a system exports, and what is true of all its exports.

    Attributes
    ----------
    currency, time_zone : str
        Where the system is of one country; empty where the export must tell.
    dates : tuple of str
        How it writes dates that are not ISO 8601, the usual one first.
    """

    key: str
    title: str
    exports: tuple[Export, ...]
    currency: str = ""
    time_zone: str = ""
    language: str = "en"
    dates: tuple[str, ...] = ()


def name_in(header: Sequence[str], names: Names) -> str | None:
    """Return the first of the names that the header has, by letter and then by sound of it.

    Capitals, blanks and signs make no difference where no name is there to the letter.
    """
    plain = {bare(name): name for name in reversed(header) if name}
    for name in names:
        if name in header:
            return name
    return next((plain[bare(name)] for name in names if bare(name) in plain), None)


def bare(name: str) -> str:
    """Return the letters and digits of a name, without capitals."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in folded if sign.isalnum())
