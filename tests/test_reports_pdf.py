"""A PDF beside a report: the same bytes again, no way out of it, and never a reason to fail."""

from __future__ import annotations

import re
from datetime import date

import pytest
from notebook_builder import run_at_once, write_runnable

from analysis.cli import main
from analysis.reports import pdf
from analysis.reports.execution import Runner
from analysis.settings import ReportSettings

SETTINGS = """[reports]
pdf = true
[transactions]
path = "orders.csv"
customer_id = "c"
order_date = "d"
amount = "a"
"""
PAGE = """<!DOCTYPE html><html lang="en"><head><title>A page</title></head><body>
<h1 id="a">First</h1><p><a class="x" href="tables/a.csv" download>list</a>
<a href="#b">below</a> <a href="../../../index.html">all</a></p>
<img src="http://127.0.0.1:1/x.png" alt=""><table><tr><th id="t">a</th><td headers="t">1</td></tr>
</table><h2 id="b">Second</h2></body></html>"""
WITH_CHROMIUM = pytest.mark.skipif(
    pdf.browser() is None, reason="Chromium is not on the PATH (Debian: apt install chromium)"
)


def page(folder):
    folder.mkdir(parents=True)
    (folder / "report.html").write_text(PAGE, "utf-8")
    return folder / "report.html"


def print_page(folder, **settings):
    said = []
    printed = ReportSettings(**{"pdf": True, **settings})
    pdf.print_beside(page(folder), date(2017, 12, 31), printed, said.append)
    return said


@WITH_CHROMIUM
def test_the_same_page_gives_the_same_bytes_and_leads_nowhere(tmp_path):
    assert print_page(tmp_path / "one") == []
    assert print_page(tmp_path / "other" / "deeper") == []
    printed = (tmp_path / "one" / "report.pdf").read_bytes()
    assert printed == (tmp_path / "other" / "deeper" / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    assert b"/CreationDate (D:20171231000000" in printed
    assert b"/StructTreeRoot" in printed, "the PDF is tagged, for readers who listen to it"
    assert b"/Outlines" in printed
    assert not re.search(rb"/URI|file:", printed)
    assert str(tmp_path).encode() not in printed


def test_nothing_is_printed_that_was_not_asked_for(tmp_path):
    assert print_page(tmp_path / "run", pdf=False) == []
    assert not (tmp_path / "run" / "report.pdf").exists()


@pytest.mark.parametrize(
    ("program", "said"),
    [("exit 3", "Chromium ended with 3"), ("true", "No such file"), ("sleep 9", "longer than")],
)
def test_a_browser_that_fails_is_told_and_leaves_nothing(tmp_path, monkeypatch, program, said):
    fake = tmp_path / "bin" / "chromium"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{program}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    monkeypatch.setattr(pdf, "_SECONDS", 0.3)
    (line,) = print_page(tmp_path / "run")
    assert line.startswith("No PDF of ")
    assert said in line
    assert not (tmp_path / "run" / "report.pdf").exists()


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "analysis.toml").write_text(SETTINGS)
    (tmp_path / "orders.csv").write_text("c,d,a\nx,2017-01-05,1.50\ny,2017-02-28,2.50\n")
    write_runnable(tmp_path / "notebooks" / "01_orders.ipynb", "1")
    monkeypatch.setattr(Runner, "run", run_at_once)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@WITH_CHROMIUM
def test_a_report_has_its_pdf_beside_it_and_the_index_names_it(project):
    assert main(["render", "orders", "--period", "2017-02"]) == 0
    run = project / "reports" / "orders" / "2017-02" / "current"
    assert (run / "report.pdf").read_bytes().startswith(b"%PDF-")
    index = (project / "reports" / "index.html").read_text("utf-8")
    assert f'href="orders/2017-02/{run.resolve().name}/report.pdf"' in index


def test_without_chromium_the_run_says_so_and_goes_on(project, monkeypatch, capsys):
    monkeypatch.setattr(pdf, "browser", lambda: None)
    assert main(["render", "orders", "--period", "2017-02"]) == 0
    assert "No PDF is made: [reports] `pdf` needs Chromium" in capsys.readouterr().err
    assert (project / "reports/orders/2017-02/current/report.html").is_file()
