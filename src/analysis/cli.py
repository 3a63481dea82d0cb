"""The command line: `analysis check`, `render`, `due` and their companions."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import (
    cli_due,
    cli_init,
    cli_notify,
    cli_privacy,
    cli_rebuild,
    cli_schedule,
    cli_simulate,
    language,
)
from analysis.errors import AnalysisError, BusyError
from analysis.exit_codes import DONE, EXIT_CODES, FAILED, INTERRUPTED, REFUSED, WAITING
from analysis.permissions import written_for
from analysis.settings import FILE_NAME, load
from analysis.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.settings import Settings

__all__ = ["main"]

_RENDER = """\
Run the notebooks for a period and archive their reports, with an index over all of them.
A report that fails never replaces a good one.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        if not getattr(given, "needs_settings", True):
            return int(given.run(given))
        settings_file = _settings_file(getattr(given, "settings", None))
        settings = load(settings_file)
        with written_for(settings.privacy.open_to):
            return int(given.run(settings, settings_file, given))
    except BusyError as error:
        print(f"analysis: {error}", file=sys.stderr)
        return WAITING
    except AnalysisError as error:
        print(f"analysis: {error}", file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(f"analysis: {error}; `analysis due` finishes what this stopped", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("analysis: interrupted; what was not finished is dropped", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--settings", metavar="FILE", default=argparse.SUPPRESS,
        help=f"settings file (default: {FILE_NAME} here or in a folder above)",
    )  # fmt: skip
    parser = argparse.ArgumentParser(
        prog="analysis",
        description="Customer reports from a table of transactions.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, summary: str, description: str | None = None) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=summary, description=description, parents=[shared], epilog=EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip

    _add_commands(command)
    return parser


def _add_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add all that can be asked for, in the order in which it is needed."""
    cli_init.add_arguments(
        command("init", "write the settings that read an export", cli_init.DESCRIPTION)
    )
    check = command("check", "read the data and say what is in them")
    check.add_argument(
        "--rejects", metavar="FOLDER", type=Path,
        help="where all rows set aside go (default: data/cache/rejects, with a key nowhere)",
    )  # fmt: skip
    check.set_defaults(run=_check)
    cli_simulate.add_arguments(
        command("simulate", "make the data of a business that never was", cli_simulate.DESCRIPTION)
    )
    render = command("render", "make reports for a period", _RENDER)
    _add_render_arguments(render)
    cli_due.add_arguments(command("due", "make what the schedules ask for", cli_due.DESCRIPTION))
    cli_schedule.add_arguments(
        command("schedule", "print a timetable for cron or systemd", cli_schedule.SCHEDULE)
    )
    cli_schedule.add_watch_arguments(
        command("watch", "run `due` every day in the foreground", cli_schedule.WATCH)
    )
    cli_notify.add_arguments(
        command("notify", "tell readers of the reports that are there", cli_notify.DESCRIPTION)
    )
    cli_rebuild.add_arguments(
        command("rebuild", "make a report again from its manifest", cli_rebuild.DESCRIPTION)
    )
    cli_privacy.add_key_arguments(command("key", "print a new key", cli_privacy.KEY))
    cli_privacy.add_reveal_arguments(
        command("reveal", "say who is behind the pseudonyms of a list", cli_privacy.REVEAL)
    )
    cli_privacy.add_forget_arguments(
        command("forget", "remove what is held of one customer", cli_privacy.FORGET)
    )
    index = command("index", "write the page over all reports anew")
    index.set_defaults(run=_index)


def _add_render_arguments(render: argparse.ArgumentParser) -> None:
    render.add_argument("reports", metavar="REPORT", nargs="*", help="such as: churn")
    render.add_argument("--all", action="store_true", help="all reports of the settings")
    render.add_argument(
        "--period", metavar="P",
        help="2017, 2017-Q4, 2017-11, 2017-W46 or 2017-11-05 (default: the last complete one)",
    )  # fmt: skip
    render.add_argument(
        "--set", dest="assignments", metavar="NAME=VALUE", action="append", default=[],
        help="a parameter of a notebook; may be repeated",
    )  # fmt: skip
    cli_due.add_workers(render)
    cli_notify.add_switch(render)
    render.set_defaults(run=_render, parser=render)


def _settings_file(given: str | None) -> Path:
    if given is not None:
        return Path(given).resolve()
    return load().root / FILE_NAME


def _check(settings: Settings, _file: Path, given: argparse.Namespace) -> int:
    from analysis.tables import check_command

    return check_command(settings, given.rejects)


def _render(settings: Settings, settings_file: Path, given: argparse.Namespace) -> int:
    if bool(given.reports) == given.all:
        given.parser.error("name the reports, or give --all")
    from analysis.reports.pdf import tell_if_missing
    from analysis.reports.plan import make_plan, read_assignments
    from analysis.reports.progress import progress_display
    from analysis.reports.rendering import WORKERS, render

    clock = time.monotonic()
    assignments = read_assignments(given.assignments)
    with progress_display() as progress:
        tell_if_missing(settings.reports, progress.say)
        progress.say("Reading the data")
        plan = make_plan(
            settings, settings_file, given.reports, period=given.period, assignments=assignments
        )
        progress.say(f"Rendering {plural(len(plan.orders), 'report')} of {plan.period.title}")
        with language.speaking(settings.language):
            outcomes = render(plan, progress, workers=given.workers or WORKERS)
    ended = [(plan.period, outcome) for outcome in outcomes]
    line, code = cli_due.tell_outcomes(ended, time.monotonic() - clock)
    print(line)
    print(plan.archive.root / "index.html")
    return code if given.no_notify else cli_notify.tell(settings, ended, code)


def _index(settings: Settings, _file: Path, _given: argparse.Namespace) -> int:
    from analysis.reports.archive import Archive
    from analysis.reports.index import write_index

    archive = Archive.of(settings)
    print(write_index(archive, settings))
    return DONE
