"""However many customers are in memory at once: the same cut-offs, counts, lists and sentences."""

import datetime as dt
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from answers import watched
from pandas.testing import assert_frame_equal

from analysis import exports, retention, segmentation, tables
from analysis.customer_table import CustomerTable
from analysis.errors import DataError
from analysis.periods import Period
from analysis.retention import sentences as sentences_retention
from analysis.segmentation import (
    sentences,
    sentences_change,
    sentences_profile,
    sentences_value,
)
from analysis.settings import Settings

AT_ONCE = 400
DECEMBER = Period.parse("2017-12")
TOY = pd.DataFrame(
    [
        ("ann", "2024-01-10", 40.0),
        ("ann", "2024-03-05", 20.25),
        ("bob", "2023-06-01", 100.0),
        ("cid", "2024-02-20", -5.0),
        ("cid", "2024-03-28", 30.25),
        ("dan", "2024-03-30", 5.0),
        ("eve", "2024-03-01", -9.0),
    ],
    columns=["customer_id", "order_date", "amount"],
).assign(order_date=lambda frame: pd.to_datetime(frame["order_date"]))
MARCH_31 = dt.date(2024, 3, 31)


@pytest.fixture(scope="module")
def in_parts(sample, tmp_path_factory):
    """Return the sample as if 400 customers were all that the memory holds."""
    return replace(watched(sample, AT_ONCE), scratch=tmp_path_factory.mktemp("scratch"))


@pytest.fixture(scope="module")
def whole(sample, sample_settings):
    return segmentation.take_snapshots(sample, DECEMBER, sample_settings)


@pytest.fixture(scope="module")
def parted(in_parts, sample_settings):
    return segmentation.take_snapshots(in_parts, DECEMBER, sample_settings)


def test_cutoffs_by_hand():
    """March by four customers, eve having only returned: last orders 1, 3, 26 and 304 days ago.

    Three spent something: 5.00, 20.25 and 30.25; and none, one, one and one ordered.
    """
    cutoffs = segmentation.rfm_quantiles(TOY, MARCH_31, 31, bins=4)
    expected = [
        ("days_since_last_order", 4, 1, 1, 1),
        ("days_since_last_order", 3, 3, 3, 1),
        ("days_since_last_order", 2, 26, 26, 1),
        ("days_since_last_order", 1, 304, 304, 1),
        ("orders", 2, 1, 1, 3),
        ("orders", 1, 0, 0, 1),
        ("spend", 4, 30.25, 30.25, 1),
        ("spend", 3, 20.25, 20.25, 1),
        ("spend", 2, 5.0, 5.0, 1),
        ("spend", 1, 0.0, 0.0, 1),
    ]
    assert list(cutoffs.itertuples(index=False, name=None)) == expected


def test_a_return_before_the_window_is_not_spend_of_the_window():
    """Of cid, who sent something back on 20 February and first ordered on 28 March."""
    recent = segmentation.recent_activity(TOY, MARCH_31, 31).set_index("customer_id")
    assert recent.loc["cid", ["spend", "spend_to_date"]].tolist() == [30.25, 25.25]
    assert recent.index.tolist() == ["ann", "bob", "cid", "dan"]


@pytest.mark.parametrize("bins", [2, 5, 9])
def test_the_engine_finds_the_cutoffs_that_scores_of_all_customers_have(sample, bins):
    recent = segmentation.recent_activity(sample, DECEMBER.end, 90)
    scores = segmentation.score_rfm(recent, monetary="spend", bins=bins)
    cutoffs = segmentation.rfm_quantiles(sample, DECEMBER.end, 90, bins=bins)
    assert_frame_equal(cutoffs, segmentation.rfm_cutoffs(scores))
    some = recent.iloc[::7]
    parted = segmentation.score_rfm(some, monetary="spend", bins=bins, cutoffs=cutoffs)
    assert_frame_equal(parted, scores.iloc[::7])


def test_a_part_is_scored_as_in_the_whole(whole, parted):
    for one, other in zip(whole, parted, strict=True):
        assert len(list(one.customers.frames())) == 1
        sizes = [len(rows) for rows in other.customers.frames()]
        assert len(sizes) == 7
        assert max(sizes) <= AT_ONCE
        assert_frame_equal(other.customers.to_frame(), one.customers.to_frame())


def test_tables_add_up_over_the_parts(whole, parted, sample, in_parts):
    (now, before), (now_too, before_too) = whole, parted
    for column in ("stage", "tier", "segment"):
        pairs = [
            (segmentation.sizes_over_time, (now, before, column), (now_too, before_too, column)),
            (
                segmentation.migration,
                (before.customers, now.customers, column),
                (before_too.customers, now_too.customers, column),
            ),
        ]
        for function, one, other in pairs:
            assert_frame_equal(function(*other), function(*one), rtol=1e-12)
    for function in (
        segmentation.rfm_grid,
        segmentation.rfm_cutoffs,
        segmentation.tier_cutoffs,
        segmentation.action_list,
    ):
        assert_frame_equal(function(now_too.customers), function(now.customers), rtol=1e-12)
    spread, again = (segmentation.concentration_of(one) for one in (now, now_too))
    assert again.gini == spread.gini
    assert_frame_equal(again.top, spread.top)
    assert_frame_equal(again.lorenz, spread.lorenz)
    attributes, parts = (segmentation.read_attributes(one) for one in (sample, in_parts))
    assert len(list(parts.frames())) == 7
    assert_frame_equal(
        segmentation.profile(now_too.customers, parts),
        segmentation.profile(now.customers, attributes),
    )


