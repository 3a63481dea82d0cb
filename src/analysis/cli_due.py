"""The command `analysis due`: make every report that a schedule asks for and that is not there."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analysis.exit_codes import DONE, FAILED, WAITING
from analysis.wording import date, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from analysis.periods import Period
    from analysis.reports.catching_up import Split
    from analysis.reports.due import Due
    from analysis.reports.manifest import InputFacts
    from analysis.reports.rendering import Outcome
    from analysis.settings import Settings

__all__ = ["DESCRIPTION", "add_arguments", "add_workers", "tell_failures"]

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
    add_workers(due)
    due.set_defaults(run=_due)


def add_workers(command: argparse.ArgumentParser) -> None:
    """Describe `--workers`."""
    command.add_argument(
        "--workers", metavar="N", type=_worker_count, default=None,
        help="notebooks that run at a time (default: 2)",
    )  # fmt: skip


def tell_failures(outcomes: Iterable[tuple[Period, Outcome]]) -> int:
    """Say which reports failed and why, and return how many."""
    failed = [(period, outcome) for period, outcome in outcomes if outcome.fault]
    for period, outcome in failed:
        where = f" Notebook: {outcome.folder}/executed.ipynb" if outcome.folder else ""
        print(
            f"analysis: {outcome.report} for {period.key} failed: {outcome.fault}.{where}",
            file=sys.stderr,
        )
    return len(failed)


def _due(settings: Settings, settings_file: Path, given: argparse.Namespace) -> int:
    from analysis.reports.archive import Archive
    from analysis.reports.catching_up import CatchUp, split_by_data
    from analysis.reports.due import Reach, due_reports, missing, today
    from analysis.reports.plan import input_facts
    from analysis.reports.progress import progress_display
    from analysis.reports.rendering import WORKERS
    from analysis.reports.retries import Retries

    clock = time.monotonic()
    day = today(settings, given.now or datetime.now(UTC))
    reach = Reach.between(day, given.first, given.last, given.catch_up)
    archive = Archive((settings.root / settings.reports.folder).resolve())
    dues = due_reports(settings, reach, given.reports)
    absent = missing(dues, archive)
    retries = Retries.of(settings.reports)
    facts = retries.read(lambda: input_facts(settings, settings_file), _warn) if absent else None
    split = split_by_data(absent, facts) if facts else None
    if not facts or not split or not (split.ready or split.waiting):
        _say(given, "Nothing is due. Older periods are looked at by --from.")
        return DONE
    if given.dry_run:
        _tell_plan(split)
        return DONE
    periods = {due.period for due in split.ready}
    catch_up = CatchUp(settings, settings_file, archive, facts, given.workers or WORKERS)
    with progress_display(quiet=given.quiet) as progress:
        outcomes = catch_up.make([due for due in dues if due.period in periods], progress)
    failed = tell_failures(outcomes)
    seconds = time.monotonic() - clock
    _say(given, f"{len(outcomes) - failed} of {len(outcomes)} reports made in {seconds:.0f} s.")
    _tell_waiting(split.waiting, facts)
    if failed:
        return FAILED
    return WAITING if split.waiting else DONE


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
