"""Exports: nothing in a CSV can start a program, and nothing is lost."""

from __future__ import annotations

import csv
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import exports
from analysis.errors import DataError

EVIL = "=cmd|'/c calc'!A1"


def read_cells(path, separator=","):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream, delimiter=separator))


def test_cells_of_the_owasp_list_are_made_harmless():
    # OWASP, "CSV Injection": = + - @ TAB CR, and the full-width forms of the first four.
    for start in "=+-@\t\r＝＋－＠":
        assert exports.harmless(f"{start}1+1") == f"'{start}1+1"


def test_ordinary_text_is_left_alone():
    for text in [
        "",
        "b17",
        "3-4",
        "a+b",
        "me@example.com",
        "x = y",
        "'quoted'",
        "<script>",
        "ok, -1",
    ]:
        assert exports.harmless(text) == text


def test_a_formula_hidden_behind_spaces_or_another_separator_is_found():
    assert exports.harmless(f"  {EVIL}") == f"'  {EVIL}"
    assert exports.harmless(f"a;{EVIL}") == f"a;'{EVIL}"
    assert exports.harmless("a\n+1") == "a\n'+1"
    assert exports.harmless("\n=1") == "\n'=1"
    assert exports.harmless("a;\t=1") == "a;'\t'=1"


def test_a_saved_list(tmp_path):
    frame = pd.DataFrame(
        {
            "customer_id": [EVIL, "007", "Zoë\nand; =co"],
            "segment": pd.Categorical(["@risk", "lost", None]),
            "value": [-4.5, np.nan, 2.0],
            "lines": [1, -2, 3],
            "last_order": pd.to_datetime(["2017-11-05", "2017-11-06", None]),
            "-header": [Decimal("-1.50"), None, True],
        }
    )
    export = exports.save(
        frame, "risk_list", tmp_path / "tables", title="Customers at risk", without=()
    )
    path = tmp_path / "tables" / "risk_list.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read_cells(path) == [
        ["customer_id", "segment", "value", "lines", "last_order", "'-header"],
        [f"'{EVIL}", "'@risk", "-4.5", "1", "2017-11-05", "-1.50"],
        ["007", "lost", "", "-2", "2017-11-06", ""],
        ["Zoë\nand;' =co", "", "2.0", "3", "", "True"],
    ]
    assert export._repr_mimebundle_()[exports.MIME] == {
        "name": "risk_list",
        "file": "tables/risk_list.csv",
        "rows": 3,
        "title": "Customers at risk",
        "left_out": 0,
    }
    assert [entry.name for entry in path.parent.iterdir()] == ["risk_list.csv"]


def test_the_frame_given_is_not_changed(tmp_path):
    frame = pd.DataFrame({"=a": [EVIL]})
    exports.save(frame, "a", tmp_path)
    assert frame.equals(pd.DataFrame({"=a": [EVIL]}))


def test_a_named_index_becomes_a_column_and_an_unnamed_one_is_left_out(tmp_path):
    frame = pd.DataFrame({"n": [1]}, index=pd.Index([EVIL], name="customer_id"))
    exports.save(frame, "named", tmp_path, without=())
    assert read_cells(tmp_path / "named.csv") == [["customer_id", "n"], [f"'{EVIL}", "1"]]
    exports.save(frame.rename_axis(None), "unnamed", tmp_path)
    assert read_cells(tmp_path / "unnamed.csv") == [["n"], ["1"]]


def test_who_refused_is_left_out_and_counted(tmp_path):
    frame = pd.DataFrame({"customer_id": ["a", "b", "b", EVIL], "n": [1, 2, 3, 4]})
    export = exports.save(frame, "calls", tmp_path, without={"b", EVIL, "elsewhere"})
    assert (export.rows, export.left_out) == (1, 2)
    assert str(export).endswith("2 left out, who refused contact.")
    assert read_cells(tmp_path / "calls.csv") == [["customer_id", "n"], ["a", "1"]]
    by_name = exports.save(frame.set_index("customer_id"), "named", tmp_path, without=["a"])
    assert (by_name.rows, by_name.left_out) == (3, 1)


def test_a_list_of_customers_must_say_who_is_left_out(tmp_path):
    frame = pd.DataFrame({"customer_id": ["a"]})
    with pytest.raises(DataError, match=r"calls does not say who that is. Pass without=consent"):
        exports.save(frame, "calls", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_table_without_rows_still_has_its_header(tmp_path):
    exports.save(pd.DataFrame({"a": [], "b": []}), "empty", tmp_path)
    assert read_cells(tmp_path / "empty.csv") == [["a", "b"]]


def test_without_a_folder_nothing_is_written_and_it_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    export = exports.save(pd.DataFrame({"a": [1, 2]}), "watch_list", "")
    assert (export.file, export.rows, export.title) == ("", 2, "Watch list")
    assert "not written" in str(export)
    assert not list(tmp_path.iterdir())


def test_the_bundle_escapes_its_text():
    bundle = exports.Export("a", "<script>", "", 0)._repr_mimebundle_()
    assert "<script>" not in bundle["text/html"]


@given(st.text(st.sampled_from("=+-@;|, \t\r\n'a\u00a0") | st.characters(), max_size=12))
def test_no_cell_begins_a_formula_under_any_usual_separator(text):
    safe = exports.harmless(text)
    assert all(not re.match(r"[ ]*[=+\-@]", part) for part in re.split(r"[;|\t\r\n]", safe))


@given(st.text(st.sampled_from("=+-@;|, \t\r\n'a\u00a0\uff1d") | st.characters(), max_size=12))
def test_a_list_that_is_read_back_names_the_same_customers(text):
    assert exports.original(exports.harmless(text)) == text


def test_apostrophes_of_the_name_itself_are_told_from_those_put_in():
    assert exports.harmless("'+49 170") == "''+49 170"
    assert exports.original("'+49 170") == "+49 170"
    assert exports.original("'t Hart") == "'t Hart"


@given(
    st.lists(
        st.text(
            st.sampled_from("=+-@;|, \t\r\n'a1\u00a0\uff1d") | st.characters(codec="utf-8"),
            max_size=12,
        )
        | st.none()
    )
)
def test_a_column_is_made_harmless_as_each_of_its_texts_is(texts):
    column = pd.Series(texts, dtype="str")
    found = exports._harmless_column(column)
    expected = [None if text is None else exports.harmless(text) for text in texts]
    assert found.astype(object).where(found.notna(), None).tolist() == expected


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=1, max_size=4))
def test_text_survives_but_for_apostrophes_that_were_put_in(tmp_path_factory, texts):
    folder = tmp_path_factory.getbasetemp() / "texts"
    exports.save(pd.DataFrame({"text": texts}), "texts", folder)
    cells = [row[0] for row in read_cells(folder / "texts.csv")[1:]]
    assert [cell.replace("'", "") for cell in cells] == [text.replace("'", "") for text in texts]


@pytest.mark.parametrize("name", ["", "Risk", "../risk", "a.csv", "a b", "1a", "a/b"])
def test_a_name_that_is_not_a_plain_file_name_is_refused(name, tmp_path):
    with pytest.raises(DataError, match="lower-case letters, digits and underscores"):
        exports.save(pd.DataFrame({"a": [1]}), name, tmp_path)
    assert not list(tmp_path.iterdir())
