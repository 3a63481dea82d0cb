"""Who on the machine may read what the commands write: by default their owner alone.

The process's mask decides for every file and folder, whoever writes it: this package, a kernel,
a browser that prints.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OpenTo", "written_for"]

OpenTo = Literal["owner", "group", "everyone"]
_MASKS: dict[OpenTo, int] = {"owner": 0o077, "group": 0o027, "everyone": 0o022}


@contextmanager
def written_for(readers: OpenTo) -> Iterator[None]:
    """Let what is written within be read by these; never by more than the machine's mask allows.

    Parameters
    ----------
    readers : {"owner", "group", "everyone"}
        Only the owner may change anything; what is there already keeps its rights.
    """
    before = os.umask(_MASKS["owner"])
    os.umask(before | _MASKS[readers])
    try:
        yield
    finally:
        os.umask(before)
