"""What a canonical table is made of: columns of a kind, and rules between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199


class Kind(Enum):
    """How the values of a column are read: in a word, in the engine, and what is set aside."""

    ID = (
        "id",
        "VARCHAR",
        "text, or a number as text; an invisible character in it is set aside",
    )
    WORDS = ("text", "VARCHAR", "as it stands; a control character in it is set aside")
    DAY = (
        "day",
        "DATE",
        f"a day of {EARLIEST_YEAR} to {LATEST_YEAR}, as `date_format` says or like 2024-03-31; "
        "whatever else is set aside",
    )
    END = (
        "day or open",
        "DATE",
        f"as a day; none, or a year after {LATEST_YEAR} (31.12.9999), means that it is open",
    )
    MONEY = (
        "money",
        "BIGINT",
        "an amount in units of the currency, kept in whole minor units (cents); in the settings "
        "its name is without `_minor`; what is no number, or too large, is set aside",
    )
    NUMBER = ("number", "DOUBLE", "a finite number; whatever else is set aside")
    SHARE = (
        "share",
        "DOUBLE",
        'from 0 to 1, or as `..._in = "percent"` says; 35% is 0.35 in any case; what lies outside '
        "is set aside",
    )
    FLAG = (
        "yes or no",
        "BOOLEAN",
        "true, yes, y, 1, ja, 是 and their opposites; with `..._values = [...]` these mean yes, "
        "and all others no, or with `..._no_values = [...]` too those no, and all others neither; "
        "whatever else is set aside",
    )
    COUNT = ("whole number", "BIGINT", "")

    @property
    def words(self) -> str:
        """The type, for a reader."""
        return self.value[0]

    @property
    def type(self) -> str:
        """The type, for the engine."""
        return self.value[1]

    @property
    def reading(self) -> str:
        """How it is read, and what is set aside."""
        return self.value[2]


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
    instead : tuple of str
        Columns whose product it is, where the settings name the first of them.
    kept : bool
        Whether the canonical table has it; otherwise it only tells how the others are meant.
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
    instead: tuple[str, ...] = ()
    kept: bool = True
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
    """A condition under which a row is set aside, and the column to show for it.

    Where it is no `fault` of the row but what the settings ask for, it does not count towards
    the rows that may break a rule.
    """

    column: str
    broken: str
    words: str
    fault: bool = True


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
    key : tuple of str
        Columns of which no two rows may have the same values.
    attributes : str
        Meaning of further columns, which are then kept under the source's names; none if empty.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    purpose: str = ""
    rules: tuple[Rule, ...] = ()
    key: tuple[str, ...] = ()
    attributes: str = ""

    @property
    def kept(self) -> tuple[Column, ...]:
        """The columns that the canonical table has."""
        return tuple(column for column in self.columns if column.kept)

    @property
    def day(self) -> str:
        """The column with the day of a row; empty without one."""
        days = (column.name for column in self.columns if column.kind is Kind.DAY)
        return next(days, "")


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
