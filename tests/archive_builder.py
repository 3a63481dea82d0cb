"""Archives of runs that never ran: manifests and findings made up for what reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from analysis.findings import Finding
from analysis.periods import Period
from analysis.reports import found
from analysis.reports.archive import Archive
from analysis.reports.manifest import InputFacts, Manifest
from analysis.settings import Settings

SHOP = Settings(title="A shop", transactions={"path": "orders.csv"})
MONTHS = ["2017-09", "2017-10", "2017-11", "2017-12"]
RATES = dict(zip(MONTHS, (0.05, 0.06, 0.04, 0.045), strict=True))


def kpi(value, text, **more):
    return Finding(**{
        "id": "churn.rate", "headline": f"{text} left.", "label": "Left", "value": value,
        "value_text": text, "interval": "1% to 9%", "main": True, "kpi": True, **more,
    })  # fmt: skip


def put(archive, report, period, *findings, hour=0, fault="", data_end=None, number=0, log=""):
    """Archive a run as of the third day after its period; return its folder."""
    covered = Period.parse(period)
    facts = InputFacts(
        sha256="0", settings_sha256="0", description="", first_date="2017-01-05",
        last_date=data_end or covered.end, customers=1, orders=1, rows=1, rows_set_aside=0,
    )  # fmt: skip
    day = covered.end + timedelta(days=3)
    manifest = Manifest(
        report=report, title=report.capitalize(), period=period, run=f"r{hour}",
        notebook=f"{number:02}_{report}.ipynb", leads=report == "summary", parameters={},
        status="failed" if fault else "succeeded", fault=fault, attempts=3 if fault else 1,
        input=facts, versions={}, provisional=facts.last_date < covered.end,
        notebook_sha256="0", commit="", seconds={"notebook": 1.0},
        started=datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
    )  # fmt: skip
    with archive.staged(report, period) as staged:
        manifest.write(staged)
        found.write(staged / found.FILE, findings)
        (staged / "report.html").write_text(f"<p>{report}</p>")
        if log:
            (staged / "log.txt").write_text(log)
        return (archive.set_aside if fault else archive.publish)(staged, report, period)


def four_months(folder):
    """Return four months of churn, of which the last failed again, and a quarter's summary."""
    made = Archive(folder)
    for period, rate in RATES.items():
        method = "a window of 60 days" if period < "2017-12" else "a window of 90 days"
        put(made, "churn", period, kpi(rate, f"{100 * rate:.1f}%", method=method))
    put(made, "churn", "2017-12", fault="it broke", hour=6)
    put(made, "summary", "2017-Q4", kpi(120.0, "$120", id="summary.sales", label="Sales"))
    return made
