"""The dictionary of the canonical tables in data/README.md, made from the schemas.

``python -m analysis.tables.dictionary data/README.md`` writes it anew between its two marks.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.columns import Kind
from analysis.errors import DataError
from analysis.schemas import REJECTS, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns import Column, Table

BEGIN = "<!-- made by `python -m analysis.tables.dictionary data/README.md`; change the schemas -->"
END = "<!-- end of what is made -->"
_UNITS = {Kind.MONEY: "minor units of the currency", Kind.SHARE: "0 to 1"}
_TABLES = (*TABLES.values(), REJECTS)


def dictionary() -> str:
    """Return the dictionary: each table with its columns, units and rules, as Markdown."""
    parts = [part for table in _TABLES for part in _table(table)]
    return "\n".join([BEGIN, "", *_kinds(), *parts, END])


def rewrite(text: str) -> str:
    """Return the text with the dictionary between its marks made anew."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise DataError(f"The dictionary stands between two marks, {BEGIN} and {END}; one is gone.")
    return before + dictionary() + after


def _kinds() -> Iterator[str]:
    used = {column.kind for table in _TABLES for column in table.columns}
    yield "| type | how it is read |"
    yield "| --- | --- |"
    for kind in Kind:
        if kind in used and kind.reading:
            yield f"| {kind.words} | {kind.reading} |"
    yield ""


def _table(table: Table) -> Iterator[str]:
    optional = "" if table.name in {"transactions", "rejects"} else " (optional)"
    yield f"### {table.name}: one row {table.grain}{optional}"
    yield ""
    yield table.purpose
    yield ""
    yield "| column | type | unit | required | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for column in table.columns:
        cells = (
            *(f"`{column.name}`", column.kind.words, _unit(column)),
            *(_required(column), column.meaning),
        )
        yield f"| {' | '.join(cells)} |"
    if table.attributes:
        yield f"| any other | text | | no | {table.attributes} |"
    yield ""
    if table.rules or table.key:
        yield _rules(table)
        yield ""


def _unit(column: Column) -> str:
    unit = column.unit or _UNITS.get(column.kind, "")
    return unit if column.least is None else f"{unit}, {column.least:g} or more"


def _required(column: Column) -> str:
    if not column.kept:
        return "read, not kept"
    if column.otherwise:
        return "made up when missing: customer and day"
    if column.required:
        return "yes"
    return "the column, not each value" if column.in_source else "no"


def _rules(table: Table) -> str:
    rules = [f"Set aside when {rule.words}." for rule in table.rules]
    if table.key:
        key = " and ".join(f"`{name}`" for name in table.key)
        rules.append(f"Two rows of one {key} stop the reading.")
    return " ".join(rules)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(rewrite(target.read_text("utf-8")), "utf-8")
