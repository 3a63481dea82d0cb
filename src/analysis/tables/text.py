r"""CSV in all its shapes, read so that no line can get lost.

Each block of whole lines goes through a fast parser. When rows plus ragged rows equal lines,
each line was one row, since no row is less than a line. Otherwise a quote swallowed line ends:
then every line with a quote is looked at alone, values that hold a line break are taken out
whole, quotes that never close are set aside with their line, and what is left is parsed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from analysis.errors import SourceError
from analysis.tables.lines import blocks
from analysis.tables.pieces import Aside, Piece
from analysis.tables.quoting import NEVER_CLOSED, Scan, Shape, scan_lines, split

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt


def read_rows(path: Path, shape: Shape, encoding: str | None) -> Iterator[Piece]:
    """Yield the rows of the file below its header, every line of it accounted for."""
    first_line, carried = 1, b""
    skip = shape.header_lines
    for block in blocks(path, encoding):
        text = carried + block.text
        while skip and (cut := text.find(b"\n") + 1):
            text, skip, first_line = text[cut:], skip - 1, first_line + 1
        piece, used = _read_block(text, shape, first_line, last=block.last)
        carried = text[used.size :]
        first_line += used.lines
        yield piece


@dataclass(frozen=True, slots=True)
class _Used:
    size: int
    lines: int


def _read_block(text: bytes, shape: Shape, first_line: int, *, last: bool) -> tuple[Piece, _Used]:
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 10)
    is_text = _is_text(text)
    if is_text and not _ends_open(text, ends, shape):
        parsed = _parse_text(text, len(ends), shape)
        if parsed is not None:
            lines = np.arange(first_line, first_line + len(ends))
            return _piece(parsed, lines, _blank(ends), shape), _Used(len(text), len(ends))
    return _read_with_quotes(text, ends, shape, first_line, last=last, is_text=is_text)


def _ends_open(text: bytes, ends: npt.NDArray[np.int64], shape: Shape) -> bool:
    if not len(ends):
        return False
    start = int(ends[-2]) + 1 if len(ends) > 1 else 0
    line = text[start : int(ends[-1])]
    return b'"' in line and shape.complete.fullmatch(line) is None


def _blank(ends: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    blank: npt.NDArray[np.bool_] = np.diff(ends, prepend=-1) == 1
    return blank


@dataclass(slots=True)
class _Parsed:
    table: pa.Table
    ragged: list[tuple[int, int, str]]


def _is_text(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _parse(text: bytes, lines: int, shape: Shape) -> _Parsed | None:
    """Parse lines that end outside of quotes; None when rows and lines do not agree.

    The parser cannot show a line that is no row when its bytes are no text, so such lines are
    taken out before.
    """
    if _is_text(text):
        return _parse_text(text, lines, shape)
    ragged, rest = _undecodable_and_ragged(text, shape)
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 10)
    parsed = _parse_text(_join(text, ends, rest), len(rest), shape)
    if parsed is None:
        return None
    moved = [(int(rest[number]), found, line) for number, found, line in parsed.ragged]
    return _Parsed(parsed.table, sorted(ragged + moved))


def _undecodable_and_ragged(
    text: bytes, shape: Shape
) -> tuple[list[tuple[int, int, str]], npt.NDArray[np.int64]]:
    """Find the lines that are no text and no row, and the numbers of all others."""
    ragged = []
    every = text.split(b"\n")[:-1]
    for number, line in enumerate(every):
        shown = line.decode("utf-8", "backslashreplace")
        if shown.encode() != line:
            found = len(split(line, shape.separator))
            if found != shape.columns:
                ragged.append((number, found, shown))
    rest = np.delete(np.arange(len(every)), [number for number, _, _ in ragged])
    return ragged, rest


def _parse_text(text: bytes, lines: int, shape: Shape) -> _Parsed | None:
    ragged: list[tuple[int, int, str]] = []

    def note(row: Any) -> str:
        ragged.append((row.number - 1, row.actual_columns, row.text))
        return "skip"

    names = [str(number) for number in range(shape.columns)]
    wanted = [str(number) for number in dict.fromkeys(shape.wanted.values())]
    if not lines:
        empty = pa.table({name: pa.array([], pa.binary()) for name in wanted})
        return _Parsed(empty, ragged)
    table = pa_csv.read_csv(
        pa.BufferReader(text),
        read_options=pa_csv.ReadOptions(
            column_names=names, use_threads=False, block_size=max(len(text) + 1, 4096)
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=shape.separator, ignore_empty_lines=False, invalid_row_handler=note
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.binary()),
            include_columns=wanted,
            strings_can_be_null=False,
        ),
    )
    return _Parsed(table, ragged) if table.num_rows + len(ragged) == lines else None


def _piece(
    parsed: _Parsed,
    lines: npt.NDArray[np.int64],
    blank: npt.NDArray[np.bool_],
    shape: Shape,
) -> Piece:
    whole = np.ones(len(lines), bool)
    whole[[number for number, _, _ in parsed.ragged]] = False
    numbers, empty = lines[whole], blank[whole]
    columns = {name: parsed.table[str(at)] for name, at in shape.wanted.items()}
    rows = pa.table({"line": pa.array(numbers)} | columns)
    if empty.any():
        rows = rows.filter(pa.array(~empty))
    aside: list[Aside] = [
        (int(lines[number]), None, text, f"{found} fields where the header has {shape.columns}")
        for number, found, text in parsed.ragged
    ]
    return Piece(rows, aside)


def _read_with_quotes(
    text: bytes,
    ends: npt.NDArray[np.int64],
    shape: Shape,
    first_line: int,
    *,
    last: bool,
    is_text: bool,
) -> tuple[Piece, _Used]:
    """Parse what is left when the lines that quotes tie together are taken out.

    Those are looked for among the lines with an odd number of quotes, which is quick; when rows
    and lines then still disagree, among all lines with a quote.
    """
    of_line = np.searchsorted(ends, np.flatnonzero(np.frombuffer(text, np.uint8) == 34))
    quoted, quotes = _counted(of_line)
    for suspects in (quoted[quotes % 2 == 1], quoted) if is_text else (quoted,):
        scan = scan_lines(text, ends, shape, suspects.tolist(), last=last)
        lines = _left_over(scan)
        rest = _join(text, ends, lines)
        rest_ends = np.flatnonzero(np.frombuffer(rest, np.uint8) == 10)
        if _ends_open(rest, rest_ends, shape):
            continue
        parsed = _parse(rest, len(lines), shape)
        if parsed is not None:
            piece = _piece(parsed, first_line + lines, _blank(rest_ends), shape)
            _add_scanned(piece, scan, shape, first_line)
            size = int(ends[scan.until - 1]) + 1 if scan.until else 0
            return piece, _Used(size, scan.until)
    raise SourceError(
        f"Every line must be accounted for; from line {first_line} on, rows and lines do not "
        "agree. This is a fault of the loader, not of the data: please report it."
    )


def _counted(
    of_line: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the lines that occur, and how often each does, in sorted numbers of lines."""
    first = np.flatnonzero(np.diff(of_line, prepend=-1))
    return of_line[first], np.diff(first, append=len(of_line))


