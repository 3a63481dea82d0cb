"""What a loaded source amounts to, measured once."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import TYPE_CHECKING

import pandas as pd

from analysis.engines import read_query
from analysis.errors import AnalysisError, SourceError
from analysis.tables.checks import rejects_of
from analysis.tables.source import SHOWN_REJECTS, Load, Quality

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.columns import Table
    from analysis.engines import DuckDBEngine, Engine
    from analysis.tables.checks import Tally

ALWAYS_BORNE = 10
_FACTS = """
SELECT
    (SELECT min(order_date) FROM customer_days) AS first_date,
    (SELECT max(order_date) FROM customer_days) AS last_date,
    (SELECT count(*) FROM (SELECT 1 FROM customer_days GROUP BY customer_id) AS one) AS customers,
    (
        SELECT count(*)
        FROM (SELECT 1 FROM transactions GROUP BY customer_id, order_id) AS one
    ) AS orders
"""
"""Counted by groups, which may be spilled; a distinct count has to fit into memory."""


def measure_load(
    engine: DuckDBEngine,
    table: str,
    tally: Tally,
    *,
    loaded_hash: str,
    files: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Load:
    """Count what the engine holds of a table, kept and set aside."""
    aside = rejects_of(table)
    return Load(
        table=table,
        rows_in=tally.rows_in,
        rows_kept=_rows(engine, table),
        rows_set_aside=_rows(engine, aside),
        rejects=engine.run(
            f"SELECT * FROM {aside} ORDER BY file, line LIMIT $shown",  # noqa: S608
            shown=SHOWN_REJECTS,
        ).to_pandas(),
        by_rule=by_rule(tally),
        loaded_hash=loaded_hash,
        files=files,
        notes=notes,
    )


def measure_purchases(engine: DuckDBEngine, load: Load, others: Iterable[Load] = ()) -> Quality:
    """Add to the load of the purchases what they amount to, and to the engine their days."""
    engine.connection.execute(f"CREATE TABLE customer_days AS {read_query('customer_days')}")
    return measured(engine, load, others)


def measured(engine: Engine, load: Load, others: Iterable[Load] = ()) -> Quality:
    """Add to the load of the purchases what they amount to; the hash is of all tables."""
    parts = {part.name: getattr(load, part.name) for part in fields(load)}
    hashes = [load.loaded_hash, *(other.loaded_hash for other in others)]
    if len(hashes) > 1:
        what = "".join(load.loaded_hash.rpartition(":")[:2])
        parts["loaded_hash"] = what + hashlib.sha256(" ".join(hashes).encode()).hexdigest()
    return Quality(**parts, **engine.run(_FACTS).to_pylist()[0])


def _rows(engine: DuckDBEngine, table: str) -> int:
    [(rows,)] = engine.connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608
    return int(rows)


def by_rule(tally: Tally) -> pd.DataFrame:
    """Return how many rows each rule set aside, the most first."""
    rows = [(rule, column, count) for (column, rule), count in tally.by_rule.most_common()]
    return pd.DataFrame(rows, columns=["rule", "column", "rows"])


def refuse_doubles(
    engine: Engine, table: Table, *, error: type[AnalysisError] = SourceError
) -> None:
    """Stop when two rows have the same key, since only one of them can be valid."""
    if not table.key:
        return
    key, name = ", ".join(table.key), table.name
    each = f"SELECT {key}, count(*) AS times FROM {name} GROUP BY {key}"  # noqa: S608
    counted = f"SELECT count(*) AS there FROM ({each}) AS keys"  # noqa: S608
    doubles = engine.run(f"{counted} WHERE times > 1")["there"][0].as_py()
    if doubles:
        [first] = engine.run(
            f"SELECT {key} FROM ({each}) AS keys WHERE times > 1 ORDER BY {key} LIMIT 1"  # noqa: S608
        ).to_pylist()
        there = engine.run(counted)["there"][0].as_py()
        raise error(
            f"[{name}] must have one row {table.grain}; {doubles:,} of {there:,} have more, first "
            f"{', '.join(repr(str(value)) for value in first.values())}. Keep the valid one of "
            "each in the source."
        )


def refuse_too_many(
    engine: Engine,
    tally: Tally,
    max_set_aside: float,
    *,
    error: type[AnalysisError] = SourceError,
    rejects: str = "rejects",
    hint: str = "",
) -> None:
    """Stop when nothing is left, or when more rows broke a rule than may.

    Up to ten rows are always borne, so that a short file does not stop at its first bad line.
    """
    faults, counted = tally.set_aside - tally.not_counted, tally.rows_in - tally.not_counted
    if tally.kept and faults <= max(max_set_aside * counted, ALWAYS_BORNE):
        return
    first = _first(engine, rejects, tally.commonest)
    share = faults / max(counted, 1)
    raise error(
        f"At most {max_set_aside:.1%} of the rows may break a rule (`max_set_aside`); "
        f"{faults:,} of {counted:,} ({share:.1%}) do, most often because "
        f"{tally.commonest}. First: {first}."
        + (f" {hint}" if hint else " Correct the source or the settings that describe it.")
    )


def _first(engine: Engine, rejects: str, rule: str) -> str:
    query = f"SELECT * FROM {rejects} WHERE rule = $rule ORDER BY file, line LIMIT 1"  # noqa: S608
    [row] = engine.run(query, rule=rule).to_pylist()
    shown = "" if row["value"] is None else f" ({row['value']!r})"
    column = "" if row["column"] is None else f", column {row['column']!r}"
    line = "" if row["line"] is None else f", line {row['line']}"
    return f"{row['file']}{line}{column}{shown}"
