"""The command `analysis notify`, and what `render` and `due` do last: tell of the reports."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from analysis.errors import ReportError, SettingsError
from analysis.exit_codes import DONE, UNTOLD, WAITING
from analysis.periods import Period

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.reports.archive import Archive
    from analysis.reports.rendering import Outcome
    from analysis.settings import Settings

__all__ = ["DESCRIPTION", "add_arguments", "add_switch", "tell", "tell_refusal"]

DESCRIPTION = """\
Send the mail and the webhook of the settings about the reports that are there for a period:
again, where they did not get through, or to yourself, to try the settings out.
"""


def add_arguments(notify: argparse.ArgumentParser) -> None:
    """Describe the arguments of `analysis notify`."""
    notify.add_argument("--period", metavar="P", help="default: the newest one of the archive")
    notify.add_argument(
        "--to", metavar="ADDRESS", help="send the mail here, and no webhook: to try the settings"
    )
    notify.set_defaults(run=_notify)


def add_switch(command: argparse.ArgumentParser) -> None:
    """Describe `--no-notify`."""
    command.add_argument(
        "--no-notify", action="store_true", help="send no mail and no webhook about this run"
    )


def tell(settings: Settings, outcomes: Sequence[tuple[Period, Outcome]], code: int) -> int:
    """Send mails and webhook about the reports of a run; return the exit code of the command.

    A failure outweighs a mail that was not sent, and that outweighs reports that wait.
    """
    from analysis.delivery import deliver
    from analysis.reports.archive import Archive

    return _with_errors(deliver(settings, Archive.of(settings), outcomes), code)


def tell_refusal(settings: Settings, reason: str) -> None:
    """Tell the maintainer that an unattended run was refused."""
    from analysis.delivery import deliver_refusal

    _with_errors(deliver_refusal(settings, reason), DONE)


def _notify(settings: Settings, _file: Path, given: argparse.Namespace) -> int:
    from analysis.reports.archive import Archive
    from analysis.reports.rendering import Outcome

    settings = _to_one(settings, given.to) if given.to else settings
    if settings.mail is None and settings.webhook is None:
        raise SettingsError(
            "[mail] or [webhook] say whom to tell; there is neither in the settings. Add one: "
            "they are described in src/analysis/settings_delivery.py."
        )
    archive = Archive.of(settings)
    period = Period.parse(given.period) if given.period else _newest(archive)
    runs = archive.current_runs(period.key)
    folders = [(run.report, archive.current(run.report, period.key)) for run in runs]
    if not folders:
        raise ReportError(
            f"There is no report of {period.key} to tell of. Make it by `analysis render`."
        )
    outcomes = [(period, Outcome(report, "", folder, 0.0)) for report, folder in folders]
    code = tell(settings, outcomes, DONE)
    if code == DONE:
        print(f"Told of {period.key}: {', '.join(outcome.report for _, outcome in outcomes)}.")
    return code


def _to_one(settings: Settings, address: str) -> Settings:
    """Return the settings with one reader, and nobody else to tell."""
    if settings.mail is None:
        raise SettingsError("--to sends a mail, and there is no [mail] in the settings. Add it.")
    values = {**settings.mail.model_dump(), "readers": (address,), "maintainer": None}
    try:
        mail = type(settings.mail)(**values)
    except ValueError:
        raise SettingsError(f"--to takes the address of a mail; got {address!r}.") from None
    return settings.model_copy(update={"mail": mail, "webhook": None})


def _newest(archive: Archive) -> Period:
    periods = [Period.parse(run.period) for run, _ in archive.runs()]
    if not periods:
        raise ReportError("There is no report to tell of. Make some by `analysis render --all`.")
    return max(periods, key=lambda period: (period.end, period.start))


def _with_errors(errors: Sequence[str], code: int) -> int:
    for error in errors:
        print(f"analysis: {error}", file=sys.stderr)
    return UNTOLD if errors and code in {DONE, WAITING} else code
