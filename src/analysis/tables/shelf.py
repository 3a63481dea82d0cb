"""Tables as Parquet files: written a batch at a time, encrypted with a key, read where they lie.

The rows of a large table are moved there while they are loaded, so that memory holds the last of
them and nothing has to be spilled.
"""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from pyarrow.parquet.encryption import create_encryption_properties

from analysis.errors import SourceError

if TYPE_CHECKING:
    import pyarrow as pa

    from analysis.engines import DuckDBEngine
    from analysis.keys import Key

__all__ = ["Shelf", "let_read", "scan"]

IN_MEMORY_ROWS = 5_000_000
"""Up to here tables are copied into memory; larger ones are read where they lie."""
_AT_ONCE = 1_000_000
_BATCH = 250_000


@dataclass(slots=True)
class Shelf:
    """A folder of Parquet files with a table each, made beside the place where it will be.

    Attributes
    ----------
    folder : Path
        In which it is made.
    key : Key, optional
        With it, files are encrypted.
    """

    folder: Path
    key: Key | None = None
    _place: Path | None = None
    _writers: dict[str, pq.ParquetWriter] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        """The shelf's own folder, made when it is first asked for; only its owner may read it."""
        if self._place is None:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._place = Path(tempfile.mkdtemp(prefix=f"making-{os.getpid()}-", dir=self.folder))
        return self._place

    @property
    def places(self) -> list[Path]:
        """The folders that an engine must reach to read what was moved; none without that."""
        return [self.place] if self._writers else []

    def has(self, table: str) -> bool:
        """Whether the rows of a table were moved here."""
        return table in self._writers

    def relieve(self, engine: DuckDBEngine, table: str) -> None:
        """Move what the engine has of a table, once that is much.

        Raises
        ------
        SourceError
            The disk cannot hold it.
        """
        [(rows,)] = engine.connection.execute(f'SELECT count(*) FROM "{table}"').fetchall()  # noqa: S608
        if rows >= (_AT_ONCE if self.has(table) else max(IN_MEMORY_ROWS, 1)):
            self._move(engine, table)

    def show(self, engine: DuckDBEngine, table: str) -> None:
        """Let the engine read where it lies what was moved; the rest of it is moved before."""
        if not self.has(table):
            return
        self._move(engine, table)
        self._writers[table].close()
        engine.connection.execute(f'DROP TABLE "{table}"')
        let_read(engine, self.key)
        rows = scan(self.place / f"{table}.parquet", self.key)
        engine.connection.execute(f'CREATE VIEW "{table}" AS FROM {rows}')

    def write(self, engine: DuckDBEngine, table: str) -> None:
        """Copy a table of the engine, unless its rows were moved here before."""
        if not self.has(table):
            with self._writer(engine, table) as writer:
                _copy(engine, table, writer)

    def remove(self, *, at_end: bool = False) -> None:
        """Remove what has not been put into its place: now, or at the end of the process."""
        if self._place is None:
            return
        if at_end:
            atexit.register(shutil.rmtree, self._place, ignore_errors=True)
        else:
            shutil.rmtree(self._place, ignore_errors=True)

    def _move(self, engine: DuckDBEngine, table: str) -> None:
        try:
            if not self.has(table):
                self._writers[table] = self._writer(engine, table)
            _copy(engine, table, self._writers[table])
        except OSError as error:
            raise SourceError(
                f"data/cache must hold [{table}], which is too large for memory; it could not: "
                f"{error}. Make room on the disk."
            ) from None
        engine.connection.execute(f'CREATE OR REPLACE TABLE "{table}" AS FROM "{table}" LIMIT 0')

    def _writer(self, engine: DuckDBEngine, table: str) -> pq.ParquetWriter:
        none = engine.connection.sql(f'FROM "{table}" LIMIT 0').to_arrow_table()
        return _begin(self.place / f"{table}.parquet", none.schema, self.key)


def _begin(path: Path, schema: pa.Schema, key: Key | None) -> pq.ParquetWriter:
    """Begin a file, encrypted (AES-GCM, Parquet's modular encryption) where there is a key."""
    properties = None
    if key is not None:
        properties = create_encryption_properties(footer_key=key.derive("cache"))
    return pq.ParquetWriter(path, schema, compression="zstd", encryption_properties=properties)


def let_read(engine: DuckDBEngine, key: Key | None) -> None:
    """Tell an engine the key of the files that it is to read."""
    if key is not None:
        secret = base64.b64encode(key.derive("cache")).decode()
        engine.connection.execute(f"PRAGMA add_parquet_key('cache', '{secret}')")


def scan(path: Path, key: Key | None) -> str:
    """Return where rows come from; of encrypted ones all, and what is asked for afterwards.

    DuckDB 2.0 fails where it chooses among rows while it reads what pyarrow encrypted.
    """
    at = str(path).replace("'", "''")
    if key is None:
        return f"read_parquet('{at}')"
    return f"read_parquet('{at}', encryption_config = {{footer_key: 'cache'}}) OFFSET 0"


def _copy(engine: DuckDBEngine, table: str, writer: pq.ParquetWriter) -> None:
    relation = engine.connection.sql(f'SELECT * FROM "{table}"')  # noqa: S608
    for batch in relation.to_arrow_reader(_BATCH):
        writer.write_batch(batch)
