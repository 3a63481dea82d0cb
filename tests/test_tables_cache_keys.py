"""Kept tables under a key: nothing can be read without it."""

import os

import pytest
from kept_tables import FILES, WITH_TICKETS, entries, never
from table_files import open_files, put, rows

from analysis import tables
from analysis.errors import SettingsError
from analysis.keys import Key, new_key
from analysis.tables import shelf

SECRET = WITH_TICKETS + '[privacy]\nkey_env = "SHOP_KEY"\n'


def test_with_a_key_nothing_can_be_read_without_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", new_key())
    expected = rows(open_files(tmp_path, FILES, SECRET))
    [entry] = entries(tmp_path)
    for path in entry.iterdir():
        assert b"K001" not in path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr("analysis.tables.sources.load_table", never)
        assert rows(open_files(tmp_path, {}, SECRET)) == expected
    monkeypatch.setenv("SHOP_KEY", new_key())
    open_files(tmp_path, {}, SECRET)
    assert len(entries(tmp_path)) == 2


def test_of_a_large_table_with_a_key_some_rows_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", new_key())
    monkeypatch.setattr(shelf, "IN_MEMORY_ROWS", 0)
    asked = "SELECT customer_id FROM customer_days WHERE amount_minor > 0 ORDER BY customer_id"
    for _ in range(2):  # as it is read, and as it was kept
        source = open_files(tmp_path, FILES, SECRET)
        assert source.engine.run(asked)["customer_id"].to_pylist() == ["K001", "K005", "K009"]
        chosen = source.engine.where("customer_id > 'K001'")
        assert chosen.run(asked)["customer_id"].to_pylist() == ["K005", "K009"]


def test_the_key_shows_itself_to_nobody(tmp_path, monkeypatch):
    secret = new_key()
    monkeypatch.setenv("SHOP_KEY", secret)
    source = open_files(tmp_path, FILES, SECRET)
    settings = put(tmp_path, {}, SECRET)
    assert secret not in repr(settings) + repr(source) + repr(Key(secret.encode()))
    settings_told = source.engine.run("SELECT * FROM duckdb_settings()").to_pylist()
    assert secret not in str(settings_told)


@pytest.mark.parametrize(
    ("value", "said"),
    [("", "SHOP_KEY; it is not set"), ("c2hvcnQ=", "32 random bytes"), ("no base64!", "base64")],
)
def test_a_key_that_is_none_is_refused(tmp_path, monkeypatch, value, said):
    monkeypatch.setenv("SHOP_KEY", value)
    with pytest.raises(SettingsError, match=said) as raised:
        tables.open_source(put(tmp_path, FILES, SECRET))
    assert not value or value not in str(raised.value)


def test_a_key_that_others_may_read_is_refused(tmp_path):
    toml = WITH_TICKETS + '[privacy]\nkey_file = "shop.key"\n'
    with pytest.raises(SettingsError, match=r"no such file\. Make one with: analysis key"):
        open_files(tmp_path, FILES, toml)
    path = tmp_path / "shop.key"
    path.write_text(new_key())
    path.chmod(0o640)
    with pytest.raises(SettingsError, match=r"open to others \(-rw-r-----\).*chmod 600 shop.key"):
        open_files(tmp_path, {}, toml)
    path.chmod(0o600)
    assert open_files(tmp_path, {}, toml).quality.rows_kept > 0


def test_each_purpose_has_its_own_key():
    key = Key(os.urandom(32))
    assert len({key.derive("cache"), key.derive("pseudonyms"), key.derive("mark")}) == 3
    assert key.derive("cache") == key.derive("cache")