def test_lists_hold_the_same_customers_in_the_same_order(whole, parted, tmp_path):
    lists = [
        (
            segmentation.falling_behind(now, before).to_frame(),
            segmentation.key_accounts(now.customers, value="spend"),
        )
        for now, before in (whole, parted)
    ]
    for one, other in zip(*lists, strict=True):
        assert len(one)
        assert_frame_equal(other, one)
    for name, one in (("one", whole[0]), ("other", parted[0])):
        exports.save(one.customers, name, tmp_path, without={"1"})
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def told(source, settings, snapshots):
    """Return all that the notebook of segmentation says."""
    now, before = snapshots
    history = segmentation.take_history(source, DECEMBER, now, settings)
    stages = segmentation.sizes_over_time(now, before, "stage")
    spread, earlier = (segmentation.concentration_of(one) for one in (now, before))
    tiers = [segmentation.tier_cutoffs(one.customers) for one in (now, before)]
    moves = {
        name: segmentation.migration(before.customers, now.customers, name)
        for name in ("tier", "stage", "segment")
    }
    attributes = segmentation.read_attributes(source)
    coverage = segmentation.coverage(now.customers, attributes)
    return [
        sentences.active(now, before, history, DECEMBER),
        sentences.stages(stages, now, before, history, DECEMBER),
        sentences.segments(segmentation.sizes_over_time(now, before, "segment"), now),
        sentences.grid(segmentation.rfm_grid(now.customers), now),
        sentences_value.concentrated(spread, earlier, now, before, history, DECEMBER),
        sentences_value.gini(spread, now),
        sentences_value.tiers(*tiers, now, before),
        sentences_change.stage_moves(moves["stage"], before, history, DECEMBER),
        sentences_change.tier_moves(moves["tier"], before),
        sentences_change.stability(moves["segment"], moves["tier"], before),
        sentences_profile.known(coverage, now.currency),
        sentences_change.win_back(now),
        sentences_change.behind(segmentation.falling_behind(now, before), before, 0.25),
    ]


def test_the_report_says_the_same(whole, parted, sample, in_parts, sample_settings):
    assert told(in_parts, sample_settings, parted) == told(sample, sample_settings, whole)


def test_who_stayed_away_is_the_same_list_and_sentence(sample, in_parts, tmp_path):
    aways = [retention.customers_who_stayed_away(one, DECEMBER) for one in (sample, in_parts)]
    assert [len(list(away.frames())) for away in aways] == [1, 7]
    rows = [away.to_frame() for away in aways]
    assert rows[0]["spend"].is_monotonic_decreasing
    assert_frame_equal(rows[1], rows[0])
    activity = retention.activity_by_period(sample, DECEMBER.end)
    findings = [
        sentences_retention.flows_finding(activity, away, DECEMBER, "USD", 0.25) for away in aways
    ]
    assert findings[0] == findings[1]
    for name, away in zip(("one", "other"), aways, strict=True):
        exports.save(away, name, tmp_path, without=frozenset())
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_groups_among_many_customers_are_sought_in_a_sample(whole, parted, monkeypatch):
    drawn, again = (
        one.customers.query(sentences._DRAWN, seed=1, rows=500) for one in (whole[0], parted[0])
    )
    assert_frame_equal(drawn, again)
    assert drawn["customer_id"].is_monotonic_increasing
    everybody = whole[0].customers.to_frame()
    assert abs(drawn["spend"].mean() / everybody["spend"].mean() - 1) < 0.15
    monkeypatch.setattr(sentences, "GROUPED_CUSTOMERS", 80)
    quick = partial(segmentation.find_clusters, draws=2)
    monkeypatch.setattr(sentences, "find_clusters", quick)
    finding = sentences.natural_groups(parted[0], seed=1)
    assert finding.headline.endswith("Sought among 80 of the 2,469 customers, drawn at random.")


def test_a_table_without_the_column_is_refused(whole):
    with pytest.raises(DataError, match="needs the columns customer_id, total; total not found"):
        segmentation.key_accounts(whole[0].customers)
    texts = CustomerTable.of(whole[0].customers.to_frame().astype({"tier": "str"}))
    with pytest.raises(DataError, match="`tier` must be categorical"):
        segmentation.group_sizes(texts, "tier")


def test_cutoffs_of_too_many_scores_are_refused():
    with pytest.raises(DataError, match="`bins` must be a whole number from 2 to 9; got 12"):
        segmentation.rfm_quantiles(TOY, MARCH_31, 31, bins=12)


def test_returns_alone_are_refused_in_parts_too():
    source = tables.from_frame(TOY.assign(amount=-1.0))
    settings = Settings(transactions={"sample": "complete-journey"})
    with pytest.raises(DataError, match="No order on or before 2024-03-31"):
        segmentation.take_snapshot(replace(source, customers_at_once=2), MARCH_31, settings)


def test_a_part_without_customers_yet_is_empty(tmp_path):
    """In January ann alone is there; of two customers at a time, the second part has nobody."""
    source = replace(tables.from_frame(TOY), customers_at_once=2, scratch=tmp_path)
    settings = Settings(transactions={"sample": "complete-journey"})
    january = segmentation.take_snapshot(source, dt.date(2024, 1, 31), settings)
    assert [len(rows) for rows in january.customers.frames()] == [2, 0, 0]
    sizes = segmentation.group_sizes(january.customers, "tier")
    assert sizes["customers"].sum() == 2
    assert np.isfinite(sizes["spend"]).all()
