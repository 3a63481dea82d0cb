"""Whatever stands in a file: a checked table or a clear refusal, and no row lost."""

import io
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from table_files import PLAIN, open_files, workbook

from analysis.errors import AnalysisError, SourceError
from analysis.tables import excel, from_frame
from analysis.tables.kinds import narrowed

HEADER = b"customer_id,order_date,amount,category\n"
fuzz = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # fmt: skip
STARTS = (
    *(b"", b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"),
    *(b"\xff\xfe", b"\xef\xbb\xbf"),
)
ALL = "max_set_aside = 1.0\n"


def survives(folder, files, toml=PLAIN + ALL):
    """Open, or be refused in words of ours; then every row is kept or set aside."""
    try:
        source = open_files(folder, files, toml)
    except AnalysisError:
        return None
    quality = source.quality
    assert quality.rows_in == quality.rows_kept + quality.rows_set_aside
    assert len(quality.rejects) == quality.rows_set_aside
    assert quality.by_rule["rows"].sum() == quality.rows_set_aside
    kept = source.engine.run("SELECT count(*) AS n FROM transactions")["n"][0].as_py()
    assert kept == quality.rows_kept
    return source


@fuzz
@given(body=st.binary(max_size=300))
@example(body=b"\x00" * 50)
@example(body=b'"' * 51)
@example(body=b"\xff\xfe" + b"a,2024-01-01,1,x\n")
def test_random_bytes_below_a_header(tmp_path_factory, body):
    survives(tmp_path_factory.mktemp("bytes"), {"orders.csv": HEADER + body})


@fuzz
@given(body=st.binary(max_size=300), start=st.sampled_from(STARTS))
def test_random_bytes_that_begin_like_something(tmp_path_factory, body, start):
    survives(tmp_path_factory.mktemp("start"), {"orders.csv": start + body})


cells = st.text(
    st.sampled_from("aé,;\"'\n\r\t\x00\u200f\u202e0123456789.-/ $"), max_size=12
) | st.sampled_from(["2024-01-01", "0001-01-01", "9999-12-31", "12.50", "NaN", "inf", "-1e9"])


@fuzz
@given(table=st.lists(st.tuples(cells, cells, cells, cells), min_size=1, max_size=30))
def test_random_cells(tmp_path_factory, table):
    body = "".join(",".join(row) + "\n" for row in table)
    survives(tmp_path_factory.mktemp("cells"), {"orders.csv": HEADER + body.encode()})


@fuzz
@given(cut=st.floats(0, 1), flip=st.integers(0, 255), at=st.floats(0, 1, exclude_max=True))
def test_broken_parquet(tmp_path_factory, cut, flip, at):
    frame = pd.DataFrame(
        {"customer_id": ["a", "b"] * 50, "order_date": "2024-01-01", "amount": range(100)}
    )
    stream = io.BytesIO()
    frame.to_parquet(stream)
    data = bytearray(stream.getvalue())
    data[int(at * len(data))] ^= flip
    data = bytes(data[: max(1, int(cut * len(data)))])
    survives(tmp_path_factory.mktemp("parquet"), {"orders.csv": data})


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


@fuzz
@pytest.mark.filterwarnings("ignore::analysis.errors.AnalysisWarning")
@given(rows=st.lists(st.tuples(anything, anything, anything), min_size=1, max_size=20))
def test_frames_of_anything(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    try:
        source = from_frame(frame, max_set_aside=1.0)
    except AnalysisError:
        return
    assert source.quality.rows_in == len(rows)


@fuzz
@given(texts=st.lists(st.none() | st.text(max_size=4), max_size=20), skip=st.integers(0, 3))
def test_the_kind_of_a_column_covers_all_its_characters(texts, skip):
    column = pa.chunked_array([pa.array(texts, pa.string()).slice(skip)])
    characters = {character for text in column.to_pylist() if text for character in text}
    allowed = {
        "FIGURES": set("-./0123456789"),
        "GRAPHIC": {chr(code) for code in range(0x21, 0x7F)},
        "PRINTABLE": {chr(code) for code in range(0x20, 0x7F)},
    }
    kind = narrowed(column)
    if kind in allowed:
        assert characters <= allowed[kind]
    else:
        assert not characters <= allowed["PRINTABLE"]


def test_a_million_columns(tmp_path):
    names = ",".join(f"c{number}" for number in range(1_000_000))
    line = "," * 1_000_000
    files = {"orders.csv": f"customer_id,order_date,amount,{names}\na,2024-01-01,1{line}\n"}
    assert survives(tmp_path, files, PLAIN).quality.rows_kept == 1


def test_attributes_are_not_without_end(tmp_path):
    names = ",".join(f"c{number}" for number in range(1_001))
    files = {
        "orders.csv": HEADER.decode() + "a,2024-01-01,1,x\n",
        "customers.csv": f"customer_id,{names}\na{',' * 1_001}\n",
    }
    toml = PLAIN + '[customers]\npath = "customers.csv"\n'
    with pytest.raises(SourceError, match=r"at most 1,000 attributes; .* has 1,001, first `c0`"):
        open_files(tmp_path, files, toml)
    source = open_files(tmp_path, files, toml + 'columns = ["c7"]\n')
    assert source.frame("customers").columns.to_list() == ["customer_id", "c7"]


def test_a_sheet_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(excel, "MOST_UNPACKED", 2**20)
    path = tmp_path / "orders.xlsx"
    workbook(path, [["customer_id", "order_date", "amount"], ["a", "2024-01-01", 1.0]])
    toml = '[transactions]\npath = "orders.xlsx"\n'
    assert open_files(tmp_path, {}, toml).quality.rows_kept == 1
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros", b"\x00" * 2**21)
    with pytest.raises(SourceError, match=r"unpack to at most .* unpacks to more"):
        open_files(tmp_path, {}, toml)


def test_a_sheet_that_lies_about_its_size_is_refused(tmp_path):
    path = tmp_path / "orders.xlsx"
    workbook(path, [["customer_id", "order_date", "amount"], ["a", "2024-01-01", 1.0]])
    whole = bytearray(path.read_bytes())
    at = whole.rindex(b"xl/worksheets/sheet1.xml") - 46  # its entry in the directory
    whole[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the size when unpacked
    path.write_bytes(whole)
    with pytest.raises(SourceError, match="must be an Excel or OpenDocument file"):
        open_files(tmp_path, {}, '[transactions]\npath = "orders.xlsx"\n')


def test_more_rows_than_memory_is_refused_in_words(tmp_path):
    table = pa.table({"customer_id": pa.array(["c"] * 1_000_000).dictionary_encode()})
    table = table.append_column("order_date", pa.array(["2024-01-01"] * 1_000_000))
    table = table.append_column("amount", pa.array(range(1_000_000)))
    pq.write_table(table, tmp_path / "orders.csv")
    (tmp_path / "data").touch()  # so that nothing can be spilled to data/cache
    toml = PLAIN + '[engine]\nmemory = "40MB"\nthreads = 1\n[privacy]\ncache = false\n'
    with pytest.raises(SourceError, match=r"must hold \[transactions\]; after .* rows they could"):
        open_files(tmp_path, {}, toml)


def test_a_bomb_of_zeros_is_refused_early(tmp_path):
    import gzip

    bomb = gzip.compress(HEADER + b"\x00" * (80 * 2**20), compresslevel=1)
    assert survives(tmp_path, {"orders.csv.gz": bomb}, PLAIN.replace(".csv", ".csv.gz")) is None


def test_nested_and_extreme_parquet_columns(tmp_path):
    table = pa.table(
        {
            "customer_id": pa.array([b"a", b"\xff", b"c"], pa.binary()),
            "order_date": pa.array([0, 2**40, -(2**40)], pa.timestamp("s")),
            "amount": pa.array([2**63 - 1, 1, 1], pa.int64()),
        }
    )
    pq.write_table(table, tmp_path / "orders.csv")
    source = survives(tmp_path, {}, PLAIN + ALL)
    assert source is None or source.quality.rows_in == 3
