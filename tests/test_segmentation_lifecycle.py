"""Lifecycle stages, and migration between groups."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.segmentation import STAGES, lifecycle_stages, migration, movement, net_flow
from analysis.segmentation.migration import LEFT, NOT_YET

TODAY = dt.date(2024, 6, 30)
LEVELS = ["High", "Middle", "Low"]


def frame_of(rows) -> pd.DataFrame:
    """Return a summary from (days since the first order, days since the last one, orders)."""
    today = pd.Timestamp(TODAY)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(len(rows))],
            "first_order": today - pd.to_timedelta([first for first, _, _ in rows], unit="D"),
            "last_order": today - pd.to_timedelta([last for _, last, _ in rows], unit="D"),
            "orders": [orders for _, _, orders in rows],
        }
    )


def levels(**groups) -> pd.DataFrame:
    kind = pd.CategoricalDtype(LEVELS, ordered=True)
    return pd.DataFrame(
        {"customer_id": list(groups), "level": pd.Series(list(groups.values()), dtype=kind)}
    )


def stages_of(rows, **options) -> list[str]:
    return lifecycle_stages(frame_of(rows), TODAY, **options)["stage"].astype(str).tolist()


def test_each_stage_by_hand_at_its_limits():
    cases = {
        (300, 180, 50): "Lost",
        (300, 179, 50): "Dormant",
        (300, 60, 50): "Dormant",
        (300, 59, 50): "Loyal",
        (300, 0, 12): "Loyal",
        (300, 0, 11): "Repeat",
        (91, 0, 2): "Repeat",
        (90, 0, 2): "New",
        (90, 0, 50): "New",
        (0, 0, 1): "New",
    }
    assert stages_of(list(cases)) == list(cases.values())


def test_one_order_is_new_until_it_is_dormant():
    assert stages_of([(100, 100, 1)], dormant_days=120, lost_days=200) == ["New"]


def test_loyalty_counts_the_recent_orders():
    customers = frame_of([(400, 3, 40), (400, 3, 40)]).assign(recent=[12, 11])
    stages = lifecycle_stages(customers, TODAY, recent_orders="recent")
    assert stages["stage"].tolist() == ["Loyal", "Repeat"]
    assert stages["days_since_first_order"].tolist() == [400, 400]
    assert stages["days_since_last_order"].tolist() == [3, 3]


def test_nobody_is_new_where_the_data_begin():
    begin = dt.date(2024, 4, 1)
    assert stages_of([(90, 0, 5), (1, 0, 5)]) == ["New", "New"]
    assert stages_of([(90, 0, 5), (1, 0, 5)], data_begin=begin) == ["Repeat", "Repeat"]
    assert stages_of([(80, 0, 5), (1, 0, 5)], data_begin="2024-01-01") == ["New", "New"]


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(1, 30)).map(
            lambda row: (max(row[:2]), min(row[:2]), row[2])
        ),
        max_size=30,
    )
)
def test_every_customer_has_exactly_one_stage(rows):
    stages = lifecycle_stages(frame_of(rows), TODAY)
    assert len(stages) == len(rows)
    assert stages["stage"].notna().all()
    assert tuple(stages["stage"].cat.categories) == STAGES
    silent = stages["days_since_last_order"]
    assert (stages["stage"].isin(["Dormant", "Lost"]) == (silent >= 60)).all()


def test_limits_in_the_wrong_order():
    with pytest.raises(DataError, match="between 0 and `lost_days`; got 180 and 60"):
        stages_of([(1, 1, 1)], dormant_days=180, lost_days=60)


def test_an_order_after_the_day():
    with pytest.raises(DataError, match=r"2024-06-30; 1 of 2 .*='c1' on 2024-07-05"):
        stages_of([(1, 1, 1), (1, -5, 1)])


BEFORE = levels(a="High", b="High", c="High", d="Middle", e="Low", gone="Low")
AFTER = levels(a="High", b="Middle", c="Low", d="High", e="Low", fresh="Middle")


def test_migration_by_hand():
    moves = migration(BEFORE, AFTER, "level")
    assert len(moves) == 15
    found = moves[moves["customers"] > 0]
    assert list(zip(found["before"], found["after"], found["customers"], strict=True)) == [
        ("High", "High", 1),
        ("High", "Middle", 1),
        ("High", "Low", 1),
        ("Middle", "High", 1),
        ("Low", "Low", 1),
        ("Low", LEFT, 1),
        (NOT_YET, "Middle", 1),
    ]
    assert found["of"].tolist() == [3, 3, 3, 1, 2, 2, 1]
    third = found.iloc[0]
    # Wilson for 1 of 3: centre (1/3 + z2/6)/(1 + z2/3), z2 = 3.841459.
    assert (third["share"], third["low"], third["high"]) == pytest.approx(
        (1 / 3, 0.061492, 0.792340), abs=1e-6
    )


def test_net_flow_by_hand():
    flow = net_flow(migration(BEFORE, AFTER, "level")).set_index("group")
    assert flow.loc["High"].to_dict() == {
        "before": 3, "stayed": 1, "moved_in": 1, "newcomers": 0, "moved_out": 2, "left": 0,
        "after": 2, "net": -1,
    }  # fmt: skip
    assert flow.loc["Low"].to_dict() == {
        "before": 2, "stayed": 1, "moved_in": 1, "newcomers": 0, "moved_out": 0, "left": 1,
        "after": 2, "net": 0,
    }  # fmt: skip


def test_movement_by_hand():
    ways = movement(migration(BEFORE, AFTER, "level")).set_index("direction")
    assert ways["customers"].to_dict() == {"Up": 1, "Same": 2, "Down": 2}
    assert ways["of"].tolist() == [5, 5, 5]
    assert ways["share"].sum() == pytest.approx(1)


def test_without_an_earlier_date_everyone_is_a_newcomer():
    moves = migration(BEFORE.iloc[:0], AFTER, "level")
    assert moves.loc[moves["before"] != NOT_YET, "customers"].sum() == 0
    assert moves.loc[moves["before"] != NOT_YET, "share"].isna().all()
    assert net_flow(moves)["newcomers"].tolist() == [2, 2, 2]
    assert movement(moves)["share"].isna().all()


@settings(max_examples=30)
@given(
    st.dictionaries(st.integers(0, 30), st.sampled_from(LEVELS)),
    st.dictionaries(st.integers(0, 30), st.sampled_from(LEVELS)),
)
def test_migration_counts_everybody_once(before, after):
    one = levels(**{f"c{key}": value for key, value in before.items()})
    two = levels(**{f"c{key}": value for key, value in after.items()})
    moves = migration(one, two, "level")
    assert moves["customers"].sum() == len(before.keys() | after.keys())
    shares = moves.groupby("before", observed=False)["share"].sum(min_count=1).dropna()
    np.testing.assert_allclose(shares, 1)
    inside = moves.dropna(subset=["share"])
    assert ((inside["low"] <= inside["share"]) & (inside["share"] <= inside["high"])).all()
    flow = net_flow(moves)
    sizes = two["level"].value_counts()
    assert flow["after"].tolist() == sizes.reindex(flow["group"]).tolist()
    assert flow["before"].tolist() == one["level"].value_counts().reindex(flow["group"]).tolist()
    assert (
        flow["net"] == flow["moved_in"] + flow["newcomers"] - flow["moved_out"] - flow["left"]
    ).all()
    assert (flow["net"] == flow["after"] - flow["before"]).all()
    assert movement(moves)["customers"].sum() == len(before.keys() & after.keys())


def test_groups_must_be_the_same_and_ordered():
    other = AFTER.assign(level=AFTER["level"].cat.rename_categories({"Low": "Bottom"}))
    with pytest.raises(DataError, match=r"same groups before and after; .*'Low'.*'Bottom'"):
        migration(BEFORE, other, "level")
    with pytest.raises(DataError, match=r"`level` must be categorical.*Convert it with"):
        migration(BEFORE.astype({"level": "str"}), AFTER, "level")
