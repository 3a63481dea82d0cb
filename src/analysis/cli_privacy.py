"""`analysis key`, `reveal` and `forget`: a key, who is behind pseudonyms, and who shall not be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import DataError, SettingsError
from analysis.exit_codes import DONE
from analysis.keys import new_key
from analysis.permissions import written_for
from analysis.wording import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from analysis.reports.archive import Archive
    from analysis.reports.forgetting import Held
    from analysis.settings import Settings

__all__ = [
    "FORGET",
    "KEY",
    "REVEAL",
    "add_forget_arguments",
    "add_key_arguments",
    "add_reveal_arguments",
]

MOST_TOLD = 10

KEY = """\
Print a new key for `[privacy]`, from the operating system's random numbers. Keep it where only its
owner can read it: whoever has it can tell the customers behind pseudonyms and read the cache.
"""
REVEAL = """\
Write a list with the customers' own ids in place of their pseudonyms, for its owner alone to read.
It reads the source again and needs the key; nothing that links the two is ever stored.
"""
FORGET = """\
List what archive and cache hold of one customer; with --yes, remove it. Lists of archived runs lose
the customer's rows, and their manifests record that. Failed runs and the whole cache are removed,
as they may name anybody. The sources are not touched: remove the customer there first.
"""
_BEYOND = """\
Not reached: the sources of the data (the next report reads the customer again, unless removed
there), mails and webhooks that were sent, copies that people made of lists, backups."""


def add_key_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `key` takes: nothing."""
    parser.set_defaults(run=_key, needs_settings=False)


def add_reveal_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `reveal` takes."""
    parser.add_argument(
        "list", metavar="FILE", type=Path, help="a list of a report, CSV or Parquet"
    )
    parser.add_argument("to", metavar="NEW", type=Path, help="where the revealed list goes")
    parser.set_defaults(run=_reveal)


def add_forget_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `forget` takes."""
    parser.add_argument("customer", metavar="CUSTOMER", help="the customer's id in the source")
    parser.add_argument("--yes", action="store_true", help="remove what is listed")
    parser.set_defaults(run=_forget)


def _key(_given: argparse.Namespace) -> int:
    print(new_key())
    return DONE


def _reveal(settings: Settings, _file: Path, given: argparse.Namespace) -> int:
    from analysis.reports.lists import write_with
    from analysis.tables import open_source
    from analysis.tables.pseudonyms import ids_of, pseudonym

    key = settings.privacy.key(settings.root)
    if key is None or not settings.privacy.pseudonyms:
        raise SettingsError(
            "`reveal` undoes `pseudonyms = true` under [privacy]; these settings do not say so."
        )
    bare = settings.privacy.model_copy(update={"pseudonyms": False, "cache": False})
    source = open_source(settings.model_copy(update={"privacy": bare}))
    secret = key.derive("pseudonyms")
    known = {pseudonym(one, secret): one for one in ids_of(source.engine, source.loads)}
    with written_for("owner"):
        write_with(known, given.list, given.to)
    print(given.to)
    return DONE


def _forget(settings: Settings, _file: Path, given: argparse.Namespace) -> int:
    from analysis.reports import forgetting
    from analysis.reports.archive import Archive
    from analysis.reports.index import write_index

    if not given.customer.strip():
        raise DataError("Whom to forget is said by an id; the one given is empty.")
    archive = Archive.of(settings)
    names = forgetting.names_of(given.customer, settings)
    held = forgetting.find(names, archive, settings)
    print("\n".join(_told(held, archive)))
    if held and given.yes:
        forgetting.remove(held, names, archive)
        write_index(archive, settings)
        print("Removed.")
    elif held:
        print("Nothing is removed yet; --yes does it.")
    print(_BEYOND)
    return DONE


def _told(held: Held, archive: Archive) -> Iterator[str]:
    """Tell what is held, a line each."""
    for path, rows in held.lists.items():
        yield f"{path.relative_to(archive.root)}: {plural(rows, 'row')}"
    for paths, one, what in (
        (held.failed, "failed run", "with notebook, log and lists; may name anybody"),
        (held.left, "run", "left by a killed process"),
        (held.cache, "part", "of data/cache, in which all customers are"),
    ):
        if paths:
            yield f"{plural(len(paths), one)} {what}"
    if not held:
        yield "Archive and cache hold nothing of this customer."
    for path in held.mentions[:MOST_TOLD]:
        yield f"Not removed, but holds the name as a word: {path.relative_to(archive.root)}"
    if (more := len(held.mentions) - MOST_TOLD) > 0:
        yield f"... and so do {more:,} more files; a short id is also a number"
