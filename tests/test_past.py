"""The values that earlier reports told, as the trend of a finding."""

import json

import pytest

from analysis import past
from analysis.errors import ReportError
from analysis.findings import Finding
from analysis.periods import Period

NOW = Finding(id="clv.value", headline="h", value=5.0)


def run(folder, period, *findings):
    """Write what a run leaves behind."""
    (folder / "manifest.json").write_text(json.dumps({"period": period}), "utf-8")
    rows = [finding.to_dict() for finding in findings]
    (folder / "findings.json").write_text(json.dumps(rows), "utf-8")
    return folder


def told(folder, period):
    return past.carried_on(NOW, folder, Period.parse(period)).trend


def test_the_values_of_earlier_reports_come_before_its_own(tmp_path):
    first = run(tmp_path, "2017-11", Finding(id="clv.value", headline="h", value=3.0))
    assert told(first, "2017-12") == (3.0, 5.0)
    second = run(
        tmp_path, "2017-11", Finding(id="clv.value", headline="h", trend=(1.0, 3.0), value=3.0)
    )
    assert told(second, "2017-12") == (1.0, 3.0, 5.0)


def test_a_period_without_a_report_is_a_gap(tmp_path):
    folder = run(tmp_path, "2017-09", Finding(id="clv.value", headline="h", value=3.0))
    assert told(folder, "2017-12") == (3.0, None, None, 5.0)


def test_a_trend_is_a_year_and_no_longer(tmp_path):
    long = Finding(id="clv.value", headline="h", value=3.0, trend=(2.0,) * 13)
    assert told(run(tmp_path, "2017-11", long), "2017-12") == (2.0,) * 12 + (5.0,)
    assert told(run(tmp_path, "1990-01", long), "2017-12") == (5.0,) * 0 + (None,) * 12 + (5.0,)


def test_nothing_is_carried_on_from_nowhere_nor_from_another_kind_of_period(tmp_path):
    before = Finding(id="clv.value", headline="h", value=3.0)
    assert past.carried_on(NOW, "", Period.parse("2017-12")) is NOW
    assert told(run(tmp_path, "2017-Q3", before), "2017-12") == ()
    assert told(run(tmp_path, "2017-12", before), "2017-12") == ()
    assert (
        told(run(tmp_path, "2017-11", Finding(id="other", headline="h", value=1.0)), "2017-12")
        == ()
    )
    refused = Finding(id="clv.value", headline="h", refused=True)
    assert told(run(tmp_path, "2017-11", refused), "2017-12") == ()
    assert past.carried_on(refused, tmp_path, Period.parse("2017-12")) is refused


@pytest.mark.parametrize("text", ["{", "[]", '{"period": "soon"}', "{}"])
def test_a_folder_that_is_no_run_is_named(tmp_path, text):
    folder = run(tmp_path, "2017-11", NOW)
    (folder / "manifest.json").write_text(text, "utf-8")
    with pytest.raises(ReportError, match="must hold the run of an earlier report"):
        told(folder, "2017-12")
