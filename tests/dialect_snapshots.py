"""The queries in the SQL of engines that no test can start, kept to be read and compared."""

import datetime as dt
import re
from pathlib import Path

import analysis
from analysis.engines import read_query
from analysis.engines.dialects import translate

FOLDER = Path(__file__).parent / "dialects"
DIALECTS = ("bigquery", "clickhouse", "snowflake", "trino")
_NUMBERS = {
    "groups": 5, "period_days": 28, "window_days": 60, "pieces": 100, "loyal": 12.0, "bins": 5,
    "at_once": 7, "month": 30.4375, "prior": 0.75, "prior_days": 28,
    "counted_days": 393, "limit_1": 8.0, "limit_2": 15.0, "limit_3": 24.0,
    "gold": 0.2, "silver": 0.5, "rounding": 1e-9,
}  # fmt: skip


def snapshot(dialect):
    """Return all queries in one dialect, each under its name."""
    folder = Path(analysis.__file__).parent / "queries"
    return "\n".join(_said(path.stem, dialect) for path in sorted(folder.glob("*.sql")))


def _said(name, dialect):
    query = read_query(name)
    names = re.findall(r"\$(\w+)", re.sub("--.*", "", query))
    values = {name: _NUMBERS.get(name, dt.date(2021, 1, 31)) for name in names}
    values |= {"kind": "month"} if "kind" in names else {}
    text = re.sub(r"/\*.*?\*/", "", translate(query, dialect, values), flags=re.DOTALL).strip()
    return f"-- {name}, generated for {dialect}; not run by any test\n{text};\n"


if __name__ == "__main__":
    import canonical_snapshots

    FOLDER.mkdir(exist_ok=True)
    canonical_snapshots.write()
    for dialect in DIALECTS:
        (FOLDER / f"{dialect}.sql").write_text(snapshot(dialect), "utf-8")
