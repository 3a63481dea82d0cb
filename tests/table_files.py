"""Small files on disk, and sources opened from them, for the tests of the tables."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from analysis import settings, tables

if TYPE_CHECKING:
    from pathlib import Path

EUROPEAN = """Kunde;Bestellung;Datum;Betrag;Menge;Gruppe
K001;B1;31.01.2024;1.234,56;1;Möbel
K002;B2;01.02.2024;-12,50;1;"Küche; Bad"
;B3;02.02.2024;5,00;1;x
K003;B4;31.02.2024;5,00;1;x
K004;B5;03.02.2024;fünf;1;x
K005;B6;03.02.2024;7;2,5;"mehr
Zeilen"
K006;B7;03.02.2024;7;2,5;"offen
K007;B8;04.02.2024;8 €;1
K008;B9;04.02.2024;(8,10);1;x

K009;B10;04.02.2024;1 000,10;1;"a ""b"" c"
"""
EUROPEAN_SETTINGS = """
currency = "EUR"
[transactions]
path = "orders.csv"
customer_id = "Kunde"
order_id = "Bestellung"
order_date = "Datum"
amount = "Betrag"
quantity = "Menge"
category = "Gruppe"
date_format = "%d.%m.%Y"
decimal = ","
"""
PLAIN = '[transactions]\npath = "orders.csv"\n'


def put(folder: Path, files: dict[str, str | bytes], toml: str) -> settings.Settings:
    """Write the files and the settings, and load the settings."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "analysis.toml").write_text(toml, "utf-8")
    return settings.load(folder / "analysis.toml")


def open_files(folder: Path, files: dict[str, str | bytes], toml: str = PLAIN) -> tables.Source:
    """Write the files and the settings, and open the source."""
    return tables.open_source(put(folder, files, toml))


def rows(source: tables.Source, columns: str = "*", table: str = "transactions") -> list[Any]:
    """Return the rows of a table as tuples."""
    return [
        tuple(row.values())
        for row in source.engine.run(f"SELECT {columns} FROM {table}").to_pylist()
    ]


def workbook(path: Path, cells: list[list[Any]], sheet: str = "Sheet1") -> None:
    """Write a minimal .xlsx: texts, numbers, and dates given as ("date", serial number)."""
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    lines = "".join(_row(number, row) for number, row in enumerate(cells, start=1))
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{kinds}styles+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}worksheet+xml"/>'
            "</Types>"
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>'
            f'<sheet name="{escape(sheet)}" sheetId="1" r:id="r1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{relation}/styles" Target="styles.xml"/>'
            "</Relationships>"
        ),
        "xl/styles.xml": (
            f'<styleSheet xmlns="{main}"><fonts count="1"><font/></fonts>'
            '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
            '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
            '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
            "</styleSheet>"
        ),
        "xl/worksheets/sheet1.xml": (
            f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
        ),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')


def _row(number: int, values: list[Any]) -> str:
    cells = "".join(_cell(value, number, at) for at, value in enumerate(values))
    return f'<row r="{number}">{cells}</row>'


def _cell(value: Any, row: int, column: int) -> str:
    place = f'r="{chr(65 + column)}{row}"'
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    if isinstance(value, tuple):
        return f'<c {place} s="1"><v>{value[1]}</v></c>'
    return f"<c {place}><v>{value!r}</v></c>"


HEADER = "customer_id,order_date,amount\n"
DAY = dt.date(2024, 3, 4)


def amounts(source):
    return [amount for (amount,) in rows(source, "amount_minor")]


def plain(values, *, day="2024-03-04"):
    quoted = [f'"{value}"' if "," in value else value for value in values]
    return HEADER + "".join(f"c{at},{day},{value}\n" for at, value in enumerate(quoted))
