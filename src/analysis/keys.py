"""The one secret of a project, and what is derived from it.

It comes from the environment or from a file that only its owner can read, never from the
settings. For each purpose another key is derived, so that none of them tells another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Key", "new_key", "read_key"]

LEAST_BYTES = 32
_HOW = "Make one with: analysis key"


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that shows itself to nobody."""

    _secret: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose (RFC 5869's expansion, of one block)."""
        return hmac.digest(self._secret, purpose.encode() + b"\x01", hashlib.sha256)

    @property
    def mark(self) -> str:
        """What tells two keys apart and says nothing of either."""
        return self.derive("mark").hex()[:12]


def new_key() -> str:
    """Return a new secret, as it is written into the environment or a file."""
    return base64.b64encode(os.urandom(LEAST_BYTES)).decode()


def read_key(variable: str | None, path: Path | None) -> Key | None:
    """Read the secret from where the settings say that it is; None where they say nothing.

    Raises
    ------
    SettingsError
        It is not there, too short, or in a file that others may read.
    """
    if variable is not None:
        text = os.environ.get(variable, "")
        if not text:
            raise SettingsError(
                f"The key is taken from the variable {variable}; it is not set. {_HOW}"
            )
        return _decoded(text, f"the variable {variable}")
    if path is None:
        return None
    if not path.is_file():
        raise SettingsError(f"The key is read from {path.name}; there is no such file. {_HOW}")
    mode = path.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(
            f"Only its owner may read the key; {path.name} is open to others "
            f"({stat.filemode(mode)}). Close it with: chmod 600 {path.name}"
        )
    return _decoded(path.read_text("ascii", "replace"), path.name)


def _decoded(text: str, where: str) -> Key:
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) < LEAST_BYTES:
        raise SettingsError(
            f"A key is {LEAST_BYTES} random bytes or more in base64; that of {where} is not. {_HOW}"
        )
    return Key(secret)
