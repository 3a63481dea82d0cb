"""The archive of reports: two processes, its index, a damaged manifest."""

from __future__ import annotations

import json
import os

import pytest
from archive_builder import SHOP

from analysis.errors import ReportError
from analysis.reports.archive import Archive
from analysis.reports.index import write_index


def test_two_processes_do_not_make_the_same_report(tmp_path):
    archive = Archive(tmp_path)
    with (
        archive.staged("churn", "2017-02"),
        pytest.raises(
            ReportError, match=rf"churn for 2017-02 is being made by process {os.getpid()}"
        ),
        archive.staged("churn", "2017-02"),
    ):
        pass
    with archive.staged("churn", "2017-02") as folder:
        assert list(folder.parent.iterdir()) == [folder]


def test_an_index_of_nothing_says_how_to_begin(tmp_path):
    path = write_index(Archive(tmp_path / "reports"), SHOP)
    assert "analysis render --all" in path.read_text()


def test_a_damaged_manifest_is_named(tmp_path):
    folder = tmp_path / "orders" / "2017-02" / "x"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"report": "orders"}))
    with pytest.raises(ReportError, match=r"orders/2017-02/x/manifest\.json is not"):
        write_index(Archive(tmp_path), SHOP)
