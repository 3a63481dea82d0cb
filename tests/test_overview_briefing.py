"""What other reports bring to the summary: actions ranked, forecasts checked."""

import dataclasses
import json

import pandas as pd
import pytest

from analysis import overview
from analysis.errors import DataError
from analysis.findings import Finding
from analysis.forecasts import Forecast, score, write
from analysis.overview import layout, sentences_actions, sentences_forecasts
from analysis.periods import Period

JANUARY = Period.parse("2024-01")


def keep(folder, report, *findings):
    text = json.dumps([finding.to_dict() for finding in findings])
    (folder / f"{report}.json").write_text(text, "utf-8")


def action(id, stake=None, basis="", **more):
    return Finding(id=id, headline=id, action=f"Do {id}.", at_stake=stake, basis=basis, **more)


def test_actions_are_ranked_within_one_kind_of_money(tmp_path):
    """9 of sales is no more than 5 of margin; what most are told in leads, cautions come last."""
    keep(tmp_path, "churn", action("a", 5.0, "margin"), action("b"), action("sales", 9.0, "sales"))
    keep(tmp_path, "clv", action("c", 7.0, "margin"), Finding(id="d", headline="D"))
    keep(tmp_path, "data_quality", action("e", 99.0, "margin"), action("f"))
    ranked = overview.rank_actions(overview.collect_findings(tmp_path))
    assert ranked["action"].tolist() == [
        "Do c.", "Do a.", "Do sales.", "Do b.", "Do e.", "Do f.",
    ]  # fmt: skip
    assert ranked["report"].tolist() == [
        "clv", "churn", "churn", "churn", "data_quality", "data_quality",
    ]  # fmt: skip


def test_cautions_lead_only_where_there_is_nothing_else(tmp_path):
    keep(tmp_path, "data_quality", action("e"))
    ranked = overview.rank_actions(overview.collect_findings(tmp_path))
    assert ranked["action"].tolist() == ["Do e."]


def test_a_leading_action_says_who_how_many_and_where(tmp_path):
    found = action(
        "a", 500.0, "margin of a year", at_stake_low=400.0, at_stake_high=600.0, people=45,
        list_name="early_warnings",
    )  # fmt: skip
    keep(tmp_path, "churn", found)
    actions = overview.rank_actions(overview.collect_findings(tmp_path))
    leading = sentences_actions.leading_action(actions, 1)
    assert leading == dataclasses.replace(
        found, id="summary.action_1", headline="Churn: a", list_name="churn/early_warnings"
    )
    assert sentences_actions.leading_action(actions, 2) is None
    table = sentences_actions.actions_table(actions, "USD").iloc[0]
    assert table["at_stake"] == "$500 ($400 to $600)"
    assert table["people"] == "45"


def test_the_number_of_actions_is_said_with_what_can_be_compared(tmp_path):
    keep(tmp_path, "churn", action("a", 5.0, "margin"), action("b"))
    keep(tmp_path, "clv", action("d", 9.0, "margin"))
    actions = overview.rank_actions(overview.collect_findings(tmp_path))

    def said(rows):
        return sentences_actions.actions_finding(rows, JANUARY, "USD").headline

    assert said(actions) == (
        "The other reports propose 3 actions for January 2024; of the 2 that can be compared by"
        " money (margin), that of Customer value has most at stake: $9.00."
    )
    assert said(actions.head(1)).endswith(
        "1 action for January 2024; first, of Customer value, one with $9.00 at stake (margin)."
    )
    assert said(actions.tail(1)) == "The other reports propose 1 action for January 2024."


def test_few_people_are_not_counted_out_to_managers(tmp_path):
    keep(tmp_path, "churn", action("a", 5.0, "margin", people=3))
    actions = overview.rank_actions(overview.collect_findings(tmp_path))
    assert sentences_actions.actions_table(actions, "USD")["people"].tolist() == ["under 5"]


