"""Archives of all six reports, each rendered once in a test run for all who look at it."""

import csv
import datetime as dt
import fcntl
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from analysis import cli

ROOT = Path(__file__).parents[1]
REPORTS = ["data_quality", "segmentation", "retention", "churn", "clv", "summary"]

HOSTILE_CUSTOMERS = (
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
    'K003 "in quotes"',
)
HOSTILE_PRODUCTS = (
    "<script>alert('product')</script>",
    "=cmd|'/c calc'!A1",
    "$\\frac{",
    "_\u05e9\u05dc\u05d5\u05dd\u200f 12",
    "{period} %s {{ 7 * 7 }}",
)
HOSTILE_SEGMENTS = (
    'the "good" ones\n<img src=x onerror=alert(1)>',
    "@SUM(1+1)",
    "\u0627\u0644\u0622\u062e\u0631\u0648\u0646\u200f & $x$",
)
REFUSED = tuple(f"K{number:03d}" for number in range(20, 32))
"""Customers of the small export who withdrew their consent, half of them after its last month."""
OVERRIDE = "\u202eright to left"
"""Turns around the text that follows; its row is set aside."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The reports of one period."""

    folder: Path
    period: str

    def run(self, report: str) -> Path:
        """Return the folder of a report's last good run."""
        return self.folder / report / self.period / "current"

    def html(self, report: str) -> str:
        """Return a report's page."""
        return (self.run(report) / "report.html").read_text("utf-8")

    def pages(self) -> dict[str, Path]:
        """Return every page that a reader opens, by name."""
        reports = {report: self.run(report) / "report.html" for report in REPORTS}
        return reports | {"index": self.folder / "index.html"}


def once(base: Path, name: str, make: Callable[[Path], Rendered]) -> Rendered:
    """Make an archive in `base`, or wait for the process of this test run that makes it."""
    folder = base / name
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return Rendered(folder / "reports", (folder / "period").read_text("utf-8"))
        folder.mkdir()
        rendered = make(folder)
        (folder / "period").write_text(rendered.period, "utf-8")
    return rendered


def render_sample(folder: Path, more: str = "") -> Rendered:
    """Render the sample's last month by the settings of the repository, and more of them."""
    settings = (ROOT / "analysis.toml").read_text("utf-8")
    (folder / "analysis.toml").write_text(more + settings, "utf-8")
    return _render(folder, "2017-12")


def render_chinese(folder: Path) -> Rendered:
    """Render the same in Chinese."""
    return render_sample(folder, 'language = "zh"\n')


def render_export(folder: Path) -> Rendered:
    """Render a small European export whose names would like to be code."""
    _write(folder / "orders.csv", _orders())
    _write(folder / "customers.csv", _customers())
    _write(folder / "consent.csv", _consent())
    (folder / "analysis.toml").write_text(
        'title = "<b>Shop</b> & Söhne"\ncurrency = "EUR"\n[transactions]\npath = "orders.csv"\n'
        'customer_id = "Kundennr"\norder_date = "Datum"\namount = "Betrag"\n'
        'category = "Warengruppe"\nquantity = "Menge"\nseparator = ";"\ndecimal = ","\n'
        'date_format = "%d.%m.%Y"\n[customers]\npath = "customers.csv"\n'
        'customer_id = "Kundennr"\nseparator = ";"\n[consent]\npath = "consent.csv"\n'
        'separator = ";"\n[reports]\nminimum_customers = 10\n',
        "utf-8",
    )
    return _render(folder, "2023-12")


def put_export(url: str) -> None:
    """Put the tables of the small export into a PostgreSQL server, with types."""
    from adbc_driver_postgresql import dbapi

    header, *orders = _orders()
    plain = [
        (row[0], dt.datetime.strptime(row[1], "%d.%m.%Y").date(), Decimal(row[2].replace(",", ".")),
         row[3], int(row[4]))
        for row in orders
    ]  # fmt: skip
    decided = [(who, dt.date.fromisoformat(day), said) for who, day, said in _consent()[1:]]
    tables = {
        "export_orders": (header, plain),
        "export_people": (_customers()[0], _customers()[1:]),
        "export_consent": (_consent()[0], decided),
    }
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        for name, (columns, rows) in tables.items():
            arrays = [pa.array(list(column)) for column in zip(*rows, strict=True)]
            cursor.adbc_ingest(name, pa.table(arrays, list(columns)), mode="replace")
        connection.commit()


def render_export_in_place(folder: Path, url: str) -> Rendered:
    """Render the same export from a server, where its tables stay."""
    (folder / "analysis.toml").write_text(
        'title = "<b>Shop</b> & Söhne"\ncurrency = "EUR"\n[engine]\nrun = "source"\n'
        f'[transactions]\nurl = "{url}"\ntable = "export_orders"\n'
        'customer_id = "Kundennr"\norder_date = "Datum"\namount = "Betrag"\n'
        'category = "Warengruppe"\nquantity = "Menge"\n'
        f'[customers]\nurl = "{url}"\ntable = "export_people"\ncustomer_id = "Kundennr"\n'
        f'[consent]\nurl = "{url}"\ntable = "export_consent"\n[reports]\nminimum_customers = 10\n',
        "utf-8",
    )
    return _render(folder, "2023-12")


def export_customers() -> list[str]:
    """Return the customers of the small export, as their table names them."""
    plain = [f"K{number:03d}" for number in range(len(HOSTILE_CUSTOMERS), 60)]
    return [*HOSTILE_CUSTOMERS, *plain]


def _orders() -> list[tuple[str, ...]]:
    """List orders with decimal commas and day-first dates, a return and a row of nobody."""
    rows = [("Kundennr", "Datum", "Betrag", "Warengruppe", "Menge")]
    for number, customer in enumerate(export_customers()):
        for order in range(3 + number % 9):
            day, month = 1 + (number * 7 + order * 11) % 28, 1 + (number + 2 * order) % 12
            amount = f"{5 + (number * order) % 40},{(number * 13) % 100:02d}"
            product = HOSTILE_PRODUCTS[(number + order) % len(HOSTILE_PRODUCTS)]
            date = f"{day:02d}.{month:02d}.2023"
            rows.append((customer, date, amount, product, str(500 * (1 + order % 3))))
    rows.append(("K010", "05.06.2023", "-4,50", "Retoure", "1"))
    rows.append(("", "06.06.2023", "1,00", "ohne Kunde", "1"))
    rows.append(("K011", "06.06.2023", "1,00", OVERRIDE, "1"))
    rows.append((f"{OVERRIDE} K012", "06.06.2023", "1,00", "", "1"))
    return rows


def _customers() -> list[tuple[str, ...]]:
    rows = [
        (customer, HOSTILE_SEGMENTS[number % 9 // 3])
        for number, customer in enumerate(export_customers())
    ]
    return [("Kundennr", "=Kundenart <i>"), *rows]


def _consent() -> list[tuple[str, ...]]:
    rows = [(customer, "2023-01-05", "yes") for customer in export_customers()]
    days = [("2023-08-01", "2024-01-20")[number % 2] for number in range(len(REFUSED))]
    rows += [(customer, day, "no") for customer, day in zip(REFUSED, days, strict=True)]
    return [("customer_id", "decided", "is_granted"), *rows]


def _write(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)


def _render(folder: Path, period: str) -> Rendered:
    settings = str(folder / "analysis.toml")
    code = cli.main(["--settings", settings, "render", "--all", "--period", period])
    assert code == cli.DONE
    return Rendered(folder / "reports", period)
