"""Loaded tables, kept as Parquet so that the same files are read and checked once.

An entry is a folder, named after all that its content follows from: the bytes of the source
files, the settings that say how they read, and the code that reads them. It is filled beside its
place and moved there, so that no half-made entry is ever read. Databases are not cached: whether
their tables have changed shows only in their rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from analysis.engines import DuckDBEngine
from analysis.schemas import OPTIONAL
from analysis.tables import files, sample, shelf
from analysis.tables.checks import rejects_of
from analysis.tables.loading import hash_files
from analysis.tables.shelf import Shelf, let_read, scan
from analysis.tables.source import SHOWN_REJECTS, Load, Quality, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.keys import Key
    from analysis.settings import Settings

__all__ = ["Cache"]

ENTRIES = 8
_FACTS = "loads.json"
_PURCHASES = [
    field.name
    for field in fields(Quality)
    if field.name not in {known.name for known in fields(Load)}
]
_CODE = ("columns.py", "schemas.py", "currencies.py", "tables", "queries/customer_days.sql")


@dataclass(frozen=True, slots=True)
class Cache:
    """The entries of one project.

    Attributes
    ----------
    folder : Path
        Where they lie; made with rights for its owner alone.
    key : Key, optional
        With it, everything is encrypted at rest (AES-GCM, Parquet's modular encryption).
    """

    folder: Path
    key: Key | None = None

    def name_of(self, settings: Settings) -> str | None:
        """Return the name of the entry that these settings lead to; None for a database."""
        paths = _files_of(settings)
        if paths is None:
            return None
        digest = hashlib.sha256(_code_digest().encode())
        digest.update(_what_counts(settings).encode())
        for path in paths:
            digest.update(f"{path}\0{hash_files([path])}\n".encode())
        digest.update((self.key.mark if self.key else "plain").encode())
        return digest.hexdigest()[:32]

    def read(self, name: str, engine: DuckDBEngine, settings: Settings) -> Source | None:
        """Show an entry in an empty engine; None where there is none, or none that is whole."""
        entry = self.folder / name
        try:
            facts = json.loads((entry / _FACTS).read_text("utf-8"))
            with suppress(OSError):  # somebody else's, or on a drive that is only read
                os.utime(entry)
            self._show(facts, entry, engine)
        except OSError:
            return None
        except (duckdb.Error, ValueError):
            shutil.rmtree(entry, ignore_errors=True)
            return None
        loads = [_load(engine, told) for told in facts["loads"]]
        return Source(
            engine=engine,
            currency=settings.currency,
            time_zone=settings.time_zone,
            description=facts["description"],
            quality=Quality(**loads[0], **_days(facts["purchases"])),
            tables=frozenset(facts["shown"]),
            others={told["table"]: Load(**told) for told in loads[1:]},
        )

    def _show(self, facts: Mapping[str, Any], entry: Path, engine: DuckDBEngine) -> None:
        """Make the tables of an entry those of the engine."""
        let_read(engine, self.key)
        kind = "TABLE" if facts["rows"] <= shelf.IN_MEMORY_ROWS else "VIEW"
        for table in facts["tables"]:
            rows = scan(entry / f"{table}.parquet", self.key)
            engine.connection.execute(f'CREATE {kind} "{table}" AS FROM {rows}')
        engine.lock([entry] if kind == "VIEW" else [])

    def shelf(self, scratch: Path) -> Shelf:
        """Return where the tables of an entry are put while it is made, on the same drive."""
        return Shelf(scratch, self.key)

    def keep(self, name: str, source: Source, making: Shelf) -> None:
        """Make an entry of a source; one that another process made meanwhile stays.

        Tables that are not in this process are not copied.
        """
        if not isinstance(source.engine, DuckDBEngine):
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _fill(making, source, source.engine)
            self._put(making.place, self.folder / name)
        finally:
            making.remove(at_end=bool(making.places))  # the source reads what was moved there
        self._remove_old()

    @staticmethod
    def _put(made: Path, place: Path) -> None:
        try:
            made.rename(place)
        except OSError:
            if not place.is_dir():
                raise

    def _remove_old(self) -> None:
        """Remove the entries that were not used for longest, and what a dead process left."""
        used: dict[Path, float] = {}
        for entry in self.folder.iterdir():
            with suppress(FileNotFoundError):  # another process moved or removed it meanwhile
                used[entry] = entry.stat().st_mtime
        for entry in sorted(used, key=used.__getitem__)[:-ENTRIES]:
            shutil.rmtree(entry, ignore_errors=True)


def _files_of(settings: Settings) -> list[Path] | None:
    """Return all files that are read, in order; None when something is read from a database."""
    if settings.transactions.sample is not None:
        return list(sample.files().values())
    sections = [settings.transactions, *(settings.table(schema.name) for schema in OPTIONAL)]
    wanted = [section for section in sections if section is not None]
    if any(section.url is not None for section in wanted):
        return None
    return [path for section in wanted for path in files.find(section, settings.root)]


def _what_counts(settings: Settings) -> str:
    """Return the settings that the loaded tables follow from."""
    names = {"currency", "time_zone", "transactions", *(schema.name for schema in OPTIONAL)}
    told = settings.model_dump(mode="json", exclude_none=True)
    counts = {name: told[name] for name in names & told.keys()}
    return json.dumps(counts | {"pseudonyms": settings.privacy.pseudonyms}, sort_keys=True)


@once
def _code_digest() -> str:
    """Return a digest of the code that reads and checks, so that its changes count."""
    package = Path(__file__).parents[1]
    found = [package / name for name in _CODE]
    modules = [path for at in found for path in (at.rglob("*.py") if at.is_dir() else [at])]
    return hash_files(sorted(modules))


def _fill(making: Shelf, source: Source, engine: DuckDBEngine) -> None:
    aside = {rejects_of(table) for table in source.loads}
    tables = sorted({*source.tables, "customer_days", *aside})
    for table in tables:
        making.write(engine, table)
    facts = {
        "description": source.description,
        "tables": tables,
        "shown": sorted(source.tables),
        "rows": sum(load.rows_kept for load in source.loads.values()),
        "purchases": {name: getattr(source.quality, name) for name in _PURCHASES},
        "loads": [_facts(load) for load in source.loads.values()],
    }
    (making.place / _FACTS).write_text(json.dumps(facts, default=str), "utf-8")


def _facts(load: Load) -> dict[str, Any]:
    told = {field.name: getattr(load, field.name) for field in fields(Load)}
    del told["rejects"]
    return told | {"by_rule": load.by_rule.to_dict("split", index=False)}


def _load(engine: DuckDBEngine, facts: Mapping[str, Any]) -> dict[str, Any]:
    aside = f"SELECT * FROM {rejects_of(facts['table'])} ORDER BY file, line LIMIT $shown"  # noqa: S608
    return dict(facts) | {
        "rejects": engine.run(aside, shown=SHOWN_REJECTS).to_pandas(),
        "by_rule": pd.DataFrame(**facts["by_rule"]),
        "files": tuple(facts["files"]),
        "notes": tuple(facts["notes"]),
    }


def _days(purchases: Mapping[str, Any]) -> dict[str, Any]:
    days = ("first_date", "last_date")
    return dict(purchases) | {name: dt.date.fromisoformat(purchases[name]) for name in days}
