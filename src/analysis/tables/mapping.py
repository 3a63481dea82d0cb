"""Which column of the source is which canonical one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import SourceError
from analysis.settings_errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.settings_tables import (
        ContractsSettings,
        CustomersSettings,
        TransactionsSettings,
    )


@dataclass(frozen=True, slots=True)
class Mapping:
    """The source's names of the canonical columns of one table.

    `required` must be there; `named` are optional columns that the settings name, and so must
    be there too; `offered` are optional columns taken when the source has them; with
    `all_others`, so is every other column, under its own name.
    """

    section: str
    required: dict[str, str]
    named: dict[str, str]
    offered: tuple[str, ...] = ()
    all_others: bool = False

    def missing(self, columns: Sequence[str]) -> list[str]:
        """Return the canonical names of the columns that should be there and are not."""
        wanted = self.required | self.named
        return [canonical for canonical, name in wanted.items() if name not in columns]

    def find(self, columns: Sequence[str], source: str) -> dict[str, str]:
        """Map canonical names to the source's, or complain of what is missing or double."""
        if self.missing(columns):
            raise self.complaint(columns, source)
        found = self.required | self.named
        found |= {name: name for name in self.offered if name not in found and name in columns}
        if self.all_others:
            found |= {name: name for name in columns if name and name not in found.values()}
        twice = [name for name in found.values() if list(columns).count(name) > 1]
        if twice:
            raise SourceError(
                f"A column that is read must be there once; {source} has `{twice[0]}` "
                f"{list(columns).count(twice[0])} times. Rename one of them in the source."
            )
        return found

    def complaint(self, columns: Sequence[str], source: str) -> SourceError:
        """Say which columns are missing and what there is instead."""
        missing = self.missing(columns)
        canonical = missing[0]
        name = (self.required | self.named)[canonical]
        return SourceError(
            f"[{self.section}] needs {len(self.required | self.named)} columns of {source}; "
            f"{len(missing)} not there, first {canonical} = `{name}`. "
            f"{did_you_mean(name, [column for column in columns if column])} "
            f'Write its name in the settings: {canonical} = "..."'
        )


def of_transactions(settings: TransactionsSettings) -> Mapping:
    """Return the mapping that [transactions] asks for."""
    named = {
        canonical: name
        for canonical in ("order_id", "product_id", "category", "quantity")
        if (name := getattr(settings, canonical)) is not None
    }
    return Mapping(
        "transactions",
        {
            "customer_id": settings.customer_id,
            "order_date": settings.order_date,
            "amount": settings.amount,
        },
        named,
        offered=("order_id", "product_id", "category", "quantity"),
    )


def of_contracts(settings: ContractsSettings) -> Mapping:
    """Return the mapping that [contracts] asks for."""
    return Mapping(
        "contracts",
        {
            "customer_id": settings.customer_id,
            "start_date": settings.start_date,
            "end_date": settings.end_date,
        },
        {} if settings.reason is None else {"reason": settings.reason},
        offered=("reason",),
    )


def of_customers(settings: CustomersSettings) -> Mapping:
    """Return the mapping that [customers] asks for."""
    return Mapping(
        "customers",
        {"customer_id": settings.customer_id},
        {} if settings.columns is None else {name: name for name in settings.columns},
        all_others=settings.columns is None,
    )
