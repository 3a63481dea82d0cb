"""A project whose runs are made up, and what there is to tell of them."""

from __future__ import annotations

from archive_builder import put

from analysis.delivery import deliver
from analysis.findings import Finding
from analysis.periods import Period
from analysis.reports.archive import Archive
from analysis.reports.rendering import Outcome
from analysis.settings import load

SETTINGS = """title = "{title}"
[transactions]
path = "orders.csv"
customer_id = "c"
order_date = "d"
amount = "a"
"""
MAIL = """[mail]
host = "127.0.0.1"
sender = "Reports <reports@example.com>"
readers = ["ann@example.com", "bob@example.com"]
maintainer = "keeper@example.com"
"""
WEBHOOK = "[webhook]\nurl_env = 'HOOK'\n"


def write_settings(project, more="", title="A shop"):
    (project / "analysis.toml").write_text(SETTINGS.format(title=title) + more)
    return load(project / "analysis.toml")


def with_mail(project, port, more="", security="none", title="A shop"):
    return write_settings(
        project, f'{MAIL}port = {port}\nsecurity = "{security}"\n{more}', title=title
    )


def put_run(project, report, period, *points, fault="", **more):
    """Archive a run that never ran; return what a renderer would say of it."""
    folder = put(Archive(project / "reports"), report, period, *points, fault=fault, **more)
    return Period.parse(period), Outcome(report, fault, folder, 1.0)


def point(headline, **more):
    return Finding(id="a", headline=headline, main=True, **more)


def some_outcomes(project):
    """Two reports of December, one of November, and one that failed."""
    return [
        put_run(project, "churn", "2017-11", point("Old news.")),
        put_run(project, "churn", "2017-12", point("4% left.", value_text="4%"), point("B."),
                point("Too much for a mail.")),
        put_run(project, "summary", "2017-12", point("Sales rose.")),
        put_run(project, "clv", "2017-12", fault="cell 4 ended in ValueError: 1",
                log="postgresql://me:hunter22@db/x\nPGPASSWORD=s3cret!\n"),
    ]  # fmt: skip


def told(project, outcomes):
    return deliver(load(project / "analysis.toml"), Archive(project / "reports"), outcomes)


def text_of(message, kind="plain"):
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")
