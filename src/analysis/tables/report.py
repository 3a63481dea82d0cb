"""`analysis check`: what was found in the data, for a person at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import exports, wording
from analysis.currencies import decimals
from analysis.schemas import TABLES
from analysis.tables.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from analysis.settings import Settings
    from analysis.tables.source import Source

WIDTH = 44
_MONEY = """
SELECT
    coalesce(sum(amount_minor) FILTER (amount_minor > 0), 0)::HUGEINT::DOUBLE AS sales,
    coalesce(sum(amount_minor) FILTER (amount_minor < 0), 0)::HUGEINT::DOUBLE AS returned,
    count(*) FILTER (amount_minor < 0) AS returns,
    count(*) FILTER (amount_minor = 0) AS zeros,
    count(product_id) AS products,
    count(category) AS categories,
    count(quantity) AS quantities
FROM transactions
"""
_FIRST = "SELECT * FROM transactions LIMIT 1"


def check_command(settings: Settings) -> int:
    """Read the data, print what is in them, and keep the rows set aside as a CSV.

    Returns
    -------
    int
        0, also when rows were set aside; what stops the reading is raised.
    """
    source = open_source(settings)
    kept_at = keep_rejects(source, settings.root / "data" / "cache" / "rejects")
    print(describe(source, title=settings.title, kept_at=kept_at))
    return 0


def keep_rejects(source: Source, folder: Path) -> Path | None:
    """Write every row set aside to `transactions.csv` in `folder`; without any, remove it."""
    target = folder / "transactions.csv"
    if not source.quality.rows_set_aside:
        target.unlink(missing_ok=True)
        return None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows = source.engine.run("SELECT * FROM rejects ORDER BY file, line").to_pandas()
    rows["value"] = [shown(value) for value in rows["value"]]
    exports.save(rows, "transactions", folder)
    target.chmod(0o600)
    return target


def describe(source: Source, *, title: str, kept_at: Path | None = None) -> str:
    """Return the whole account as text."""
    parts = [title, "", *_facts(source)]
    if source.quality.rows_set_aside:
        parts += ["", *_set_aside(source, kept_at)]
    if source.quality.notes:
        parts += ["", "To know", *(f"  - {note}" for note in source.quality.notes)]
    return "\n".join(parts)


def _facts(source: Source) -> Iterator[str]:
    quality = source.quality
    money = source.engine.run(_MONEY).to_pylist()[0]
    days = (quality.last_date - quality.first_date).days + 1
    facts = {
        "Source": wording.join(quality.files[:4])
        + (f" and {len(quality.files) - 4} more" if len(quality.files) > 4 else ""),
        "Rows in": wording.count(quality.rows_in),
        "  kept": wording.count(quality.rows_kept),
        "  set aside": wording.count(quality.rows_set_aside),
        "Dates": f"{wording.date(quality.first_date)} to {wording.date(quality.last_date)} "
        f"({wording.days(days)}, in {source.time_zone})",
        "Customers": wording.count(quality.customers),
        "Orders": wording.count(quality.orders),
        "Sales": _amount(money["sales"], source),
        "Returns": f"{_amount(money['returned'], source)} on {_rows(money['returns'])}",
        "Zero lines": _rows(money["zeros"]),
        "Also there": _also_there(money, quality.rows_kept, source.tables),
        "First row": _first_row(source),
    }
    for name, text in facts.items():
        yield f"  {name:<12} {text}"


def _amount(minor: float, source: Source) -> str:
    value = minor / source.minor_units
    return f"{value:,.{decimals(source.currency)}f} {source.currency}"


def _rows(count: int) -> str:
    return wording.plural(count, "row")


def _also_there(counts: dict[str, int], rows: int, tables: frozenset[str]) -> str:
    found = [
        f"{name} on {wording.percent(counts[key] / rows)}"
        for name, key in (
            ("product", "products"),
            ("category", "categories"),
            ("quantity", "quantities"),
        )
        if counts[key]
    ]
    found += [f"table {name}" for name in sorted(tables & set(TABLES) - {"transactions"})]
    return ", ".join(found) or "nothing beyond customer, day and amount"


def _first_row(source: Source) -> str:
    row = source.engine.run(_FIRST).to_pylist()[0]
    return (
        f"customer {shown(row['customer_id'])}, order {shown(row['order_id'])}, "
        f"{wording.date(row['order_date'])}, {_amount(row['amount_minor'], source)}"
    )


def _set_aside(source: Source, kept_at: Path | None) -> Iterator[str]:
    quality = source.quality
    share = wording.percent(quality.rows_set_aside / quality.rows_in)
    yield f"Set aside: {_rows(quality.rows_set_aside)}, {share} of all"
    lines = [("rows", "rule", "first at")]
    for rule, column, count in quality.by_rule.itertuples(index=False):
        of_rule = quality.rejects[
            (quality.rejects["rule"] == rule) & (quality.rejects["column"].fillna("") == column)
        ]
        lines.append((wording.count(count), _rule(rule, column), _first_at(of_rule.head(1))))
    yield from _columns(lines)
    if kept_at is not None:
        yield f"  All of them: {kept_at}"


def _rule(rule: str, column: str) -> str:
    return f"{rule} ({column})" if column else rule


def _first_at(rows: pd.DataFrame) -> str:
    for file, line, value in rows[["file", "line", "value"]].itertuples(index=False):
        text = shown(value)
        cut = text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."
        return f"{file}, line {line}" + (f": {cut}" if cut else "")
    return ""


def _columns(lines: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    first = max(len(line[0]) for line in lines)
    second = max(len(line[1]) for line in lines)
    for left, middle, right in lines:
        yield f"  {left:>{first}}  {middle:<{second}}  {right}".rstrip()


def shown(value: object) -> str:
    """Return a value from the source with whatever does not show made visible."""
    if not isinstance(value, str):
        return ""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in value
    )
