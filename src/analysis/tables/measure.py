"""What a loaded source amounts to, measured once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.errors import AnalysisError, SourceError
from analysis.tables.source import SHOWN_REJECTS, Quality

if TYPE_CHECKING:
    from analysis.engines import DuckDBEngine
    from analysis.tables.checks import Tally

ALWAYS_BORNE = 10
_COUNTS = """
SELECT
    count(*) AS rows_kept,
    min(order_date) AS first_date,
    max(order_date) AS last_date,
    count(DISTINCT customer_id) AS customers,
    count(DISTINCT (customer_id, order_id)) AS orders
FROM transactions
"""
_REJECTS = "SELECT * FROM rejects ORDER BY file, line LIMIT $shown"


def measure(
    engine: DuckDBEngine,
    tally: Tally,
    *,
    loaded_hash: str,
    files: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Quality:
    """Count what was kept and set aside, and between which days it lies."""
    counts = engine.run(_COUNTS).to_pylist()[0]
    rejects = engine.run(_REJECTS, shown=SHOWN_REJECTS).to_pandas()
    return Quality(
        rows_in=tally.rows_in,
        rows_set_aside=tally.set_aside,
        rejects=rejects,
        by_rule=by_rule(tally),
        loaded_hash=loaded_hash,
        files=files,
        notes=notes,
        **counts,
    )


def by_rule(tally: Tally) -> pd.DataFrame:
    """Return how many rows each rule set aside, the most first."""
    rows = [(rule, column, count) for (column, rule), count in tally.by_rule.most_common()]
    return pd.DataFrame(rows, columns=["rule", "column", "rows"])


def refuse_too_many(
    engine: DuckDBEngine,
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
    if tally.kept and tally.set_aside <= max(max_set_aside * tally.rows_in, ALWAYS_BORNE):
        return
    first = _first(engine, rejects)
    share = tally.set_aside / tally.rows_in
    raise error(
        f"At most {max_set_aside:.1%} of the rows may break a rule (`max_set_aside`); "
        f"{tally.set_aside:,} of {tally.rows_in:,} ({share:.1%}) do, most often because "
        f"{tally.by_rule.most_common(1)[0][0][1]}. First: {first}."
        + (f" {hint}" if hint else " Correct the source or the settings that describe it.")
    )


def _first(engine: DuckDBEngine, rejects: str) -> str:
    row = engine.run(f"SELECT * FROM {rejects} ORDER BY file, line LIMIT 1").to_pylist()[0]  # noqa: S608
    shown = "" if row["value"] is None else f" ({row['value']!r})"
    column = "" if row["column"] is None else f", column {row['column']!r}"
    return f"{row['file']}, line {row['line']}{column}{shown}"
