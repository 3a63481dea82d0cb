"""The command `analysis simulate`: a business whose truth is known."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from analysis.errors import SettingsError
from analysis.exit_codes import DONE
from analysis.settings_errors import did_you_mean

if TYPE_CHECKING:
    import argparse

    from analysis.simulation.truth import Truth

DESCRIPTION = """\
Make all tables of a business that never was, the settings that read them, and the truth they
were drawn from (truth.json): to try the reports out, or to see whether an analysis finds what is
there. Reports on it say that the data are simulated.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("folder", metavar="FOLDER", help="a new or empty folder")
    parser.add_argument("--customers", type=int, default=10_000, metavar="N", help="(10000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same data (1)")
    parser.add_argument(
        "--truth", metavar="FILE",
        help="parameters that are not to be the usual ones, as in the truth.json of another folder",
    )  # fmt: skip
    parser.set_defaults(run=run, needs_settings=False)


def run(given: argparse.Namespace) -> int:
    """Make the business, and say what is in it and what to do next."""
    from analysis.simulation.folder import simulate_folder

    folder = Path(given.folder)
    truth = None if given.truth is None else read_truth(Path(given.truth))
    rows = simulate_folder(folder, given.customers, seed=given.seed, truth=truth)
    for name, count in rows.items():
        print(f"  {name:<18} {count:>12,} rows")
    print(f"The truth: {folder / 'truth.json'}")
    print(f"Next: analysis render --all --settings {folder / 'analysis.toml'} --period 2021-12")
    return DONE


def read_truth(path: Path) -> Truth:
    """Read parameters from a file; those that it does not name stay the usual ones.

    Raises
    ------
    SettingsError
        If the file is not there, is no JSON, or names a parameter that is none.
    """
    from analysis.simulation.truth import Truth

    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"The truth must be a JSON file; {path} cannot be read as one: {error}. "
            "`analysis simulate` writes one that can be changed."
        ) from None
    known = [field.name for field in dataclasses.fields(Truth)]
    given = {name: value for name, value in values.items() if name not in {"customers", "seed"}}
    for name in given:
        if name not in known:
            raise SettingsError(f"`{name}` in {path} is no parameter. {did_you_mean(name, known)}")
    try:
        return TypeAdapter(Truth).validate_python(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise SettingsError(
            f"`{place}` in {path} is {first['input']!r}: {first['msg']}. Change it."
        ) from None
