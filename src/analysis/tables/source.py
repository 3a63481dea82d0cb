"""What an opened source is: an engine that holds the canonical tables, and how they fared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from analysis.currencies import minor_units
from analysis.engines import between, drawn, read_query
from analysis.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from analysis.engines import Engine

SHOWN_REJECTS = 10_000
CUSTOMERS_AT_ONCE = 1_000_000
_LARGEST_PART = 250_000
"""Customers of a part: few enough that what an engine counts of them stays near the processor."""

_OF_EVERYBODY = ("consent", "contracts", "customers")
"""Tables that may hold a row of many who never ordered anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How the loading of one table went; `rows_in` is always `rows_kept` + `rows_set_aside`.

    Attributes
    ----------
    rejects : DataFrame
        `file`, `line`, `column`, `value` and `rule` of every row set aside, in the order of
        the source; the first 10,000 of them when there are more (the engine's table of rejects
        has them all).
    by_rule : DataFrame
        `rule`, `column`, `rows`: how many rows each rule set aside.
    notes : tuple of str
        What should be known though no row was set aside for it.
    loaded_hash : str
        SHA-256 of the input as it was read; of rows that stay in their database, of counts and
        sums of their columns, which it says.
    """

    table: str
    rows_in: int
    rows_kept: int
    rows_set_aside: int
    rejects: pd.DataFrame
    by_rule: pd.DataFrame
    loaded_hash: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse to exist when a row went missing between reading and checking."""
        if self.rows_in != self.rows_kept + self.rows_set_aside:
            raise SourceError(
                f"Every row of {self.table} must be kept or set aside; of "
                f"{self.rows_in:,} rows {self.rows_kept:,} were kept and {self.rows_set_aside:,} "
                "set aside. This is a fault of the loader, not of the data: please report it."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality(Load):
    """How the loading of the purchases went, and what they amount to."""

    first_date: date
    last_date: date
    customers: int
    orders: int


@dataclass(frozen=True, slots=True)
class Source:
    """Checked canonical tables inside an engine; what `open_source` and `from_frame` return.

    Attributes
    ----------
    engine : Engine
        Answers queries over `transactions`, `rejects` and those of the further tables of
        `schemas` that exist (see `has`).
    currency : str
        ISO 4217 code of `amount_minor`.
    description : str
        What the source is, in words for a reader of the report.
    others : mapping of name to Load
        How the loading of each further table went.
    customers_at_once : int
        Rows of how many customers an analysis may hold in memory (see `parts`).
    scratch : Path, optional
        Folder for tables that are larger (see `CustomerTable`).
    """

    engine: Engine = field(repr=False)
    currency: str
    time_zone: str
    description: str
    quality: Quality = field(repr=False)
    tables: frozenset[str] = frozenset({"transactions"})
    others: Mapping[str, Load] = field(default_factory=dict, repr=False)
    customers_at_once: int = CUSTOMERS_AT_ONCE
    scratch: Path | None = field(default=None, repr=False)

    @property
    def minor_units(self) -> int:
        """Minor units in one unit of the currency."""
        return minor_units(self.currency)

    @property
    def loads(self) -> dict[str, Load]:
        """How the loading of each table went, the purchases first."""
        return {"transactions": self.quality, **self.others}

    @property
    def first_date(self) -> date:
        """Day of the first order or return."""
        return self.quality.first_date

    @property
    def last_date(self) -> date:
        """Day of the last order or return."""
        return self.quality.last_date

    def has(self, table: str) -> bool:
        """Whether the canonical table is there."""
        return table in self.tables

    def parts(self) -> Iterator[Source]:
        """Yield the source with so many customers at a time as may be in memory, in order of id.

        What is known of the whole (`quality`, its days) is what each part says too. Where no
        more customers are there, the source itself is the only part. Who never ordered counts
        as well, where a table has a row of them; so a part may be without any order.
        """
        if self._has_few(self.customers_at_once):
            yield self
            return
        at_once = min(self.customers_at_once, _LARGEST_PART)
        query = read_query("first_of_parts", known=self._known())
        answer = self.engine.run(query, at_once=at_once)
        _, *firsts = answer["customer_id"].to_pylist()
        for first, after in pairwise([None, *firsts, None]):
            yield replace(self, engine=self.engine.where(between(first, after)))

    def sampled(self, customers: int) -> Source:
        """Return the source with about so many customers, drawn at random; itself with no more.

        The same customers are drawn every time, by a hash of their ids.
        """
        if self._has_few(customers):
            return self
        share = customers / self.count_customers()
        return replace(self, engine=self.engine.where(drawn(share)))

    def count_customers(self) -> int:
        """Count the customers whom any table knows, also those who never ordered."""
        asked = f"SELECT COUNT(DISTINCT customer_id) AS customers FROM ({self._known()}) AS known"  # noqa: S608
        return int(self.engine.run(asked)["customers"][0].as_py())

    def _has_few(self, customers: int) -> bool:
        """Tell whether there are no more customers than so many; counted only where in doubt."""
        rows = [self.others[name].rows_kept for name in _OF_EVERYBODY if name in self.others]
        if max([self.quality.customers, *rows]) <= customers:
            return True
        return self.quality.customers <= customers and self.count_customers() <= customers

    def _known(self) -> str:
        """Return the query for the ids of all customers, some of them several times."""
        tables = ("customer_days", *filter(self.has, _OF_EVERYBODY))
        return " UNION ALL ".join(f"SELECT customer_id FROM {name}" for name in tables)  # noqa: S608

    def frame(self, table: str) -> pd.DataFrame:
        """Return a canonical table as a DataFrame; days become timestamps at midnight.

        Raises
        ------
        SourceError
            If the settings name no such table.
        """
        if not self.has(table):
            raise SourceError(
                f"The table `{table}` must be there to be read; there are "
                f"{', '.join(sorted(self.tables))}. Name it in analysis.toml: [{table}]"
            )
        rows = self.engine.run(f"SELECT * FROM {table}")  # noqa: S608
        frame: pd.DataFrame = rows.to_pandas(date_as_object=False)
        return frame
