"""Which column of the source is which canonical one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import SourceError
from analysis.settings_errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns import Column, Table
    from analysis.settings_tables import TableSettings

MOST_ATTRIBUTES = 1_000


@dataclass(frozen=True, slots=True)
class Mapping:
    """The source's names of the canonical columns of one table.

    `required` must be there; `named` are optional columns that the settings name, and so must
    be there too; `offered` are optional columns taken when the source has them. `attributes` are
    columns kept under their own names: those listed, or with an empty list all others.
    """

    section: str
    required: dict[str, str]
    named: dict[str, str]
    offered: tuple[str, ...] = ()
    attributes: tuple[str, ...] | None = None

    def missing(self, columns: Sequence[str]) -> list[str]:
        """Return the canonical names of the columns that should be there and are not."""
        there = set(columns)
        missing = [canonical for canonical, name in self._wanted() if name not in there]
        return missing + [name for name in self.attributes or () if name not in there]

    def _wanted(self) -> list[tuple[str, str]]:
        return list((self.required | self.named).items())

    def find(self, columns: Sequence[str], source: str) -> dict[str, str]:
        """Map canonical names to the source's, or complain of what is missing or double."""
        if self.missing(columns):
            raise self.complaint(columns, source)
        found = self.required | self.named
        found |= {name: name for name in self.offered if name not in found and name in columns}
        if self.attributes is not None:
            others = self.attributes or [name for name in columns if name not in found.values()]
            if len(others) > MOST_ATTRIBUTES:
                raise SourceError(
                    f"[{self.section}] keeps at most {MOST_ATTRIBUTES:,} attributes; {source} has "
                    f"{len(others):,}, first `{others[0]}`. List those to keep: columns = [...]"
                )
            found |= {attribute(at): name for at, name in enumerate(filter(None, others))}
            _refuse_alike(["customer_id", *list(found.values())[1:]], source)
        counts = Counter(columns)
        twice = [name for name in found.values() if counts[name] > 1]
        if twice:
            raise SourceError(
                f"A column that is read must be there once; {source} has `{twice[0]}` "
                f"{counts[twice[0]]} times. Rename one of them in the source."
            )
        return found

    def complaint(self, columns: Sequence[str], source: str) -> SourceError:
        """Say which columns are missing and what there is instead."""
        missing = self.missing(columns)
        canonical = missing[0]
        name = dict(self._wanted()).get(canonical, canonical)
        wanted = len(self._wanted()) + len(self.attributes or ())
        return SourceError(
            f"[{self.section}] needs {wanted} columns of {source}; "
            f"{len(missing)} not there, first {canonical} = `{name}`. "
            f"{did_you_mean(name, [column for column in columns if column])} "
            f'Write its name in the settings: {canonical} = "..."'
            + ("" if len(columns) > 1 else " If lines stand above the header: skip_lines = 1")
        )


def attribute(number: int) -> str:
    """Name an attribute while it is read, whatever the source calls it."""
    return f"attribute_{number}"


def _refuse_alike(names: list[str], source: str) -> None:
    """Stop at names that an engine, which does not tell capitals apart, would take for one."""
    counts = Counter(name.casefold() for name in names)
    alike = [name for name in names if counts[name.casefold()] > 1]
    if alike:
        raise SourceError(
            f"Attributes must have names of their own, `customer_id` among them, in capitals or "
            f"not; {source} has {' and '.join(f'`{name}`' for name in alike[:2])}. "
            "List the columns to keep: columns = [...]"
        )


def of(table: Table, settings: TableSettings) -> Mapping:
    """Return the mapping that the table's section of the settings asks for."""
    names = {column.given: getattr(settings, column.given) for column in table.columns}
    wanted = [column.given for column in table.columns if column.wanted]
    for column in table.columns:
        if _made_of_others(column, settings):
            del names[column.given]
            wanted = [name for name in wanted if name != column.given] + list(column.instead)
    return Mapping(
        table.name,
        {name: names[name] or name for name in wanted},
        {name: given for name, given in names.items() if given is not None and name not in wanted},
        offered=tuple(name for name in names if name not in wanted),
        attributes=(getattr(settings, "columns", None) or ()) if table.attributes else None,
    )


def _made_of_others(column: Column, settings: TableSettings) -> bool:
    """Whether the settings name what the column is the product of, and not the column."""
    return (
        bool(column.instead)
        and getattr(settings, column.instead[0]) is not None
        and column.given not in settings.model_fields_set
    )
