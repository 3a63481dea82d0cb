"""What quotes do to lines: which values hold line breaks, and which quotes never close."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST_LINES_IN_A_VALUE = 100
NEVER_CLOSED = "a quote is opened and never closed"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file's lines split: separator, columns, and which of them are wanted."""

    separator: str
    columns: int
    wanted: dict[str, int]
    header_lines: int = 1

    @property
    def complete(self) -> re.Pattern[bytes]:
        """Matches a line that ends outside of quotes."""
        return fields(self.separator)

    @property
    def record(self) -> re.Pattern[bytes]:
        """Matches lines that are together one record, closed quotes before a separator only."""
        return fields(self.separator, after_quotes=False)

    @property
    def clean(self) -> re.Pattern[bytes]:
        """Matches a line whose quotes are all around values."""
        return fields(self.separator, after_quotes=False, inside=False)


def fields(separator: str, *, after_quotes: bool = True, inside: bool = True) -> re.Pattern[bytes]:
    """Match text that ends outside of quotes.

    Unless told otherwise, text may follow closed quotes, and a value that does not begin with a
    quote may have quotes inside.
    """
    mark = re.escape(separator).encode()
    plain = b"[^" + mark + b"]*+"
    quoted = b'"(?:[^"]++|"")*+"' + (plain if after_quotes else b"")
    begins = b'[^"' + mark + b"]"
    one = b"(?:" + quoted + b"|" + begins + (plain if inside else begins + b"*+") + b"|)"
    return re.compile(one + b"(?:" + mark + one + b")*+", re.DOTALL)


def split(line: bytes, separator: str) -> list[bytes]:
    """Split a complete record into its values, quotes taken off."""
    mark = re.escape(separator).encode()
    pattern = re.compile(b'(?:"((?:[^"]++|"")*+)"([^' + mark + b"]*+)|([^" + mark + b"]*+))")
    values: list[bytes] = []
    at = 0
    while True:
        match = pattern.match(line, at)
        if match is None:
            return [*values, line[at:]]
        quoted, after, plain = match.groups()
        values.append(plain if quoted is None else quoted.replace(b'""', b'"') + after)
        at = match.end() + 1
        if at > len(line):
            return values


@dataclass(slots=True)
class Scan:
    """What was found in the lines before `until`: records of several lines, and open quotes."""

    until: int
    records: list[tuple[int, int, list[bytes]]] = field(default_factory=list)
    open: list[tuple[int, bytes]] = field(default_factory=list)


def scan_lines(
    text: bytes, ends: npt.NDArray[np.int64], shape: Shape, suspects: list[int], *, last: bool
) -> Scan:
    """Look at each suspected line: complete, start of a record, or never closed."""
    found, resume = Scan(until=len(ends)), 0
    complete = shape.complete
    for number in suspects:
        if number < resume:
            continue
        start = int(ends[number - 1]) + 1 if number else 0
        if complete.fullmatch(text, start, int(ends[number])):
            continue
        record = _record_from(text, ends, number, start, shape)
        if record is not None:
            found.records.append(record)
            resume = record[1] + 1
        elif number + MOST_LINES_IN_A_VALUE >= len(ends) and not last:
            found.until = number
            break
        else:
            found.open.append((number, text[start : int(ends[number])]))
    return found


def _record_from(
    text: bytes, ends: npt.NDArray[np.int64], number: int, start: int, shape: Shape
) -> tuple[int, int, list[bytes]] | None:
    """Find the lines from `number` on that are one record; None when there are none.

    A line inside that is by itself a well-quoted row of as many fields as the header would have
    been swallowed by a stray quote, so the quote is taken for the fault.
    """
    record, clean = shape.record, shape.clean
    for last in range(number + 1, min(number + MOST_LINES_IN_A_VALUE, len(ends))):
        begin, end = int(ends[last - 1]) + 1, int(ends[last])
        if text.find(b'"', begin, end) >= 0 and record.fullmatch(text, start, end):
            values = split(text[start:end], shape.separator)
            return (number, last, values) if len(values) == shape.columns else None
        line = text[begin:end]
        if clean.fullmatch(line) and len(split(line, shape.separator)) == shape.columns:
            return None
    return None