def _left_over(scan: Scan) -> npt.NDArray[np.int64]:
    keep = np.ones(scan.until, bool)
    for begin, end, _ in scan.records:
        keep[begin : end + 1] = False
    keep[[number for number, _ in scan.open]] = False
    return np.flatnonzero(keep)


def _join(text: bytes, ends: npt.NDArray[np.int64], lines: npt.NDArray[np.int64]) -> bytes:
    """Put the lines together again, run by run."""
    if not len(lines):
        return b""
    breaks = np.flatnonzero(np.diff(lines) > 1)
    first = lines[np.concatenate(([0], breaks + 1))]
    final = lines[np.concatenate((breaks, [len(lines) - 1]))]
    begin = np.where(first > 0, ends[first - 1] + 1, 0)
    return b"".join(
        text[start:stop]
        for start, stop in zip(begin.tolist(), (ends[final] + 1).tolist(), strict=True)
    )


def _add_scanned(piece: Piece, scan: Scan, shape: Shape, first_line: int) -> None:
    piece.aside += [
        (first_line + number, None, line.decode("utf-8", "backslashreplace"), NEVER_CLOSED)
        for number, line in scan.open
    ]
    piece.aside.sort(key=lambda row: row[0])
    if scan.records:
        piece.joined = len(scan.records)
        piece.rows = _with_records(piece.rows, scan.records, shape, first_line)


def _with_records(
    rows: pa.Table, records: list[tuple[int, int, list[bytes]]], shape: Shape, first_line: int
) -> pa.Table:
    more = {"line": pa.array([first_line + begin for begin, _, _ in records], pa.int64())}
    for name, at in shape.wanted.items():
        more[name] = pa.array([values[at] for _, _, values in records], pa.binary())
    return pa.concat_tables([rows, pa.table(more)]).sort_by("line")
