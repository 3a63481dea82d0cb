"""The sections of analysis.toml that say where a table is and how it reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    create_model,
    field_validator,
    model_validator,
)

from analysis.columns import Kind
from analysis.schemas import OPTIONAL, TRANSACTIONS

if TYPE_CHECKING:
    from analysis.columns import Table

Name = Annotated[str, StringConstraints(min_length=1)]
Names = Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Name of an environment variable, as it stands where a secret must not."""
DATE_CODES = frozenset(
    f"%{code}" for code in ("Y", "y", "m", "-m", "b", "B", "d", "-d", *"HIMSfpzaA%", "-H", "-I")
)


class Part(BaseModel):
    """What all parts of the settings share: nothing unknown, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TableSettings(Part):
    """Where one table is, and how its text is to be read."""

    path: Name | Names | None = None
    """File, folder or pattern ("exports/*.csv"), or a list of them; relative to analysis.toml."""
    url: Name | None = Field(default=None, repr=False)
    """Database: duckdb:///file, sqlite:///file, postgresql://..., spark://..., trino://... (see
    engines/connections); or env:NAME, a variable."""
    table: Name | None = None
    """Table or view inside the database, with its schema where it has one ("sales.orders")."""
    sheet: Name | None = None
    """Sheet of an Excel file; the first one when not given."""
    skip_lines: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Lines (or rows of a sheet) above the header that are no part of the table."""
    separator: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    """Between the fields of a CSV; found from the header when not given."""
    encoding: Name | None = None
    """Of a CSV: utf-8 when not given (a byte order mark is obeyed), or cp1252, gb18030, ..."""
    decimal: Literal[".", ","] | None = None
    """Decimal mark of numbers written as text; a point when not given."""
    date_format: Name | None = None
    """How dates written as text look, as in "%d.%m.%Y %H:%M"; ISO 8601 when not given."""
    source_time_zone: str | None = None
    """Zone of clock times that carry none; the settings' own `time_zone` when not given."""
    max_set_aside: Share = 0.05
    """Stop when more than this share of the rows has to be set aside."""

    @field_validator("separator")
    @classmethod
    def _plain_sign(cls, sign: str | None) -> str | None:
        if sign is not None and (not sign.isascii() or sign.isalnum() or sign in '"\r\n '):
            raise ValueError(
                f'a separator is a plain sign, as in ";" or "\\t"; this one is {sign!r}'
            )
        return sign

    @field_validator("source_time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return None if name is None else zone(name)

    @field_validator("date_format")
    @classmethod
    def _whole_date(cls, text: str | None) -> str | None:
        codes = set(re.findall(r"%-?.?", text or ""))
        unknown = sorted(codes - DATE_CODES)
        if unknown:
            raise ValueError(
                f'"{unknown[0]}" is no part of a date; known are {" ".join(sorted(DATE_CODES))}'
            )
        groups = {"%Y", "%y"}, {"%m", "%-m", "%b", "%B"}, {"%d", "%-d"}
        if text is not None and not all(group & codes for group in groups):
            raise ValueError(
                "a date format needs the year (%Y), the month (%m) and the day (%d), "
                f'as in "%d.%m.%Y"; this one is "{text}"'
            )
        return text

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.url is not None and self.path is not None:
            raise ValueError("`path` and `url` exclude each other; keep the one to be read")
        if (self.url is None) != (self.table is None):
            raise ValueError("`url` and `table` go together: the database, and the table in it")
        for_files = ("sheet", "skip_lines", "separator", "encoding")
        given = [name for name in for_files if getattr(self, name)]
        if self.url is not None and given:
            raise ValueError(f"{_and(given)} {_is(given)} for files, not for a `url`")
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths as written, always as a tuple."""
        if self.path is None:
            return ()
        return (self.path,) if isinstance(self.path, str) else self.path


class TransactionsPlace(TableSettings):
    """Where the purchases are: a file, a database, or the sample.

    A column named in canonical words (`order_id`, `product_id`, `category`, `quantity`) is
    taken when the source has it; the settings name it when the source calls it otherwise.
    """

    sample: Literal["complete-journey"] | None = None
    further_lines: Literal["own", "filled", "left out"] = "own"
    """Below the first line of an order (`order_id`, the same as above): rows of their own; or
    without its customer, day, currency and marks, which are filled in from the first line; or
    left out, since the first line has the amount of the whole order."""

    @model_validator(mode="after")
    def _a_source(self) -> Self:
        if self.sample is not None:
            others = sorted(self.model_fields_set - {"sample"})
            if others:
                raise ValueError(
                    f"`sample` brings its own files and columns; remove {_and(others)}, or `sample`"
                )
        elif self.path is None and self.url is None:
            raise ValueError(
                "no source is named; write `path` (a file), `url` and `table` (a database) "
                'or sample = "complete-journey"'
            )
        return self


class OptionalPlace(TableSettings):
    """Where a table is that need not be there; when its section is, so is its place."""

    @model_validator(mode="after")
    def _a_source(self) -> Self:
        if self.path is None and self.url is None:
            raise ValueError("no source is named; write `path` (a file) or `url` and `table`")
        return self


class DescribedPlace(OptionalPlace):
    """Where a table is that keeps further columns as attributes."""

    columns: Names | None = None
    """The attributes to keep; all columns when not given."""


def _section(table: Table, place: type[TableSettings]) -> Any:
    """Make the section of a table: its place, and the source's name of each of its columns.

    A column of yes or no may have `..._values`, those that mean yes, and `..._no_values`; a share
    `..._in`, whether the source has it as a share of 1 or in percent.
    """
    fields: dict[str, Any] = {}
    for column in table.columns:
        fields[column.given] = (Name, column.given) if column.wanted else (Name | None, None)
        if column.kind is Kind.FLAG:
            fields[f"{column.given}_values"] = (Names | None, None)
            fields[f"{column.given}_no_values"] = (Names | None, None)
        if column.kind is Kind.SHARE:
            fields[f"{column.given}_in"] = (Literal["share", "percent"], "share")
    return create_model(f"{table.name.title()}Settings", __base__=place, **fields)


class TablesSettings(Part):
    """The sections that say where each table is; their keys follow from the schemas."""

    def table(self, name: str) -> TableSettings | None:
        """Return the section of a table, when the file has it."""
        section: TableSettings | None = getattr(self, name)
        return section


if TYPE_CHECKING:
    TransactionsSettings = TransactionsPlace
    AllTables = TablesSettings
else:
    TransactionsSettings = _section(TRANSACTIONS, TransactionsPlace)
    AllTables = create_model(
        "AllTables",
        __base__=TablesSettings,
        **{
            table.name: (
                _section(table, DescribedPlace if table.attributes else OptionalPlace) | None,
                None,
            )
            for table in OPTIONAL
        },
    )


def zone(name: str) -> str:
    """Return `name` when it names a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f'"{name}" is not a time zone; write one by its place, as in "Europe/Berlin", or "UTC"'
        ) from None
    return name


def _and(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
