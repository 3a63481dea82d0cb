"""analysis.toml is read whole, or refused in words that help."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from analysis import settings
from analysis.currencies import decimals
from analysis.errors import SettingsError

SOURCE = '[transactions]\npath = "orders.csv"\n'


def load(folder, toml):
    path = folder / "analysis.toml"
    path.write_text(toml, "utf-8")
    return settings.load(path)


@pytest.mark.parametrize(
    ("currency", "minor"),
    [("USD", 100), ("EUR", 100), ("JPY", 1), ("KRW", 1), ("KWD", 1000), ("CLF", 10_000)],
)
def test_minor_units_follow_iso_4217(tmp_path, currency, minor):
    assert load(tmp_path, f'currency = "{currency}"\n{SOURCE}').minor_units == minor


def test_five_lines_are_enough(tmp_path):
    found = load(
        tmp_path,
        '[transactions]\npath = "exports/orders.csv"\ncustomer_id = "Kunde"\n'
        'order_date = "Datum"\namount = "Betrag"\n',
    )
    assert found.transactions.paths == ("exports/orders.csv",)
    assert (found.transactions.customer_id, found.transactions.amount) == ("Kunde", "Betrag")
    assert (found.currency, found.time_zone, found.root) == ("USD", "UTC", tmp_path)
    assert found.contracts is None
    assert found.churn.return_below == 0.05


def test_costs_are_optional_and_not_the_same_as_nothing(tmp_path):
    plain = load(tmp_path, SOURCE).value
    assert (plain.cost_to_serve, plain.cost_to_acquire) == (None, None)
    given = load(tmp_path, SOURCE + "[value]\ncost_to_serve = 1.5\ncost_to_acquire = 0\n").value
    assert (given.cost_to_serve, given.cost_to_acquire) == (1.5, 0.0)


def test_the_file_of_the_repository_names_the_sample(sample_settings):
    assert sample_settings.transactions.sample == "complete-journey"
    assert sample_settings.time_zone == "America/New_York"
    assert sample_settings.reports.names == (
        *("data_quality", "segmentation", "retention", "churn", "clv", "summary"),
    )


def test_without_a_path_it_is_searched_upwards(tmp_path, monkeypatch):
    (tmp_path / "analysis.toml").write_text(SOURCE)
    below = tmp_path / "notebooks" / "mine"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert settings.load().root == tmp_path
    assert settings.load("").root == tmp_path


def test_settings_cannot_be_changed(tmp_path):
    found = load(tmp_path, SOURCE)
    with pytest.raises(ValueError, match="frozen"):
        found.currency = "EUR"
    assert hash(found.reports.names)


def test_a_byte_order_mark_is_no_part_of_a_key(tmp_path):
    assert load(tmp_path, "\ufeffcurrency = 'EUR'\n" + SOURCE).currency == "EUR"


@examples(deadline=None)
@given(name=st.text(st.characters(codec="ascii", categories=("Ll",)), min_size=1, max_size=12))
def test_an_unknown_key_is_always_refused_by_name(tmp_path_factory, name):
    known = set(settings.Settings.model_fields)
    if name in known:
        return
    with pytest.raises(SettingsError, match=f"`{name}`"):
        load(tmp_path_factory.mktemp("unknown"), f"{name} = 1\n{SOURCE}")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("titel = 'x'\n" + SOURCE, r"`titel` is not a setting. Did you mean `title`"),
        (SOURCE + "custmer_id = 'x'", r"\[transactions\] `custmer_id` .* mean `customer_id`\?"),
        (SOURCE + "a = 1\nb = 2", r"\(1 more to mend, at \[transactions\] `b`\.\)"),
        ("[reports]\nkinds = 'x'\n" + SOURCE, r"\[reports\] `kinds` .* `kind`"),
        ("", r"`transactions` is required"),
        ("[transactions]\n", r"no source is named; write `path`"),
        ("[transactions]\npath = 3", r"`path` is 3, and must be a text in quotes"),
        ("currency = 'usd'\n" + SOURCE, r'ISO 4217 code in capitals, as in "USD"'),
        ("time_zone = 'Mars/Olympus'\n" + SOURCE, r'"Mars/Olympus" is not a time zone'),
        (SOURCE + "source_time_zone = 'EST5'", r'"EST5" is not a time zone'),
        (SOURCE + "date_format = 'dd.mm.yyyy'", r'as in "%d.%m.%Y"; this one is "dd.mm.yyyy"'),
        (SOURCE + "date_format = '%d.%m.%Q'", r'"%Q" is no part of a date; known are'),
        (SOURCE + "separator = ', '", r"at most 1 character"),
        (SOURCE + "separator = '§'", r"`separator`: a separator is a plain sign"),
        (SOURCE + "decimal = ';'", r"must be '\.' or ','"),
        (SOURCE + "max_set_aside = 5", r"less than or equal to 1"),
        (SOURCE + "[value]\ncost_to_serve = -1", r"`cost_to_serve` .* greater than or equal to 0"),
        (SOURCE + "[value]\ncost_to_acquire = inf", r"`cost_to_acquire` .* finite number"),
        (SOURCE + "url = 'sqlite:///a'\ntable = 'b'", r"`path` and `url` exclude each other"),
        ("[transactions]\nurl = 'sqlite:///a'", r"`url` and `table` go together"),
        (
            "[transactions]\nurl = 'sqlite:///a'\ntable = 'b'\nsheet = 'c'",
            r"`sheet` is for files, not for a `url`",
        ),
        (
            "[transactions]\nsample = 'complete-journey'\namount = 'x'\npath = 'y'",
            r"remove `amount` and `path`, or `sample`",
        ),
        (
            "[transactions]\nsample = 'complete-journey'\n[customers]\npath = 'y'",
            r"the sample brings its own \[customers\]",
        ),
        (SOURCE + "[contracts]\n", r"`contracts`: no source is named"),
        (SOURCE + "[lifecycle]\nlost_days = 3", r"`lost_days` \(3\) must be more than"),
        (SOURCE + "[tiers]\ngold_share = 0.8", r"must leave room for bronze"),
        (SOURCE + "[churn]\nwindow_days = '90'", r"must be a whole number"),
        (SOURCE + "[churn]\nwindow_days = 0", r"greater than or equal to 1"),
        (SOURCE + "[engine]\nmemory = 'lots'", r"`memory` is 'lots'"),
        ("root = '/'\n" + SOURCE, r"`root` in .* is the folder of the file"),
        ("path = orders.csv", r"must be TOML in UTF-8; it is not: .* Texts stand in quotes"),
        ("transactions = 'x'", r"`transactions` is 'x'"),
    ],
)
def test_an_error_names_the_place_and_the_way_out(tmp_path, toml, said):
    with pytest.raises(SettingsError, match=said):
        load(tmp_path, toml)


def test_a_file_that_is_not_there_is_named(tmp_path, monkeypatch):
    with pytest.raises(SettingsError, match=r"there is none at .*mine\.toml"):
        settings.load(tmp_path / "mine.toml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"in the working folder or one above it"):
        settings.load()


def test_bytes_that_are_no_utf_8_are_refused(tmp_path):
    path = tmp_path / "analysis.toml"
    path.write_bytes(b"title = '\xff'")
    with pytest.raises(SettingsError, match="UTF-8"):
        settings.load(path)


def test_a_password_is_not_shown(tmp_path):
    found = load(tmp_path, "[transactions]\nurl = 'postgresql://bob:hunter2@h/d'\ntable = 'o'")
    assert "hunter2" not in repr(found) + str(found)


def test_dates_in_toml_are_no_texts(tmp_path):
    with pytest.raises(SettingsError, match=repr(dt.date(2024, 1, 1)).replace("(", r"\(")[:20]):
        load(tmp_path, f"title = 2024-01-01\n{SOURCE}")


def test_currencies_without_an_exception_have_two_decimals():
    assert {decimals(code) for code in ("USD", "EUR", "CNY", "GBP", "INR")} == {2}
