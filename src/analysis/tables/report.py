"""`analysis check`: what was found in the data, for a person at a terminal."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pandas as pd

from analysis import exports, wording
from analysis.columns import Kind
from analysis.currencies import decimals
from analysis.engines import DuckDBEngine
from analysis.schemas import TABLES
from analysis.tables.checks import rejects_of
from analysis.tables.links import repeated_rows, unknown_ids
from analysis.tables.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from analysis.settings import Settings
    from analysis.tables.source import Load, Source

WIDTH = 44
_WITH_KEY = "  All of them, unencrypted: analysis check --rejects FOLDER"
_MONEY = """
SELECT
    CAST(SUM(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END) AS DOUBLE) AS sales,
    CAST(SUM(CASE WHEN amount_minor < 0 THEN amount_minor ELSE 0 END) AS DOUBLE) AS returned,
    SUM(CASE WHEN amount_minor < 0 THEN 1 ELSE 0 END) AS returns,
    SUM(CASE WHEN amount_minor = 0 THEN 1 ELSE 0 END) AS zeros,
    COUNT(product_id) AS products,
    COUNT(category) AS categories,
    COUNT(quantity) AS quantities
FROM transactions
"""
_FIRST = "SELECT * FROM transactions LIMIT 1"


def check_command(settings: Settings, rejects: Path | None = None) -> int:
    """Read the data, print what is in them, and keep the rows set aside as a CSV a table.

    Parameters
    ----------
    settings : Settings
    rejects : Path, optional
        Folder for the rows set aside. Without it they go to data/cache; with a key, which says
        that nothing shall lie there for others to read, to the encrypted cache alone.

    Returns
    -------
    int
        0, also when rows were set aside; what stops the reading is raised.
    """
    source = open_source(settings)
    usual = settings.root / "data" / "cache" / "rejects"
    has_key = settings.privacy.key(settings.root) is not None
    folder = rejects or (None if has_key else usual)
    if folder is None:
        shutil.rmtree(usual, ignore_errors=True)  # of the time before there was a key
    else:
        for name in TABLES:
            keep_rejects(source, name, folder)
    title = f"{settings.title} (simulated data)" if settings.simulated else settings.title
    print(describe(source, title=title, kept_at=folder))
    if folder is None and any(load.rows_set_aside for load in source.loads.values()):
        print(_WITH_KEY)
    return 0


def keep_rejects(source: Source, table: str, folder: Path) -> None:
    """Write every row of a table set aside to `<table>.csv` in `folder`; without any, remove it.

    Of a table that is read where it is, the first 10,000: the others are there to be asked for.
    """
    target = folder / f"{table}.csv"
    load = source.loads.get(table)
    if load is None or not load.rows_set_aside:
        target.unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows = load.rejects
    if load.rows_set_aside > len(rows) and isinstance(source.engine, DuckDBEngine):
        query = f"SELECT * FROM {rejects_of(table)} ORDER BY file, line"  # noqa: S608
        rows = source.engine.run(query).to_pandas()
    rows = rows.assign(value=[shown(value) for value in rows["value"]])
    exports.save(rows, table, folder)
    target.chmod(0o600)


def describe(source: Source, *, title: str, kept_at: Path | None = None) -> str:
    """Return the whole account as text; rows set aside were kept in the folder `kept_at`."""
    parts = [title, "", *_facts(source)]
    if source.others:
        parts += ["", *_others(source)]
    for name, load in source.loads.items():
        if load.rows_set_aside:
            parts += ["", *_set_aside(load, kept_at and kept_at / f"{name}.csv")]
    notes = [
        note if name == "transactions" else f"{name}: {note}"
        for name, load in source.loads.items()
        for note in load.notes
    ]
    notes += [*_repeated(source), *_unknown(source)]
    if notes:
        parts += ["", "To know", *(f"  - {note}" for note in notes)]
    return "\n".join(parts)


def _others(source: Source) -> Iterator[str]:
    lines: list[tuple[str, ...]] = [("further table", "rows in", "kept", "set aside", "", "days")]
    for name, load in source.others.items():
        counts = (load.rows_in, load.rows_kept, load.rows_set_aside)
        lines.append((name, *map(wording.count, counts), "", _days(source, name)))
    yield from _columns(lines, left={0, 4, 5})


def _days(source: Source, name: str) -> str:
    """Say between which days the rows of a table lie, by its first column of days."""
    days = (column.name for column in TABLES[name].columns if column.kind is Kind.DAY)
    day = next(days, None)
    if day is None:
        return ""
    query = f"SELECT min({day}) AS first, max({day}) AS last FROM {name}"  # noqa: S608
    found = source.engine.run(query).to_pylist()[0]
    if found["first"] is None:
        return ""
    return f"{wording.date(found['first'])} to {wording.date(found['last'])}"


def _repeated(source: Source) -> Iterator[str]:
    for table in source.loads:
        rows = repeated_rows(source, table)
        if rows:
            verb = "repeats" if rows == 1 else "repeat"
            yield f"{table}: {_rows(rows)} {verb} another one in every column."


def _unknown(source: Source) -> Iterator[str]:
    for table, column, home, ids, unknown in unknown_ids(source).itertuples(index=False):
        if unknown:
            yield (
                f"{table}: {wording.count(unknown)} of {wording.count(ids)} values of {column} "
                f"are not in {home}."
            )


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
        "Also there": _also_there(money, quality.rows_kept),
        "First row": _first_row(source),
    }
    for name, text in facts.items():
        yield f"  {name:<12} {text}"


def _amount(minor: float, source: Source) -> str:
    value = minor / source.minor_units
    return f"{value:,.{decimals(source.currency)}f} {source.currency}"


def _rows(count: int) -> str:
    return wording.plural(count, "row")


def _also_there(counts: dict[str, int], rows: int) -> str:
    found = [
        f"{name} on {wording.percent(counts[key] / rows)}"
        for name, key in (
            ("product", "products"),
            ("category", "categories"),
            ("quantity", "quantities"),
        )
        if counts[key]
    ]
    return ", ".join(found) or "nothing beyond customer, day and amount"


def _first_row(source: Source) -> str:
    row = source.engine.run(_FIRST).to_pylist()[0]
    return (
        f"customer {shown(row['customer_id'])}, order {shown(row['order_id'])}, "
        f"{wording.date(row['order_date'])}, {_amount(row['amount_minor'], source)}"
    )


def _set_aside(load: Load, kept_at: Path | None) -> Iterator[str]:
    share = wording.percent(load.rows_set_aside / load.rows_in)
    of_table = "" if load.table == "transactions" else f" of {load.table}"
    yield f"Set aside{of_table}: {_rows(load.rows_set_aside)}, {share} of all"
    lines = [("rows", "rule", "first at")]
    for rule, column, count in load.by_rule.itertuples(index=False):
        of_rule = load.rejects[
            (load.rejects["rule"] == rule) & (load.rejects["column"].fillna("") == column)
        ]
        lines.append((wording.count(count), _rule(rule, column), _first_at(of_rule.head(1))))
    yield from _columns(lines, left={1, 2})
    if kept_at is not None:
        yield f"  All of them: {kept_at}"


def _rule(rule: str, column: str) -> str:
    return f"{rule} ({column})" if column else rule


def _first_at(rows: pd.DataFrame) -> str:
    for file, line, value in rows[["file", "line", "value"]].itertuples(index=False):
        text = shown(value)
        cut = text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."
        where = f"{file}, line {line}" if pd.notna(line) else file
        return where + (f": {cut}" if cut else "")
    return ""


def _columns(lines: Sequence[tuple[str, ...]], left: set[int]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [
            f"{text:<{width}}" if at in left else f"{text:>{width}}"
            for at, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield f"  {'  '.join(cells)}".rstrip()


def shown(value: object) -> str:
    """Return a value from the source with whatever does not show made visible."""
    if not isinstance(value, str):
        return ""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in value
    )
