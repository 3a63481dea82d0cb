"""Customers under another name, the same one everywhere, and no way back without the key."""

import base64
import hashlib
import hmac

import pandas as pd
import pytest
from table_files import EUROPEAN, EUROPEAN_SETTINGS, open_files, put, rows

from analysis import cli, exports, summary
from analysis.keys import Key, new_key
from analysis.tables.pseudonyms import pseudonym

TABLES = {
    "orders.csv": EUROPEAN,
    "tickets.csv": "customer_id,opened\nK001,2024-02-01\nK009,2024-02-02\nK\u200b5,2024-02-02\n",
    "referrals.csv": "customer_id,referral_date,referred_id\nK001,2024-02-01,K004\n",
}
PLAIN = (
    EUROPEAN_SETTINGS
    + 'max_set_aside = 0.9\n[tickets]\npath = "tickets.csv"\n[referrals]\npath = "referrals.csv"\n'
)
NAMED = PLAIN + '[privacy]\nkey_env = "SHOP_KEY"\npseudonyms = true\n'


@pytest.fixture
def secret(monkeypatch):
    """Return the key's secret for pseudonyms."""
    key = new_key()
    monkeypatch.setenv("SHOP_KEY", key)
    return Key(base64.b64decode(key)).derive("pseudonyms")


def test_a_name_is_the_start_of_the_keyed_hash():
    digest = hmac.new(b"secret", b"K001", hashlib.sha256).digest()
    assert pseudonym("K001", b"secret") == base64.b32encode(digest).decode().lower()[:16]


def test_every_table_has_the_same_names_and_all_else_as_it_was(tmp_path, secret):
    plain = open_files(tmp_path, TABLES, PLAIN)
    named = open_files(tmp_path, {}, NAMED)
    for table, columns in (
        ("transactions", ["customer_id"]),
        ("tickets", ["customer_id"]),
        ("referrals", ["customer_id", "referred_id"]),
        ("customer_days", ["customer_id"]),
    ):
        before = plain.engine.run(f"FROM {table}").to_pandas()
        after = named.engine.run(f"FROM {table}").to_pandas()
        for column in columns:
            before[column] = [pseudonym(one, secret) for one in before[column]]
        order = [name for name in before.columns if name != "line"]
        pd.testing.assert_frame_equal(
            after.sort_values(order, ignore_index=True),
            before.sort_values(order, ignore_index=True),
        )


def test_no_id_is_left_anywhere(tmp_path, secret):
    source = open_files(tmp_path, TABLES, NAMED)
    for table in [*source.tables, "rejects", "tickets_rejects", "customer_days"]:
        assert "K0" not in str(source.engine.run(f"FROM {table}").to_pylist()), table
    assert source.loads["tickets"].rows_set_aside == 1
    for load in source.loads.values():
        assert load.rejects["value"].isna().all()
    for path in (tmp_path / "data").rglob("*.parquet"):
        assert b"K00" not in path.read_bytes()


def test_an_order_without_an_id_is_named_after_the_new_name(tmp_path, secret):
    files = {"orders.csv": "customer_id,order_date,amount\nK1,2024-01-01,5\n"}
    toml = (
        '[transactions]\npath = "orders.csv"\n[privacy]\nkey_env = "SHOP_KEY"\npseudonyms = true\n'
    )
    name = pseudonym("K1", secret)
    source = open_files(tmp_path, files, toml)
    assert rows(source, "customer_id, order_id") == [(name, f"{name} 2024-01-01")]


def test_analyses_do_not_mind(tmp_path, secret):
    numbers = ["frequency", "recency", "T", "total"]
    plain = summary.summarise_customers(open_files(tmp_path, TABLES, PLAIN), "2024-02-29")
    named = summary.summarise_customers(open_files(tmp_path, {}, NAMED), "2024-02-29")
    assert sorted(named[numbers].to_numpy().tolist()) == sorted(plain[numbers].to_numpy().tolist())


def test_the_list_of_a_report_is_revealed_by_who_has_the_key(tmp_path, secret, capsys, monkeypatch):
    settings = put(tmp_path, TABLES, NAMED)
    names = [pseudonym("K001", secret), "nobody"]
    exports.save(
        pd.DataFrame({
            "customer_id": names, "spend": [-1.5, 2], "orders": [1, 12], "said": ["=1+1", "'s"],
            "code": ["-7", "007"],
        }),
        "calls", tmp_path, without=(),
    )  # fmt: skip
    file, new = tmp_path / "calls.csv", tmp_path / "revealed.csv"
    monkeypatch.chdir(settings.root)
    assert cli.main(["reveal", str(file), str(new)]) == 0
    assert pd.read_csv(new)["customer_id"].to_list() == ["K001", "nobody"]
    assert new.read_bytes() == file.read_bytes().replace(names[0].encode(), b"K001")
    assert new.stat().st_mode & 0o077 == 0
    pd.read_csv(file).to_parquet(tmp_path / "calls.parquet")
    assert cli.main(["reveal", str(tmp_path / "calls.parquet"), str(tmp_path / "new.parquet")]) == 0
    long = pd.read_parquet(tmp_path / "new.parquet")
    pd.testing.assert_frame_equal(long, pd.read_csv(new))
    monkeypatch.setenv("SHOP_KEY", new_key())
    assert cli.main(["reveal", str(file), str(new)]) == 0
    assert pd.read_csv(new)["customer_id"].to_list() == names
    put(tmp_path, {}, PLAIN)
    assert cli.main(["reveal", str(file), str(new)]) == 2
    assert "`reveal` undoes `pseudonyms = true`" in capsys.readouterr().err


def test_a_new_key_is_printed(capsys):
    assert cli.main(["key"]) == 0
    assert len(base64.b64decode(capsys.readouterr().out)) == 32


def test_pseudonyms_need_a_key(tmp_path):
    with pytest.raises(Exception, match="`pseudonyms` needs a key"):
        put(tmp_path, TABLES, PLAIN + "[privacy]\npseudonyms = true\n")
