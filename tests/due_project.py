"""Orders of two months with a schedule, for the tests of what is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from notebook_builder import PARAMETERS, write_runnable

from analysis.reports.archive import Archive
from analysis.reports.manifest import InputFacts, Manifest
from analysis.settings import load

SETTINGS = """time_zone = "{zone}"
[transactions]
path = "orders.csv"
customer_id = "c"
order_date = "d"
amount = "a"
[reports]
names = ["orders", "summary"]
"""
LATE = f'{PARAMETERS}\nfindings_dir: str = ""'
READS = "import pathlib\nassert sorted(pathlib.Path(findings_dir).iterdir()), 'nothing found'"


def orders_of_two_months(folder):
    """Write orders from 5 January to 28 February 2017, a report and one that reads its findings."""
    days = [date(2017, 1, 5) + timedelta(days=3 * n) for n in range(19)]
    rows = "".join(f"x{n % 3},{day},1.50\n" for n, day in enumerate(days))
    (folder / "orders.csv").write_text(f"c,d,a\n{rows}")
    assert days[-1] == date(2017, 2, 28)
    write_runnable(folder / "notebooks" / "01_orders.ipynb", "1")
    write_runnable(folder / "notebooks" / "02_summary.ipynb", READS, parameters=LATE)
    write_settings(folder)


def write_settings(project, more="", zone="UTC"):
    (project / "analysis.toml").write_text(SETTINGS.format(zone=zone) + more)
    return load(project / "analysis.toml")


def put_run(project, report, period, *, data_end="2017-02-28", minute=0, seconds=1.0, **more):
    """Archive a run that never ran: its manifest alone."""
    facts = InputFacts(
        sha256="0", settings_sha256="0", description="", first_date="2017-01-05",
        last_date=data_end, customers=1, orders=1, rows=1, rows_set_aside=0,
    )  # fmt: skip
    manifest = Manifest(
        report=report, title=report, period=period, run=f"r{minute}", notebook="x", parameters={},
        status="succeeded", input=facts, notebook_sha256="0", versions={}, commit="",
        started=datetime(2017, 4, 1, 6, minute, tzinfo=UTC), seconds={"notebook": seconds},
        **more,
    )  # fmt: skip
    archive = Archive(project / "reports")
    with archive.staged(report, period) as staged:
        manifest.write(staged)
        return archive.publish(staged, report, period)
