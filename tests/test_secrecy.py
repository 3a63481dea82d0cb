"""Secrets that were planted everywhere turn up nowhere: not in a good run, not in a failed one."""

import base64
import json
import os

import pandas as pd
import pytest
from delivery_project import MAIL, SETTINGS, WEBHOOK
from notebook_builder import write_runnable

from analysis import cli
from analysis.secrecy import hiding
from analysis.settings import load

PLANTED = {
    "SHOP_DB": "postgresql://me:pl4nted%21pass@127.0.0.1:1/shop",
    "ANALYSIS_MAIL_PASSWORD": 'm4il "plänted"',
    "HOOK": "https://127.0.0.1:1/T0P-pl4nted-hook",
    "HOOK_SECRET": "h00k-signature-pl4nted",
    "SHOP_KEY": base64.b64encode(b"planted in the kitchen garden...").decode(),
}
PARTS = [*PLANTED.values(), "pl4nted%21pass", "pl4nted!pass", 'm4il \\"plänted\\"']
PRIVATE = (
    WEBHOOK
    + 'secret_env = "HOOK_SECRET"\n[privacy]\nkey_env = "SHOP_KEY"\npseudonyms = true\n'
    + MAIL.replace("readers", 'user = "me"\nreaders')
    + "port = 1\n"
    + 'security = "none"\n'
)
READ = """from analysis import display, exports, tables
from analysis.settings import load
source = tables.open_source(load(settings_path))
rows = source.frame("transactions")
exports.save(rows, "orders", tables_dir, without=())
display.note(source.description)"""
CARELESS = """import os, sys
import pandas as pd
from analysis.customer_table import CustomerTable
names = ["SHOP_DB", "ANALYSIS_MAIL_PASSWORD", "HOOK", "HOOK_SECRET", "SHOP_KEY"]
shown = [os.environ[name] for name in names]
print(shown)
print(*shown, file=sys.stderr)
os.write(2, "\\n".join(shown).encode())
exports.save(pd.DataFrame({"shown": shown[:1] + shown[2:]}), "shown", tables_dir)
exports.MOST_ROWS = 0
exports.save(CustomerTable.of(pd.DataFrame({"shown": shown})), "long", tables_dir)
display.note(" ".join(shown))"""
BREAKS = "raise ValueError(' and '.join(shown))"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project with a careful notebook, a careless one, and one that fails of it."""
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    orders = "c,d,a\nK1,2017-01-05,1.50\nK2,2017-02-28,2.50\n,2017-02-28,2.50\n"
    (tmp_path / "orders.csv").write_text(orders)
    text = SETTINGS.format(title="A shop") + "max_set_aside = 0.9\n" + PRIVATE
    (tmp_path / "analysis.toml").write_text(text)
    for number, sources in enumerate([(READ,), (READ, CARELESS), (READ, CARELESS, BREAKS)]):
        write_runnable(tmp_path / "notebooks" / f"0{number + 1}_run{number}.ipynb", *sources)
    return tmp_path


def told(text):
    return [secret for secret in PARTS if secret in text]


def run(project, *arguments):
    return cli.main(["--settings", str(project / "analysis.toml"), *arguments])


def test_no_secret_is_kept_of_runs_or_told_of_them(project, capsys):
    code = run(project, "render", "run0", "run1", "run2", "--period", "2017-02")
    shown = "".join(capsys.readouterr())
    assert code == cli.FAILED
    assert "2 of 3 reports made" in shown
    assert "ValueError: postgresql://***@127.0.0.1:1/shop and *** and ***" in shown
    assert not told(shown)
    files = [path for path in project.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert names >= {
        *("manifest.json", "executed.ipynb", "log.txt", "report.html", "index.html"),
        *("findings.json", "orders.csv", "shown.csv", "loads.json", "transactions.parquet"),
    }
    for path in files:
        assert not told(path.read_text("utf-8", "replace")), path
    for path in project.rglob("long.parquet"):
        assert set(pd.read_parquet(path)["shown"].str.count(r"\*\*\*")) == {1}
    (failed,) = (project / "reports" / ".failed").glob("run2_*/*/executed.ipynb")
    assert "shop and *** and ***" in failed.read_text("utf-8")
    kept = project / "reports" / "run1" / "2017-02" / "current"
    assert "shop *** *** ***" in (kept / "report.html").read_text("utf-8")
    assert json.loads((kept / "executed.ipynb").read_text("utf-8"))["cells"]


def test_a_database_that_refuses_keeps_its_password(project, capsys):
    text = (project / "analysis.toml").read_text()
    text = text.replace('path = "orders.csv"', 'url = "env:SHOP_DB"\ntable = "orders"')
    (project / "analysis.toml").write_text(text)
    for command in (["check"], ["render", "run0"], ["forget", "K1"], ["index"]):
        run(project, *command)
    assert not told("".join(capsys.readouterr()))
    assert not told(repr(load(project / "analysis.toml")))


def test_short_values_and_unset_variables_hide_nothing(project, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "abc")
    monkeypatch.delenv("SHOP_KEY")
    hide = hiding(load(project / "analysis.toml"))
    assert hide("abc def") == "abc def"
    assert hide(f"x{PLANTED['HOOK']}x") == "x***x"
    assert "SHOP_KEY" not in os.environ


def test_the_key_of_a_file_is_hidden_too(project):
    (project / "key").write_text(PLANTED["SHOP_KEY"] + "\n")
    (project / "key").chmod(0o600)
    text = (project / "analysis.toml").read_text()
    (project / "analysis.toml").write_text(text.replace('key_env = "SHOP_KEY"', 'key_file = "key"'))
    hide = hiding(load(project / "analysis.toml"))
    assert hide(PLANTED["SHOP_KEY"]) == "***"
