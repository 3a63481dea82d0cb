"""What a canonical table is made of: columns of a kind, and rules between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199


class Kind(Enum):
    """How the values of a column are read: its type in words, and in the engine."""

    ID = ("id", "VARCHAR")
    WORDS = ("text", "VARCHAR")
    DAY = ("day", "DATE")
    END = ("day, or open", "DATE")
    """A day that has not come yet may be missing, or so late that it stands for "open"."""
    MONEY = ("money", "BIGINT")
    NUMBER = ("number", "DOUBLE")
    SHARE = ("share", "DOUBLE")
    FLAG = ("yes or no", "BOOLEAN")
    COUNT = ("whole number", "BIGINT")

    @property
    def words(self) -> str:
        """The type, for a reader."""
        return self.value[0]

    @property
    def type(self) -> str:
        """The type, for the engine."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table.

    Attributes
    ----------
    required : bool
        Whether every row has a value.
    in_source : bool
        Whether the source must have the column, though values may be missing.
    otherwise : str
        SQL of the value where the source has none.
    least, most : float
        Bounds of a number; what lies outside is set aside.
    called : str
        What an error calls a value of it; by default its name.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    in_source: bool = False
    otherwise: str = ""
    unit: str = ""
    least: float | None = None
    most: float | None = None
    called: str = ""

    @property
    def given(self) -> str:
        """Its name in the settings: money is given in units of the currency."""
        return self.name.removesuffix("_minor")

    @property
    def wanted(self) -> bool:
        """Whether the source must have the column."""
        return self.in_source or (self.required and not self.otherwise)

    @property
    def words(self) -> str:
        """What an error calls a value of it."""
        name = self.given.removesuffix("_id").removesuffix("_date").removeprefix("is_")
        return self.called or f"the {name.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition under which a row is set aside, and the column to show for it."""

    column: str
    broken: str
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """A canonical table.

    Attributes
    ----------
    grain : str
        What a row is, as in "a ticket".
    purpose : str
        What it is for, in a sentence or two.
    rules : tuple of Rule
        Between columns of one row; each column's own follow from its kind.
    key : str
        Column of which no two rows may have the same value.
    attributes : str
        Meaning of further columns, which are then kept under the source's names; none if empty.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    purpose: str = ""
    rules: tuple[Rule, ...] = ()
    key: str = ""
    attributes: str = ""


def quote(name: str) -> str:
    """Quote a column's name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def create(name: str, columns: tuple[Column, ...]) -> str:
    """Return the statement that makes an empty table of these columns."""
    body = ", ".join(
        f"{quote(column.name)} {column.kind.type}{' NOT NULL' if column.required else ''}"
        for column in columns
    )
    return f"CREATE TABLE {quote(name)} ({body})"
