"""No line of a text file gets lost, whatever stands in it."""

import csv
import io
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.errors import SourceError
from analysis.tables import lines
from analysis.tables.quoting import MOST_LINES_IN_A_VALUE, NEVER_CLOSED, Shape, split
from analysis.tables.text import read_rows

SHAPE = Shape(",", 3, {"a": 0, "b": 1, "c": 2})
thorough = settings(max_examples=80, deadline=None)


def read(folder, text, shape=SHAPE, encoding=None):
    """Return rows as (line, values), rows set aside as (line, rule), and how many are joined."""
    path = folder / "file.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    pieces = list(read_rows(path, shape, encoding))
    found = [
        (row["line"], *(row[name].decode() for name in shape.wanted))
        for piece in pieces
        for row in piece.rows.to_pylist()
    ]
    aside = [(line, rule) for piece in pieces for line, _, _, rule in piece.aside]
    return found, aside


@pytest.fixture(params=[7, 64, 2**24])
def block(request, monkeypatch):
    """Read in blocks so small that they end anywhere."""
    monkeypatch.setattr(lines, "BLOCK", request.param)
    return request.param


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    ("text", "found", "aside"),
    [
        ("h\n1,2,3\n", [(2, "1", "2", "3")], []),
        ("h\n1,2,3", [(2, "1", "2", "3")], []),
        ("h\n\n1,2,3\n\n\n4,5,6\n", [(3, "1", "2", "3"), (6, "4", "5", "6")], []),
        ("h\r\n1,2,3\r\n4,5,6\r\n", [(2, "1", "2", "3"), (3, "4", "5", "6")], []),
        ("h\r1,2,3\r4,5,6", [(2, "1", "2", "3"), (3, "4", "5", "6")], []),
        ('h\n1,"a ""b"", c",3\n', [(2, "1", 'a "b", c', "3")], []),
        ('h\n1,"a\nb",3\n4,5,6\n', [(2, "1", "a\nb", "3"), (4, "4", "5", "6")], []),
        ('h\n1,"a\n\n\nb",3\n4,5,6\n', [(2, "1", "a\n\n\nb", "3"), (6, "4", "5", "6")], []),
        ('h\n1,5" pipe,3\n4,5,6\n', [(2, "1", '5" pipe', "3"), (3, "4", "5", "6")], []),
        ("h\n1,2\n1,2,3\n1,2,3,4\n", [(3, "1", "2", "3")], [(2, "2 f"), (4, "4 f")]),
        ('h\n1,"a,3\n4,5,6\n7,8,9\n', [(3, *"456"), (4, *"789")], [(2, NEVER_CLOSED)]),
        ('h\n4,5,6\n1,2,"a', [(2, "4", "5", "6")], [(3, NEVER_CLOSED)]),
        ('h\n1,"a,3\n4,"b",6\n7,"c",9\n', [(3, *"4b6"), (4, *"7c9")], [(2, NEVER_CLOSED)]),
        # an even number of quotes, and open all the same
        ('h\n5" x,"a,3\n4,5,6\n', [(3, "4", "5", "6")], [(2, NEVER_CLOSED)]),
        ("h\n1,\x00,3\n", [(2, "1", "\x00", "3")], []),
        ("h\n", [], []),
        ("h", [], []),
    ],
)  # fmt: skip
def test_by_hand(tmp_path, text, found, aside):
    rows, troubled = read(tmp_path, text)
    assert rows == found
    assert [line for line, _ in troubled] == [line for line, _ in aside]
    assert all(
        rule.startswith(start) for (_, rule), (_, start) in zip(troubled, aside, strict=True)
    )


values = st.text(st.sampled_from('ab ,;"\n5é'), max_size=12)


@pytest.mark.usefixtures("block")
@thorough
@given(table=st.lists(st.tuples(values, values, values, values), min_size=1, max_size=20))
def test_what_a_csv_writer_wrote_is_read_back(tmp_path_factory, table):
    # no line of a value is a row by itself: four columns, and at most one separator in a value
    table = [tuple(re.sub(",.*,", ",", cell, flags=re.DOTALL) for cell in row) for row in table]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    shape = Shape(",", 4, {"a": 0, "b": 1, "c": 2, "d": 3})
    found, aside = read(tmp_path_factory.mktemp("csv"), "header\n" + stream.getvalue(), shape)
    assert [row[1:] for row in found] == table
    assert aside == []


@pytest.mark.usefixtures("block")
@settings(max_examples=120, deadline=None)
@given(text=st.text(st.sampled_from('ab,"\n'), max_size=120))
@example(text='"\n",",\n,,\n"')
@example(text='a,"""\nb,c,"d\n,,\n"",a,b')
def test_every_line_is_a_row_or_set_aside_or_blank(tmp_path_factory, text):
    found, aside = read(tmp_path_factory.mktemp("lines"), "header\n" + text)
    physical = ("header\n" + text).split("\n")
    taken = [line for line, _ in aside]
    for line, *row in found:
        inside = sum(value.count("\n") for value in row)
        taken += range(line, line + inside + 1)
    assert len(taken) == len(set(taken))
    not_taken = set(range(2, len(physical) + 1)) - set(taken)
    assert all(physical[line - 1] == "" for line in not_taken)


@thorough
@given(cells=st.lists(st.text(st.sampled_from('a,"\n'), max_size=6), min_size=1, max_size=6))
def test_splitting_undoes_quoting(cells):
    stream = io.StringIO()
    csv.writer(stream, lineterminator="", quoting=csv.QUOTE_ALL).writerow(cells)
    assert [cell.decode() for cell in split(stream.getvalue().encode(), ",")] == cells


def test_thirty_thousand_rows_survive_one_unclosed_quote(tmp_path):
    rows = [f'{at},"name {at}",{at}.50' for at in range(30_000)]
    rows[3_600] = '3600,"name 3600,1.50'
    found, aside = read(tmp_path, "id,name,amount\n" + "\n".join(rows) + "\n")
    assert len(found) == 29_999
    assert aside == [(3_602, NEVER_CLOSED)]


def test_a_value_of_very_many_lines_is_a_quote_never_closed(tmp_path):
    inner = "\n".join("x" for _ in range(MOST_LINES_IN_A_VALUE + 5))
    found, aside = read(tmp_path, f'h\n1,"{inner}",3\n4,5,6\n')
    assert found == [(107, "4", "5", "6")]
    assert aside[0] == (2, NEVER_CLOSED)
    assert len(aside) == MOST_LINES_IN_A_VALUE + 5


@pytest.mark.parametrize(
    "encoding", ["gb18030", "cp1252", "utf-16", "utf-16-le", "utf-32", "shift-jis"]
)
@pytest.mark.usefixtures("block")
def test_encodings_split_anywhere(tmp_path, encoding):
    word = {"cp1252": "Müller", "shift-jis": "テスト"}.get(encoding, "顾客é")
    text = "h\n" + f"1,{word},3\n" * 20
    found, aside = read(tmp_path, text.encode(encoding), encoding=encoding)
    assert {row[2] for row in found} == {word}
    assert (len(found), aside) == (20, [])


def test_bytes_outside_the_encoding_stay_visible(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"h\n1,\x81,3\n")
    raw = next(read_rows(path, SHAPE, "cp1252")).rows["b"][0].as_py()
    with pytest.raises(UnicodeDecodeError):
        raw.decode()


def test_a_line_without_an_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)
    monkeypatch.setattr(lines, "BLOCK", 100)
    with pytest.raises(SourceError, match="A line must be shorter"):
        read(tmp_path, "h\n" + "x" * 5000)
