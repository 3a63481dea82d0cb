"""Who is told by which command and setting, and what is never told."""

from __future__ import annotations

import pytest
from delivery_project import (
    MAIL,
    WEBHOOK,
    text_of,
    with_mail,
    write_settings,
)
from delivery_servers import Mailbox, mail_server
from notebook_builder import run_at_once, write_runnable

from analysis.cli import main
from analysis.errors import SettingsError
from analysis.reports.archive import Archive
from analysis.reports.execution import Runner
from analysis.secrecy import redacting


@pytest.fixture
def project(tmp_path):
    write_settings(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[mail]\nhost = 'a'\nsender = 'a@b.c'\n", "nobody is told; write `readers` or"),
        (MAIL.replace("ann@example.com", "ann"), 'an address is written "reports@example.com"'),
        (MAIL.replace("ann@", "ann\\\\nBcc: x@"), "an address is written"),
        (f"{MAIL.replace('127.0.0.1', 'mail')}security = 'none'\nuser = 'a'", "sent in clear"),
        (f"{MAIL}password = 'x'", "`password` is not a setting. Did you mean `password_env`"),
        ("[webhook]\n", "one of `url` and `url_env`"),
        (f"{WEBHOOK}url = 'https://a.b/c'\n", "one of `url` and `url_env`"),
    ],
)
def test_settings_that_would_tell_nobody_or_everybody_are_refused(project, more, said):
    with pytest.raises(SettingsError) as caught:
        write_settings(project, more.replace("\\\\n", "\\n"))
    assert said in str(caught.value)


def test_what_is_known_as_a_secret_or_looks_like_one_is_not_told(project, monkeypatch):
    monkeypatch.setenv("HOOK", "https://hooks.example.com/T0/B1/xyz")
    monkeypatch.setenv("ANALYSIS_MAIL_PASSWORD", "opensesame")
    monkeypatch.setenv("DB", "postgresql://me:p%40ss%3Aw@db/x")
    more = f"{MAIL}{WEBHOOK}[customers]\nurl = 'env:DB'\ntable = 't'\n"
    redact = redacting(write_settings(project, more))
    for secret in ("https://hooks.example.com/T0/B1/xyz", "opensesame", "p@ss:w", "p%40ss%3Aw"):
        assert redact(f"at {secret}!") == "at ***!"
    assert redact("x://u:pw@h api_key='k1', Token: t2") == "x://***@h api_key='***', Token: ***"
    assert redact("customer 17 spent 4.50") == "customer 17 spent 4.50"


@pytest.fixture
def runnable(project, monkeypatch):
    """A project whose notebooks are not executed, and one of them fails."""
    (project / "orders.csv").write_text("c,d,a\nx,2017-01-05,1.50\ny,2017-02-28,2.50\n")
    write_runnable(project / "notebooks" / "01_orders.ipynb", "1")
    write_runnable(project / "notebooks" / "02_broken.ipynb", "1 / 0")
    monkeypatch.setattr(Runner, "run", run_at_once)
    monkeypatch.chdir(project)
    return project


def test_a_mail_that_fails_leaves_a_good_report_good(runnable, capsys):
    with_mail(runnable, 1)
    assert main(["render", "orders", "--period", "2017-02"]) == 4
    out, err = capsys.readouterr()
    assert "1 of 1 reports made" in out
    assert 'analysis: The mail "A shop: reports of February 2017" was not sent: 127.0.0.1:1' in err
    assert Archive(runnable / "reports").current("orders", "2017-02") is not None
    assert main(["render", "orders", "--period", "2017-02", "--no-notify"]) == 0
    assert main(["render", "broken", "--period", "2017-02"]) == 1


def test_due_tells_once_of_several_periods_and_of_a_refusal(runnable):
    schedule = (
        '[reports]\nretries = 0\n[[schedule]]\nreports = ["orders", "broken"]\nevery = "month"\n'
    )
    with mail_server(box := Mailbox()) as port:
        with_mail(runnable, port, schedule)
        assert main(["due", "--now", "2017-03-06", "--from", "2017-01", "--quiet"]) == 1
        assert [mail["Subject"] for _, mail in box.mails] == [
            "A shop: reports of February 2017 and 1 earlier period",
            "A shop: 2 of 4 reports failed",
        ]
        (runnable / "orders.csv").unlink()
        assert main(["due", "--now", "2017-04-06", "--from", "2017-03", "--quiet"]) == 2
    to, refusal = box.mails[-1]
    assert (to, refusal["Subject"]) == (["keeper@example.com"], "A shop: no report was made")
    assert "orders.csv" in text_of(refusal)


def test_due_tells_of_a_full_disk(runnable, monkeypatch):
    def full(*_given, **_more):
        raise OSError(28, "No space left on device", "index.html")

    monkeypatch.setattr("analysis.reports.catching_up.CatchUp.make", full)
    with mail_server(box := Mailbox()) as port:
        with_mail(runnable, port, '[[schedule]]\nreports = ["orders"]\nevery = "month"\n')
        assert main(["due", "--now", "2017-03-06", "--from", "2017-01", "--quiet"]) == 1
    [(to, stopped)] = box.mails
    assert to == ["keeper@example.com"]
    assert "No space left on device" in text_of(stopped)


def test_notify_sends_again_and_tries_out(runnable, capsys):
    assert main(["notify"]) == 2
    assert "[mail] or [webhook] say whom to tell" in capsys.readouterr().err
    with mail_server(box := Mailbox()) as port:
        with_mail(runnable, port)
        assert main(["notify"]) == 2
        assert main(["render", "orders", "--period", "2017-01"]) == 0
        assert main(["notify", "--to", "me@example.com"]) == 0
        assert main(["notify", "--period", "2017-01"]) == 0
        assert main(["notify", "--period", "2017-02"]) == 2
        assert main(["notify", "--to", "nobody"]) == 2
    assert [to for to, _ in box.mails][1:] == [
        ["me@example.com"],
        ["ann@example.com", "bob@example.com"],
    ]
    assert "There is no report of 2017-02 to tell of." in capsys.readouterr().err
