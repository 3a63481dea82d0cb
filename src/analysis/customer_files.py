"""The Parquet files of a table of customers that is too long for the memory."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import dataset
from pyarrow.parquet.encryption import (
    create_decryption_properties,
    create_encryption_properties,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["Chunks", "write_chunks"]

PREFIX = "customers-"
"""Of the folders; the process that made one follows."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunks:
    """Parquet files of one table, removed with it."""

    folder: Path
    secret: bytes = field(repr=False)
    files: tuple[Path, ...]
    rows: int

    def read(self, file: Path) -> pd.DataFrame:
        """Return the rows of one part of the customers."""
        properties = create_decryption_properties(self.secret)
        table = pq.read_table(file, decryption_properties=properties)
        frame: pd.DataFrame = table.to_pandas()
        return frame

    def scan(self) -> dataset.Dataset:
        """Show all rows through Arrow: DuckDB fails where it filters encrypted files of pyarrow."""
        options = dataset.ParquetFragmentScanOptions(
            decryption_properties=create_decryption_properties(self.secret)
        )
        kind = dataset.ParquetFileFormat(default_fragment_scan_options=options)
        return dataset.dataset([str(file) for file in self.files], format=kind)


def write_chunks(frames: Iterator[pd.DataFrame], folder: Path | None) -> Chunks:
    """Write each frame into a file of its own; what a failure leaves is removed."""
    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=folder))
    secret, rows = secrets.token_bytes(32), 0
    files: list[Path] = []
    schema: pa.Schema | None = None
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, made, ignore_errors=True)
        for frame in frames:
            part = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
            schema = part.schema
            files.append(made / f"{len(files):06}.parquet")
            properties = create_encryption_properties(footer_key=secret)
            pq.write_table(
                part,
                files[-1],
                compression="lz4",
                use_dictionary=_categories(part.schema),  # ids are all different
                write_statistics=False,
                encryption_properties=properties,
            )
            rows += len(frame)
            del frame, part
        undo.pop_all()
    return Chunks(made, secret, tuple(files), rows)


def _categories(schema: pa.Schema) -> list[str]:
    return [column.name for column in schema if pa.types.is_dictionary(column.type)]
