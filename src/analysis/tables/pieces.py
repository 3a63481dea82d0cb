"""What every reader yields: rows under canonical names, and rows that are none."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

Aside = tuple[int, str | None, str, str]


@dataclass(slots=True)
class Piece:
    """Part of a source.

    Attributes
    ----------
    rows : Table
        `line`, and the canonical columns that the source has.
    aside : list of (line, column, value, rule)
        Rows that could not be split or decoded.
    joined : int
        Rows that stretch over more than one line.
    """

    rows: pa.Table
    aside: list[Aside] = field(default_factory=list)
    joined: int = 0


def plain(column: pa.Array) -> pa.Array:
    """Undo dictionaries and extension types, which are ways of storing and not of meaning."""
    if column.type == pa.uuid():
        return pa.array([value and str(value) for value in column.to_pylist()], pa.string())
    if isinstance(column.type, pa.OpaqueType) and column.type.type_name == "numeric":
        return _numeric(column.storage)
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.storage
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _numeric(column: pa.Array) -> pa.Array:
    """Read the digits that PostgreSQL sends; exactly, unless one is not a finite number."""
    try:
        return pc.cast(column, pa.decimal128(38, 10))
    except pa.ArrowInvalid:
        return pc.cast(column, pa.float64())


def as_text(piece: Piece, names: dict[str, str], encoding: str = "utf-8") -> Piece:
    """Make text of columns of bytes; a row with bytes that are none is set aside."""
    rows = piece.rows
    raw = [name for name in rows.column_names if pa.types.is_binary(rows[name].type)]
    if not raw:
        return piece
    try:
        return Piece(_decode(rows, raw), piece.aside, piece.joined)
    except pa.ArrowInvalid:
        good, aside = _undecodable(rows, raw, names, encoding)
    aside = sorted([*piece.aside, *aside], key=lambda row: row[0])
    return Piece(_decode(rows.filter(pa.array(good)), raw), aside, piece.joined)


def _undecodable(
    rows: pa.Table, raw: list[str], names: dict[str, str], encoding: str
) -> tuple[list[bool], list[Aside]]:
    good = [True] * rows.num_rows
    aside: list[Aside] = []
    for canonical in raw:
        for at, value in enumerate(rows[canonical].to_pylist()):
            shown = (value or b"").decode("utf-8", "backslashreplace")
            if good[at] and value is not None and shown.encode() != value:
                good[at] = False
                rule = f"bytes that are not {encoding}"
                aside.append((rows["line"][at].as_py(), names[canonical], shown, rule))
    return good, aside


def _decode(rows: pa.Table, raw: list[str]) -> pa.Table:
    return pa.table(
        {
            name: pc.cast(rows[name], pa.string()) if name in raw else rows[name]
            for name in rows.column_names
        }
    )
