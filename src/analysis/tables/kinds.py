"""What is known of all the characters of a column, at the price of one look at its bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def narrowed(column: pa.ChunkedArray) -> str:
    """Return the narrowest kind of text: FIGURES, GRAPHIC, PRINTABLE or VARCHAR."""
    least, most = 0x7E, 0x2D
    for chunk in column.chunks:
        text = _bytes(chunk)
        if len(text):
            least, most = min(least, int(text.min())), max(most, int(text.max()))
    if least >= ord("-") and most <= ord("9"):
        return "FIGURES"
    if most > ord("~") or least < ord(" "):
        return "VARCHAR"
    return "PRINTABLE" if least == ord(" ") else "GRAPHIC"


def _bytes(chunk: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    wide = pa.types.is_large_string(chunk.type)
    if not (wide or pa.types.is_string(chunk.type)):
        return np.array([0], np.uint8)
    _, offsets, text = chunk.buffers()
    if text is None or not len(chunk):
        return np.array([], np.uint8)
    places = np.frombuffer(offsets, np.int64 if wide else np.int32)
    begin, end = places[chunk.offset], places[chunk.offset + len(chunk)]
    return np.frombuffer(text, np.uint8)[begin:end]