@pytest.mark.parametrize("folder", ["", "not there"])
def test_without_other_reports_there_are_no_actions(folder):
    findings = overview.collect_findings(folder)
    assert findings.empty
    actions = overview.rank_actions(findings)
    assert (
        "render them first" in sentences_actions.actions_finding(actions, JANUARY, "USD").headline
    )
    assert sentences_actions.main_points(findings).empty
    assert overview.collect_forecasts(folder) == []


def test_findings_of_before_the_new_fields_are_read(tmp_path):
    old = [{"id": "a", "headline": "A", "action": "Do a.", "at_stake": 5.0, "main": True}]
    (tmp_path / "churn.json").write_text(json.dumps(old), "utf-8")
    actions = overview.rank_actions(overview.collect_findings(tmp_path))
    leading = sentences_actions.leading_action(actions, 1)
    assert (leading.people, leading.basis, leading.list_name) == (None, "", "")


def test_the_first_points_of_a_report_are_those_behind_its_key_figures(tmp_path):
    points = [
        {"id": name, "headline": name, "main": name != "aside", "kpi": name in {"rate", "aside"}}
        for name in ("rule", "aside", "second", "rate", "third")
    ]
    (tmp_path / "churn.json").write_text(json.dumps(points), "utf-8")
    told = sentences_actions.main_points(overview.collect_findings(tmp_path))
    assert told["finding"].tolist() == ["rate", "rule", "second"]


def test_a_file_that_holds_no_findings_is_refused(tmp_path):
    (tmp_path / "churn.json").write_text('{"a": 1}', "utf-8")
    with pytest.raises(DataError, match=r"churn\.json must hold a list of findings"):
        overview.collect_findings(tmp_path)


def forecast(id, period, value, unit):
    return Forecast(
        id=id, made_for=period, label=f"Of {id}", value=value, low=value - 10, high=value + 10,
        level=0.9, unit=unit,
    )  # fmt: skip


@pytest.fixture
def kept(tmp_path):
    (tmp_path / "forecasts").mkdir()
    held = score(forecast("a", "2024-01", 1000.0, "order days"), 1005.0)
    missed = score(forecast("b", "2024-01", 100.0, "USD"), 80.0)
    older = score(forecast("a", "2023-12", 90.0, "order days"), 95.0)
    ahead = forecast("a", "2024-02", 1100.0, "order days")
    write(tmp_path / "forecasts" / "clv.json", [older, held, missed, ahead])
    return overview.collect_forecasts(tmp_path)


def test_forecasts_of_the_period_are_held_against_what_came(kept):
    finding = sentences_forecasts.held_finding(kept, JANUARY)
    assert finding.headline == (
        "1 of 2 forecasts of January 2024 held: what came lies inside the interval. Missed: Of b,"
        " where $90.00 to $110 was expected and $80.00 came."
    )
    assert finding.main
    table = sentences_forecasts.held_table(kept, JANUARY)
    assert table["value"].tolist() == ["1,000 order days", "$100"]
    assert table["actual"].tolist() == ["1,005 order days", "$80.00"]
    assert table["error"].tolist() == ["-0.5%", "+25.0%"]
    assert table["held"].tolist() == ["yes", "no"]


def test_what_is_expected_next_is_shown(kept):
    table = sentences_forecasts.next_table(kept, JANUARY)
    assert table["interval"].tolist() == ["1,090 to 1,110 (90%)"]


def test_without_kept_forecasts_nothing_is_checked():
    assert sentences_forecasts.held_finding([], JANUARY).refused
    assert layout.held_table([], JANUARY) is None
    assert layout.next_table([], JANUARY) is None


def test_money_columns_are_numbers_where_no_report_has_a_sum(tmp_path):

    keep(tmp_path, "churn", action("a"))
    found = overview.collect_findings(tmp_path)
    assert all(pd.api.types.is_numeric_dtype(found[name]) for name in ("at_stake", "people"))
