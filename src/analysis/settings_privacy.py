"""The section of analysis.toml about the people behind the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from analysis.keys import read_key
from analysis.permissions import OpenTo  # noqa: TC001 - pydantic reads the annotations
from analysis.settings_tables import Name, Part, Variable

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.keys import Key

__all__ = ["PrivacySettings"]


class PrivacySettings(Part):
    """Who may read what; the key itself never stands in the settings."""

    key_env: Variable | None = None
    """Environment variable that holds the project's key; `analysis key` makes one."""
    key_file: Name | None = None
    """File with the key, for its owner alone to read; relative to analysis.toml."""
    pseudonyms: bool = False
    """Replace customer ids by keyed pseudonyms in everything that is written."""
    cache: bool = True
    """Keep loaded tables in data/cache, encrypted when there is a key."""
    open_to: OpenTo = "owner"
    """Who may read reports and lists on a shared drive: "owner", "group" or "everyone"."""

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.key_env is not None and self.key_file is not None:
            raise ValueError("`key_env` and `key_file` exclude each other; keep one of them")
        if self.pseudonyms and self.key_env is None and self.key_file is None:
            raise ValueError("`pseudonyms` needs a key: name it by `key_env` or `key_file`")
        return self

    def key(self, root: Path) -> Key | None:
        """Read the key from where it is; None where there is none."""
        return read_key(self.key_env, None if self.key_file is None else root / self.key_file)
