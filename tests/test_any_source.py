"""The same orders in every shape in which they may be handed over."""

import bz2
import gzip
import io
import lzma
import zipfile

import pandas as pd
import pyarrow as pa
import pytest
from table_files import open_files, rows

from analysis.errors import SourceError

ORDERS = [("c1", "2024-01-31", "1234,50", "家具"), ("c2", "2024-02-01", "-7,25", "灯|^~")]
HEADER = ("customer_id", "order_date", "amount", "category")
READ = [("c1", 123450, "家具"), ("c2", -725, "灯|^~")]
TOML = '[transactions]\npath = "{}"\ndecimal = ","\n'


def text(separator=";", end="\n"):
    lines = [HEADER, *ORDERS]
    quoted = [[f'"{cell}"' if separator in cell else cell for cell in line] for line in lines]
    return "".join(separator.join(line) + end for line in quoted)


def zipped(content, *names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return packed.getvalue()


def zstandard(content):
    return pa.compress(content, codec="zstd", asbytes=True)


def read(folder, name, content, more=""):
    source = open_files(folder, {name: content}, TOML.format(name) + more)
    return rows(source, "customer_id, amount_minor, category")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "^", "~", ":", "#"])
def test_any_separator(tmp_path, separator):
    found_alone = separator in ",;\t|"
    more = "" if found_alone else f"separator = '{separator}'\n"
    assert read(tmp_path, "orders.csv", text(separator), more) == READ
    if not found_alone:
        with pytest.raises(SourceError, match=r"order_date"):
            read(tmp_path, "orders.csv", text(separator))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_ends_of_lines(tmp_path, encoding, end):
    more = 'encoding = "gb18030"\n' if encoding == "gb18030" else ""
    assert read(tmp_path, "orders.csv", text(end=end).encode(encoding), more) == READ


PACKED = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard,
    "zip": lambda content: zipped(content, "export/orders.csv"),
}


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_packed_files(tmp_path, kind, encoding):
    more = f'encoding = "{encoding}"\n'
    packed = PACKED[kind](text().encode(encoding))
    assert read(tmp_path, f"orders.csv.{kind}", packed, more) == READ
    # what a file holds is told by its first bytes, whatever it is called
    assert read(tmp_path, "orders.txt", packed, more) == READ


@pytest.mark.parametrize("kind", PACKED)
def test_a_packed_file_that_is_cut_is_refused_and_never_read_in_part(tmp_path, kind):
    whole = PACKED[kind](text().encode() * 400)
    for length in (len(whole) // 2, len(whole) - 9):
        with pytest.raises(SourceError, match=r"orders\.csv"):
            read(tmp_path, f"orders.csv.{kind}", whole[:length])


def test_a_zip_of_several_files_says_what_to_do(tmp_path):
    packed = zipped(text(), "a.csv", "b.csv")
    with pytest.raises(SourceError, match=r"holds one file; orders\.zip holds 2\. Unpack it"):
        read(tmp_path, "orders.zip", packed)
    assert read(tmp_path, "orders.zip", zipped(text(), "__MACOSX/._a.csv", "a.csv", "b/")) == READ


def test_files_of_all_kinds_in_one_folder_are_one_table(tmp_path):
    frame = pd.DataFrame(ORDERS, columns=HEADER)
    frame["amount"] = [1234.50, -7.25]
    (tmp_path / "in").mkdir()
    frame.to_parquet(tmp_path / "in" / "a.parquet")
    files = {"in/c.csv": text(), "in/d.csv.gz": gzip.compress(text("\t").encode())}
    files["in/e.zip"] = zipped(text(","), "e.csv")
    source = open_files(tmp_path, files, TOML.format("in"))
    assert rows(source, "customer_id, amount_minor, category") == READ * 4
    assert source.quality.files == ("in/a.parquet", "in/c.csv", "in/d.csv.gz", "in/e.zip")
