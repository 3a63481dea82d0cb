"""Who refused is left alone, and who changed their mind is not."""

import csv
from dataclasses import replace

import pandas as pd
import pytest
from archives import REFUSED, REPORTS, export_customers

from analysis import consent, exports, tables
from analysis.customer_table import CustomerTable
from analysis.findings import Finding
from analysis.reports import found
from analysis.reports.html.blocks import Block, Content, Export
from analysis.simulation.business import simulate_business
from analysis.simulation.truth import Truth

DECISIONS = [
    ("granted", "2024-01-01", True, None),
    ("refused", "2024-01-01", False, None),
    ("withdrew", "2024-01-01", True, None),
    ("withdrew", "2024-02-01", False, None),
    ("came back", "2024-01-01", False, None),
    ("came back", "2024-02-01", True, None),
    ("both on a day", "2024-02-01", True, None),
    ("both on a day", "2024-02-01", False, None),
    ("by phone only", "2024-01-01", False, "mail"),
    ("by phone only", "2024-01-01", True, "phone"),
    ("no channel left", "2024-01-01", False, "mail"),
    ("no channel left", "2024-01-02", False, "phone"),
    ("all ended it", "2024-01-01", True, "mail"),
    ("all ended it", "2024-02-01", False, None),
    ("mail again", "2024-01-01", False, None),
    ("mail again", "2024-02-01", True, "mail"),
    ("all but mail", "2024-01-01", True, None),
    ("all but mail", "2024-02-01", False, "mail"),
]
ORDERS = pd.DataFrame({"customer_id": ["a"], "order_date": ["2024-01-01"], "amount": [1]})


def source_of(decisions):
    names = ["customer_id", "decided", "is_granted", "channel"]
    return tables.from_frame(ORDERS, others={"consent": pd.DataFrame(decisions, columns=names)})


def refused(source, day):
    return set(consent.withheld(source, day).to_frame()["customer_id"])


def test_decisions_by_hand():
    source = source_of(DECISIONS)
    assert refused(source, "2024-03-01") == {
        *("refused", "withdrew", "both on a day", "no channel left", "all ended it"),
    }
    # in January nobody had withdrawn yet, and those who came back had not
    assert refused(source, "2024-01-31") == {
        *("refused", "came back", "no channel left", "mail again"),
    }


def test_without_the_table_nobody_is_withheld():
    assert refused(tables.from_frame(ORDERS), "2024-03-01") == set()


def test_the_simulated_share_is_found_again_and_a_list_in_parts_leaves_out_the_same(tmp_path):
    truth = Truth(lift=0.0, yearly_withdrawal=0.0)
    made = simulate_business(3_000, seed=1, truth=truth).tables
    source = tables.from_frame(made["transactions"], others={"consent": made["consent"]})
    whole = consent.withheld(source, truth.end)
    assert len(whole) / 3_000 == pytest.approx(1 - truth.consent_share, abs=0.03)
    few = replace(source, customers_at_once=700, scratch=tmp_path)
    parts = consent.withheld(few, truth.end)
    assert len(list(parts.frames())) == 5
    everybody = CustomerTable.of(made["customers"])
    lists = [
        exports.save(table.ranked("region"), "everybody", tmp_path / name, without=refused)
        for name, table, refused in (
            ("whole", everybody, whole),
            (
                "parts",
                CustomerTable.written([made["customers"][::2], made["customers"][1::2]]),
                parts,
            ),
        )
    ]
    assert lists[0].left_out == lists[1].left_out == len(whole)
    assert lists[1].rows == 3_000 - len(whole)
    files = [(tmp_path / name / "everybody.csv").read_bytes() for name in ("whole", "parts")]
    assert files[0] == files[1]


def test_no_report_lists_who_withdrew_be_it_after_its_period(export_archive):
    named = {}
    for path in sorted(export_archive.folder.glob("*/*/current/tables/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        if rows and "customer_id" in rows[0]:
            named[path.stem] = {row["customer_id"] for row in rows}
    assert named.keys() >= {"customer_segments", "customer_value", "win_back"}
    assert not set(REFUSED) & set().union(*named.values())
    left = len(export_customers()) - len(REFUSED)
    assert len(named["customer_segments"]) == len(named["customer_value"]) == left
    said = "because they refused or withdrew consent: 12 customers."
    telling = {report for report in REPORTS if said in export_archive.html(report)}
    assert telling == {"segmentation", "clv"}


def test_a_finding_promises_no_more_people_than_may_be_contacted():
    listed = Finding(id="a", headline="A.", people=30, list_name="calls")
    first = Finding(id="b", headline="B.", people=5, list_name="calls")
    other = Finding(id="c", headline="C.", people=30)
    content = Content()
    content.sections[0].blocks += [Block("finding", one) for one in (listed, first, other)]
    calls = Export("calls", "tables/calls.csv", rows=18, title="Calls", left_out=12)
    content.sections[0].blocks.append(Block("exports", [calls]))
    assert [one.people for one in found.handed_on(content)] == [18, 5, 30]
