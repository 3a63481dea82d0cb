"""`analysis key` and `analysis reveal`: a key, and who is behind its pseudonyms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import DataError, SettingsError
from analysis.exit_codes import DONE
from analysis.keys import new_key

if TYPE_CHECKING:
    import argparse

    from analysis.settings import Settings

__all__ = ["KEY", "REVEAL", "add_key_arguments", "add_reveal_arguments"]

KEY = """\
Print a new key for `[privacy]`, from the operating system's random numbers. Keep it where only its
owner can read it: whoever has it can tell the customers behind pseudonyms and read the cache.
"""
REVEAL = """\
Write a list with the customers' own ids in place of their pseudonyms, for its owner alone to read.
It reads the source again and needs the key; nothing that links the two is ever stored.
"""


def add_key_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `key` takes: nothing."""
    parser.set_defaults(run=_key, needs_settings=False)


def add_reveal_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `reveal` takes."""
    parser.add_argument("list", metavar="FILE", type=Path, help="a CSV list of a report")
    parser.add_argument("to", metavar="NEW", type=Path, help="where the revealed list goes")
    parser.set_defaults(run=_reveal)


def _key(_given: argparse.Namespace) -> int:
    print(new_key())
    return DONE


def _reveal(settings: Settings, _file: Path, given: argparse.Namespace) -> int:
    import pandas as pd

    from analysis import exports
    from analysis.tables import open_source
    from analysis.tables.pseudonyms import PERSONS, ids_of, pseudonym

    key = settings.privacy.key(settings.root)
    if key is None or not settings.privacy.pseudonyms:
        raise SettingsError(
            "`reveal` undoes `pseudonyms = true` under [privacy]; these settings do not say so."
        )
    rows = pd.read_csv(given.list, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    there = [name for name in PERSONS if name in rows]
    if not there:
        raise DataError(
            f"A list to reveal has a column {' or '.join(PERSONS)}; {given.list.name} has "
            f"{', '.join(rows.columns)}."
        )
    bare = settings.privacy.model_copy(update={"pseudonyms": False, "cache": False})
    source = open_source(settings.model_copy(update={"privacy": bare}))
    secret = key.derive("pseudonyms")
    known = {pseudonym(one, secret): one for one in ids_of(source.engine, source.loads)}
    for name in there:
        rows[name] = rows[name].map(exports.original).replace(known)
    exports.write(rows, given.to)
    given.to.chmod(0o600)
    print(given.to)
    return DONE
