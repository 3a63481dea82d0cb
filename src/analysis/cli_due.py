"""The command `analysis due`: make every report that a schedule asks for and that is not there."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analysis import cli_notify
from analysis.errors import AnalysisError, BusyError
from analysis.exit_codes import DONE, FAILED, WAITING
from analysis.wording import date, plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.periods import Period
    from analysis.reports.catching_up import Split
    from analysis.reports.due import Due
    from analysis.reports.manifest import InputFacts
    from analysis.reports.rendering import Outcome
    from analysis.settings import Settings

__all__ = ["DESCRIPTION", "add_arguments", "add_workers", "tell_outcomes"]

DESCRIPTION = """\
Make exactly what is missing: the periods that the [[schedule]] sections of the settings ask
for and that are over, minus the reports that are there. It may be run as often as you like;
what was missed or failed is made up, the earliest period first.
"""


def add_arguments(due: argparse.ArgumentParser) -> None:
    """Describe the arguments of `analysis due`."""
    due.add_argument("reports", metavar="REPORT", nargs="*", help="only these (default: all)")
    due.add_argument(
        "--from", dest="first", metavar="P",
        help="make up all periods from here on, however old; written as for `render`",
    )  # fmt: skip
    due.add_argument("--to", dest="last", metavar="P", help="none that ends after this one")
    due.add_argument(
        "--catch-up", metavar="DAYS", type=_days,
        help="leave out what fell due longer ago (default: catch_up_days of the schedule)",
    )  # fmt: skip
    due.add_argument("--dry-run", action="store_true", help="only say what would be made")
    due.add_argument(
        "--now", metavar="TIME", type=datetime.fromisoformat,
        help="decide as if it were this time, like 2018-01-04T06:00, in the settings' time zone",
    )  # fmt: skip
    due.add_argument(
        "--quiet", action="store_true", help="say nothing but what failed and what waits"
    )
    due.add_argument(
        "--retry-failed", action="store_true",
        help="also try what has failed three times with the same data, settings and code",
    )  # fmt: skip
    add_workers(due)
    cli_notify.add_switch(due)
    due.set_defaults(run=_told_of_refusals)


def add_workers(command: argparse.ArgumentParser) -> None:
    """Describe `--workers`."""
    command.add_argument(
        "--workers", metavar="N", type=_worker_count, default=None,
        help="notebooks that run at a time (default: 2)",
    )  # fmt: skip


def tell_outcomes(outcomes: Sequence[tuple[Period, Outcome]], seconds: float) -> tuple[str, int]:
    """Say which reports were not made and why; return a line about all, and the exit code."""
    missed = [(period, outcome) for period, outcome in outcomes if outcome.fault]
    code = DONE
    for period, outcome in missed:
        where = f" Notebook: {outcome.folder}/executed.ipynb" if outcome.folder else ""
        verb = "was left out" if outcome.busy else "failed"
        print(
            f"analysis: {outcome.report} for {period.key} {verb}: "
            f"{outcome.fault.rstrip('.')}.{where}",
            file=sys.stderr,
        )
        code = FAILED if code == FAILED or not outcome.busy else WAITING
    made = len(outcomes) - len(missed)
    return f"{made} of {len(outcomes)} reports made in {seconds:.0f} s.", code


def _told_of_refusals(settings: Settings, settings_file: Path, given: argparse.Namespace) -> int:
    """Run `due`; the maintainer is told when it is refused or stopped, as nobody may be looking."""
    try:
        return _due(settings, settings_file, given)
    except BusyError:
        raise
    except (AnalysisError, OSError) as error:
        if not given.no_notify:
            cli_notify.tell_refusal(settings, str(error))
        raise


def _due(settings: Settings, settings_file: Path, given: argparse.Namespace) -> int:
    from analysis.reports.archive import Archive
    from analysis.reports.catching_up import bring_up_to_date, split_by_data
    from analysis.reports.due import Reach, due_reports, missing, today
    from analysis.reports.plan import input_facts
    from analysis.reports.retries import Retries

    day = today(settings, given.now or datetime.now(UTC))
    reach = Reach.between(day, given.first, given.last, given.catch_up)
    archive = Archive.of(settings)
    dues = due_reports(settings, reach, given.reports)
    if missing(dues, archive):
        retries = Retries.of(settings.reports)
        facts = retries.read(lambda: input_facts(settings, settings_file), _warn)
        split = split_by_data(missing(dues, archive, facts.last_date), facts)
        if split.ready or split.waiting:
            if given.dry_run:
                _tell_plan(split)
                return DONE
            return _make(settings, settings_file, given, dues, split, facts)
    if not given.dry_run:
        bring_up_to_date(archive, settings)
    _say(given, "Nothing is due. Older periods are looked at by --from.")
    return DONE


def _make(
    settings: Settings,
    settings_file: Path,
    given: argparse.Namespace,
    dues: Sequence[Due],
    split: Split,
    facts: InputFacts,
) -> int:
    from analysis.reports.catching_up import CatchUp
    from analysis.reports.pdf import tell_if_missing
    from analysis.reports.progress import progress_display
    from analysis.reports.rendering import WORKERS

    clock = time.monotonic()
    periods = {due.period for due in split.ready}
    catch_up = CatchUp(
        settings, settings_file, facts, given.workers or WORKERS, retry_failed=given.retry_failed
    )
    with progress_display(quiet=given.quiet) as progress:
        tell_if_missing(settings.reports, progress.say)
        outcomes = catch_up.make([due for due in dues if due.period in periods], progress)
    line, code = tell_outcomes(outcomes, time.monotonic() - clock)
    if outcomes:
        _say(given, line)
    _tell_waiting(split.waiting, facts)
    code = WAITING if split.waiting and code == DONE else code
    return code if given.no_notify else cli_notify.tell(settings, outcomes, code)


def _tell_plan(split: Split) -> None:
    for dues, state in ((split.ready, "to be made"), (split.waiting, "waits for data")):
        for due in dues:
            print(f"{due.period.key:<10}  {due.report.name:<14}  {state}, due since {due.since}")
    print(f"{plural(len(split.ready), 'report')} to be made, {len(split.waiting)} waiting.")


def _tell_waiting(waiting: Sequence[Due], facts: InputFacts) -> None:
    if waiting:
        keys = ", ".join(dict.fromkeys(due.period.key for due in waiting))
        print(
            f"analysis: {plural(len(waiting), 'report')} of {keys} must wait: the data end on "
            f"{date(facts.last_date)}. Bring them up to date; the next `due` makes the reports.",
            file=sys.stderr,
        )


def _warn(text: str) -> None:
    print(f"analysis: {text}", file=sys.stderr)


def _say(given: argparse.Namespace, text: str) -> None:
    if not given.quiet:
        print(text)


def _worker_count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 64:
        raise argparse.ArgumentTypeError(f"must be between 1 and 64; got {count}")
    return count


def _days(text: str) -> int:
    count = int(text)
    if not 0 <= count <= 36_500:
        raise argparse.ArgumentTypeError(f"must be between 0 and 36500 days; got {count}")
    return count
