"""The command `analysis init`: settings for the exports of a system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import SettingsError
from analysis.exit_codes import DONE
from analysis.mappings import SYSTEMS
from analysis.settings import FILE_NAME, load

if TYPE_CHECKING:
    import argparse

    from analysis.mappings.draft import Draft

__all__ = ["DESCRIPTION", "add_arguments"]

DESCRIPTION = f"""\
Look at exports, and write the settings that read them: which column is what, how dates and numbers
are written, what counts and what does not. Systems that are known:
{", ".join(SYSTEMS)}.
Without --from, the header tells; a header of no known system is guessed at by everyday words.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="CSV, Excel or Parquet")
    parser.add_argument(
        "--from", dest="system", choices=tuple(SYSTEMS), help="the system that exported them"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace settings that are there already"
    )
    parser.set_defaults(run=run, needs_settings=False)


def run(given: argparse.Namespace) -> int:
    """Write the settings, and say what was decided and what could not be told.

    Raises
    ------
    SettingsError
        If there are settings already, or no folder for them.
    SourceError
        If the files do not say enough; then nothing is written.
    """
    from analysis.mappings.draft import draft

    target = Path(getattr(given, "settings", FILE_NAME))
    if target.exists() and not given.force:
        raise SettingsError(
            f"`init` overwrites nothing; {target} is there already. Give --force to replace it, "
            "or --settings NAME for another file."
        )
    if not target.parent.is_dir():
        raise SettingsError(
            f"Settings are written to a folder that is there; {target.parent} is not. Make it."
        )
    made = draft(given.files, target.parent, given.system)
    _write(target, made.text)
    _tell(made, target)
    return DONE


def _write(target: Path, text: str) -> None:
    """Put the settings there whole, once they are known to load."""
    new = target.with_name(f".{target.name}.new")
    try:
        new.write_text(text, "utf-8")
        load(new)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def _tell(made: Draft, target: Path) -> None:
    for file in made.files:
        print(file)
    for section in made.sections:
        print(f"\n[{section.table}]")
        width = max(map(len, section.keys))
        for key, value in section.keys.items():
            shown = ", ".join(value) if isinstance(value, tuple) else value
            print(f"  {key:<{width}}  {shown}")
        for rule in section.rules:
            print(f"  - {rule}")
    if made.unknown:
        print("\nWhat the files do not tell:")
        for note in made.unknown:
            print(f"  - {note}")
    print(f"\nWritten: {target}\nNext: analysis check --settings {target}")
