"""The mails: to readers what there is to read, to the maintainer what there is to mend."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from typing import TYPE_CHECKING

from analysis.language import say
from analysis.reports.html import render_page
from analysis.reports.pdf import FILE as PDF
from analysis.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.delivery.news import Failed, Made, News
    from analysis.settings import MailSettings

__all__ = ["kept", "of_refusal", "to_maintainer", "to_readers"]

POINTS = 2
"""Main points told of each report of the newest period."""


def to_readers(news: News, mail: MailSettings) -> EmailMessage | None:
    """Write what was made: the main points of the newest period, and where to read on.

    Returns
    -------
    EmailMessage or None
        Text and simple HTML that say the same; None when nothing was made, or nobody reads.
    """
    if not news.made or not mail.readers:
        return None
    newest = [one for one in news.made if one.period == news.newest]
    earlier = [one for one in news.made if one.period != news.newest]
    message = _message(mail, mail.readers, _subject(news, earlier))
    message.set_content(_text(news, newest, earlier))
    html = render_page(
        "mail.html.jinja",
        news=news,
        newest=newest,
        earlier=earlier,
        points=POINTS,
    )
    message.add_alternative(html, subtype="html")
    for one in newest if mail.attach else ():
        _attach(message, one)
    return message


def to_maintainer(
    news: News, mail: MailSettings, redact: Callable[[str], str]
) -> EmailMessage | None:
    """Write what failed, after how many attempts, and the end of each log, without secrets.

    Returns
    -------
    EmailMessage or None
        In English, as text alone; None when nothing failed, or nobody maintains.
    """
    if not news.failed or mail.maintainer is None:
        return None
    total = len(news.failed) + len(news.made)
    subject = f"{news.collection}: {len(news.failed)} of {total} reports failed"
    message = _message(mail, [mail.maintainer], subject)
    message.set_content(redact("\n\n".join(_failure(one) for one in news.failed)))
    return message


def of_refusal(collection: str, mail: MailSettings, reason: str) -> EmailMessage | None:
    """Write to the maintainer why an unattended run was refused before anything was made."""
    if mail.maintainer is None:
        return None
    title = " ".join(collection.split())
    message = _message(mail, [mail.maintainer], f"{title}: no report was made")
    message.set_content(f"`analysis due` made nothing:\n\n{reason}")
    return message


def _message(mail: MailSettings, readers: Sequence[str], subject: str) -> EmailMessage:
    message = EmailMessage(SMTP)
    message["Subject"] = " ".join(subject.split())
    message["From"] = mail.sender
    message["To"] = ", ".join(readers)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=parseaddr(mail.sender)[1].rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    return message


def _attach(message: EmailMessage, one: Made) -> None:
    """Attach a report: as PDF where there is one, as the page otherwise."""
    printed = one.file.with_name(PDF)
    file, kind = (printed, "application/pdf") if printed.is_file() else (one.file, "text/html")
    maintype, subtype = kind.split("/")
    message.add_attachment(
        file.read_bytes(),
        maintype=maintype,
        subtype=subtype,
        filename=f"{one.report}-{one.period.key}{file.suffix}",
    )


def _subject(news: News, earlier: Sequence[Made]) -> str:
    period = news.made[0].period.title
    older = {one.period for one in earlier}
    if not older:
        return say("{collection}: reports of {period}", collection=news.collection, period=period)
    return say(
        "{collection}: reports of {period} and {periods}",
        collection=news.collection,
        period=period,
        periods=plural(len(older), "earlier period"),
    )


def _text(news: News, newest: Sequence[Made], earlier: Sequence[Made]) -> str:
    parts = [say("New reports of {period}", period=newest[0].period.title)]
    for one in newest:
        title = say("{title} (provisional)", title=one.title) if one.provisional else one.title
        points = [f"- {_line(point.headline)}" for point in one.points[:POINTS]]
        parts.append("\n".join([_line(title), *points, f"  {one.address}"]))
    if earlier:
        lines = [f"- {_line(one.title)}, {one.period.title}: {one.address}" for one in earlier]
        parts.append("\n".join([say("Also made, of earlier periods:"), *lines]))
    if news.failed:
        lines = [f"- {_line(one.title)}, {one.period.title}: {kept(one)}" for one in news.failed]
        parts.append("\n".join([say("Could not be made:"), *lines]))
    parts.append(f"{say('All reports:')} {news.index}")
    return "\n\n".join(parts) + "\n"


def kept(one: Failed) -> str:
    """Return what readers see in place of a report that failed."""
    return say("the last good one is still there") if one.kept else say("there is none yet")


def _failure(one: Failed) -> str:
    tried = f"Attempts: {one.attempts}." if one.attempts else "Not begun."
    seen = "Readers keep the last good one." if one.kept else "Readers have none of this period."
    lines = [f"{one.report}, {one.period.key}: {one.fault}", f"{tried} {seen}"]
    if one.folder is not None:
        lines.append(f"What is left of it: {one.folder}")
    if one.log:
        lines += ["", *(f"    {line}" for line in one.log.splitlines())]
    return "\n".join(lines)


def _line(text: str) -> str:
    """Return a text on one line, so that it cannot pose as another part of the mail."""
    return " ".join(text.split())
