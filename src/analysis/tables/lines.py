"""Physical lines of a text file, in blocks of UTF-8 that end where a line ends."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

import pyarrow as pa

from analysis.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 16 * 2**20
LONGEST_LINE = 32 * 2**20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OPENERS = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ", lzma.open),
    (b"\x28\xb5\x2f\xfd", lambda path, _: pa.input_stream(path, compression="zstd")),
    (b"PK\x03\x04", lambda path, _: _only_member(path)),
)
_UNREADABLE = (
    EOFError, OSError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, RuntimeError,
)  # fmt: skip
"""What cut or wrong packing is told by; RuntimeError by a zip that asks for a password."""


@dataclass(slots=True)
class Block:
    """Whole lines, each ended by one line feed, and the number of the first."""

    text: bytes
    last: bool


def blocks(path: Path, encoding: str | None) -> Iterator[Block]:
    r"""Yield the file in blocks of whole lines; ``\r\n`` and ``\r`` become ``\n``.

    Bytes that the encoding does not know come out as bytes that are not UTF-8, so that
    whoever looks at a value can tell. A byte order mark decides over `encoding`.
    """
    try:
        with _open(path) as stream:
            yield from _whole_lines(_decoded(stream, encoding, path), path)
    except _UNREADABLE as error:
        raise SourceError(
            f"{path.name} must be readable to its end; it is not: {error}. "
            "Fetch the file again, or look at its permissions."
        ) from None


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as stream:
        start = stream.read(8)
    for magic, opener in _OPENERS:
        if start.startswith(magic):
            return cast("BinaryIO", opener(path, "rb"))
    return path.open("rb")


def is_packed_text(path: Path) -> bool:
    """Say whether a zip file holds a text, and is no workbook, which is a zip file too."""
    with suppress(zipfile.BadZipFile, OSError), zipfile.ZipFile(path) as archive:
        return not {"[Content_Types].xml", "mimetype"} & set(archive.namelist())
    return False


def _only_member(path: Path) -> BinaryIO:
    archive = zipfile.ZipFile(path)
    files = [one for one in archive.namelist() if not one.endswith("/") and "__MACOSX" not in one]
    if len(files) != 1:
        raise SourceError(
            f"A zip file of a table holds one file; {path.name} holds {len(files)}. Unpack it, and "
            "name the folder."
        )
    return cast("BinaryIO", archive.open(files[0]))


def _decoded(stream: BinaryIO, encoding: str | None, path: Path) -> Iterator[bytes]:
    chunk = stream.read(BLOCK)
    for mark, marked in _MARKS:
        if chunk.startswith(mark):
            encoding = marked
            chunk = chunk[len(mark) :] if marked == "utf-8" else chunk
            break
    name = _codec(encoding or "utf-8", path)
    if name in {"utf-8", "ascii"}:
        while chunk:
            yield chunk
            chunk = stream.read(BLOCK)
        return
    decoder = codecs.getincrementaldecoder(name)(errors="analysis-mark")
    while chunk:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
        chunk = stream.read(BLOCK)
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


def _codec(encoding: str, path: Path) -> str:
    try:
        info = codecs.lookup(encoding)
        "".encode(info.name)
    except LookupError:
        raise SourceError(
            f'`encoding` must be one that Python knows; "{encoding}" (for {path.name}) is not. '
            'Write "utf-8", "cp1252" (Western Europe), "gb18030" (China) or "utf-16".'
        ) from None
    return "utf-8" if info.name == "utf-8-sig" else info.name


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("analysis-mark", _mark)


def _whole_lines(chunks: Iterator[bytes], path: Path) -> Iterator[Block]:
    rest, held = b"", b""
    for chunk in chunks:
        data = held + chunk
        held = b"\r" if data.endswith(b"\r") else b""
        data = data[: len(data) - len(held)]
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        cut = data.rfind(b"\n") + 1
        if cut:
            yield Block(rest + data[:cut], last=False)
            rest = data[cut:]
        else:
            rest += data
        if len(rest) > LONGEST_LINE:
            raise SourceError(
                f"A line must be shorter than {LONGEST_LINE // 2**20} MB; one in {path.name} is "
                f"longer and begins {rest[:40]!r}. Is it a text file, one row a line?"
            )
    end = rest + (b"\n" if held else b"")
    yield Block(end if not end or end.endswith(b"\n") else end + b"\n", last=True)
