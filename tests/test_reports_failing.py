"""Reports that fail again and again, as they are told of."""

import archive_builder

from analysis.periods import Period
from analysis.reports import failing
from analysis.reports.archive import Archive
from analysis.reports.catalogue import Report
from analysis.reports.manifest import Manifest
from analysis.reports.parameters import ReportParameters


def test_the_reason_of_a_report_left_alone_ends_once(tmp_path, monkeypatch):
    archive = Archive(tmp_path)
    folder = archive_builder.put(archive, "churn", "2017-11", fault="No SVG: it is empty.")
    tired = Manifest.read(folder).model_copy(update={"failures": 3, "cause": "the same"})
    tired.write(folder)
    monkeypatch.setattr(failing, "cause_of", lambda *_: "the same")
    report = Report("churn", "Churn", folder, ReportParameters, cells=1)
    why, at = failing.given_up(archive, report, Period.parse("2017-11"), tired.input)
    assert why.startswith("No SVG: it is empty. It failed 3 times with the same data")
    assert at == folder
