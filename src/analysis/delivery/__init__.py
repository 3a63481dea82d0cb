"""Tells readers and maintainer of reports, once the archive is final.

Nothing here changes what became of a report: a mail that is not sent is an error of its own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from analysis import language
from analysis.delivery import letters, mail, webhook
from analysis.delivery.news import read_news
from analysis.errors import AnalysisError
from analysis.secrecy import redacting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from analysis.periods import Period
    from analysis.reports.archive import Archive
    from analysis.reports.rendering import Outcome
    from analysis.settings import Settings

__all__ = ["deliver", "deliver_refusal"]


def deliver(
    settings: Settings, archive: Archive, outcomes: Iterable[tuple[Period, Outcome]]
) -> list[str]:
    """Send the mails and the webhook of one run; return what could not be sent, and why.

    Parameters
    ----------
    settings : Settings
    archive : Archive
        As the run left it.
    outcomes : iterable of (Period, Outcome)
        What became of each report; nothing is sent about none.
    """
    outcomes = list(outcomes)
    if not outcomes or (settings.mail is None and settings.webhook is None):
        return []
    language.use(settings.language)
    redact = redacting(settings)
    return [redact(text) for text in _errors(_steps(settings, archive, outcomes, redact))]


def deliver_refusal(settings: Settings, reason: str) -> list[str]:
    """Tell the maintainer that an unattended run was refused; return what could not be sent."""
    redact, server = redacting(settings), settings.mail
    if server is None:
        return []
    message = letters.of_refusal(settings.title, server, redact(reason))
    steps = [partial(mail.send, message, server)] if message is not None else []
    return [redact(text) for text in _errors(steps)]


def _steps(
    settings: Settings,
    archive: Archive,
    outcomes: list[tuple[Period, Outcome]],
    redact: Callable[[str], str],
) -> Iterator[Callable[[], object]]:
    """Give what is to be done, each independent of the others."""
    news = read_news(settings, archive, outcomes)
    server, hook = settings.mail, settings.webhook
    if server is not None:
        for message in (
            letters.to_readers(news, server),
            letters.to_maintainer(news, server, redact),
        ):
            if message is not None:
                yield partial(mail.send, message, server)
    if hook is not None and (news.made or news.failed):
        yield partial(webhook.post, webhook.body(news, redact), hook)


def _errors(steps: Iterable[Callable[[], object]]) -> Iterator[str]:
    try:
        for step in steps:
            try:
                step()
            except AnalysisError as error:
                yield str(error)
    except (AnalysisError, OSError, ValueError) as error:  # what there is to tell cannot be read
        yield f"Nobody was told of the reports: {error}"
