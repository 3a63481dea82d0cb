"""Mail and webhook, against real servers on this machine: what is told, to whom, and what fails."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from contextlib import contextmanager
from datetime import date

import pytest
from archive_builder import put
from delivery_servers import PASSWORD, USER, Mailbox, certificate, mail_server, web_server
from notebook_builder import run_at_once, write_runnable

from analysis import language
from analysis.cli import main
from analysis.delivery import deliver, letters
from analysis.delivery.news import read_news
from analysis.delivery.secrecy import redacting
from analysis.errors import SettingsError
from analysis.findings import Finding
from analysis.periods import Period
from analysis.reports.archive import Archive
from analysis.reports.execution import Runner
from analysis.reports.rendering import Outcome
from analysis.settings import load

EVIL = '<script>alert("1")</script>'
SETTINGS = """title = "{title}"
[transactions]
path = "orders.csv"
customer_id = "c"
order_date = "d"
amount = "a"
"""
MAIL = """[mail]
host = "127.0.0.1"
sender = "Reports <reports@example.com>"
readers = ["ann@example.com", "bob@example.com"]
maintainer = "keeper@example.com"
"""
WEBHOOK = "[webhook]\nurl_env = 'HOOK'\n"


def write_settings(project, more="", title="A shop"):
    (project / "analysis.toml").write_text(SETTINGS.format(title=title) + more)
    return load(project / "analysis.toml")


def with_mail(project, port, more="", security="none", title="A shop"):
    return write_settings(
        project, f'{MAIL}port = {port}\nsecurity = "{security}"\n{more}', title=title
    )


def put_run(project, report, period, *points, fault="", **more):
    """Archive a run that never ran; return what a renderer would say of it."""
    folder = put(Archive(project / "reports"), report, period, *points, fault=fault, **more)
    return Period.parse(period), Outcome(report, fault, folder, 1.0)


def point(headline, **more):
    return Finding(id="a", headline=headline, main=True, **more)


@pytest.fixture
def project(tmp_path):
    write_settings(tmp_path)
    return tmp_path


@pytest.fixture
def outcomes(project):
    """Two reports of December, one of November, and one that failed."""
    return [
        put_run(project, "churn", "2017-11", point("Old news.")),
        put_run(project, "churn", "2017-12", point("4% left.", value_text="4%"), point("B."),
                point("Too much for a mail.")),
        put_run(project, "summary", "2017-12", point("Sales rose.")),
        put_run(project, "clv", "2017-12", fault="cell 4 ended in ValueError: 1",
                log="postgresql://me:hunter22@db/x\nPGPASSWORD=s3cret!\n"),
    ]  # fmt: skip


def told(project, outcomes):
    return deliver(load(project / "analysis.toml"), Archive(project / "reports"), outcomes)


def text_of(message, kind="plain"):
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_one_mail_tells_readers_of_all_reports_and_one_the_maintainer_of_the_failure(
    project, outcomes
):
    box = Mailbox()
    with mail_server(box) as port:
        with_mail(project, port)
        assert told(project, outcomes) == []
    (readers, mail), (maintainer, failure) = box.mails
    assert readers == ["ann@example.com", "bob@example.com"]
    assert mail["Subject"] == "A shop: reports of December 2017 and 1 earlier period"
    assert mail["Auto-Submitted"] == "auto-generated"
    root = project / "reports"
    assert text_of(mail).splitlines() == [
        "New reports of December 2017", "",
        "Summary", "- Sales rose.", f"  {root}/summary/2017-12/current/report.html", "",
        "Churn", "- 4% left.", "- B.", f"  {root}/churn/2017-12/current/report.html", "",
        "Also made, of earlier periods:",
        f"- Churn, November 2017: {root}/churn/2017-11/current/report.html", "",
        "Could not be made:", "- Clv, December 2017: there is none yet", "",
        f"All reports: {root}/index.html",
    ]  # fmt: skip
    html = text_of(mail, "html")
    assert "<li><strong>4%</strong> left.</li>" in html
    assert "Too much" not in html
    assert list(mail.iter_attachments()) == []
    assert maintainer == ["keeper@example.com"]
    assert failure["Subject"] == "A shop: 1 of 4 reports failed"
    assert text_of(failure).splitlines() == [
        "clv, 2017-12: cell 4 ended in ValueError: 1",
        "Attempts: 3. Readers have none of this period.",
        f"What is left of it: {outcomes[3][1].folder}", "",
        "    postgresql://***@db/x", "    PGPASSWORD=***",
    ]  # fmt: skip


def test_a_web_address_makes_links_and_attached_reports_are_files(project, outcomes):
    box = Mailbox()
    with mail_server(box) as port:
        more = 'attach = true\n[reports]\nbase_url = "https://example.com/our reports/"'
        with pytest.raises(SettingsError, match="user, password or spaces in it"):
            with_mail(project, port, more)
        with_mail(project, port, more.replace(" reports/", "/"))
        (outcomes[1][1].folder / "report.pdf").write_bytes(b"%PDF-1.4")
        assert told(project, outcomes) == []
    mail = box.mails[0][1]
    link = "https://example.com/our/churn/2017-12/current/report.html"
    assert f'<a href="{link}">Churn</a></h2>' in text_of(mail, "html")
    assert link in text_of(mail)
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert attached == {
        "summary-2017-12.html": "<p>summary</p>",
        "churn-2017-12.pdf": b"%PDF-1.4",
    }


def test_hostile_names_stay_text_and_forge_no_header(project):
    title = "Shop\\r\\nBcc: thief@example.com\\n\\n<b>"
    settings = write_settings(project, f"{MAIL}port = 25\nsecurity = 'none'", title=title)
    outcomes = [put_run(project, "churn", "2017-12", point(f"{EVIL}\nSubject: x", value_text="x"))]
    news = read_news(settings, Archive(project / "reports"), outcomes)
    message = letters.to_readers(news, settings.mail)
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Shop Bcc: thief@example.com <b>: reports of December")
    assert EVIL not in text_of(message, "html")
    assert "&lt;script&gt;" in text_of(message, "html")
    assert f"- {EVIL} Subject: x" in text_of(message).splitlines()
    assert b"\nBcc" not in message.as_bytes()


def test_readers_are_told_in_their_language(project):
    settings = write_settings(project, f"{MAIL}port = 25\nsecurity = 'none'", title="商店")
    outcomes = [
        put_run(project, "churn", "2017-12", point("流失率为4%。"), data_end=date(2017, 12, 30))
    ]
    language.use("zh")
    news = read_news(settings, Archive(project / "reports"), outcomes)
    message = letters.to_readers(news, settings.mail)
    assert message["Subject"] == "商店：2017年12月报告"
    assert text_of(message).startswith("2017年12月的新报告\n\n客户流失（初步数据）\n- 流失率为4%。")
    assert '<html lang="zh-CN">' in text_of(message, "html")


@contextmanager
def encrypted(project, monkeypatch, kind, box, **options):
    context, authority = certificate(project)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with mail_server(box, login=True, **{kind: context}, **options) as port:
        with_mail(project, port, f'user = "{USER}"\n', security=kind)
        yield


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # by the server, which has TLS
@pytest.mark.parametrize("kind", ["starttls", "tls"])
def test_it_logs_in_over_an_encrypted_connection(project, outcomes, monkeypatch, kind):
    box = Mailbox()
    monkeypatch.setenv("ANALYSIS_MAIL_PASSWORD", PASSWORD)
    with encrypted(project, monkeypatch, kind, box):
        assert told(project, outcomes) == []
    assert len(box.mails) == 2


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("wrong", "refuses user 'reports' or the password (535). Check [mail] `user` and the "),
        ("", "the variable ANALYSIS_MAIL_PASSWORD is not set"),
    ],
)
def test_a_password_that_is_wrong_or_missing(project, outcomes, monkeypatch, password, said):
    box = Mailbox()
    monkeypatch.setenv("ANALYSIS_MAIL_PASSWORD", password)
    with encrypted(project, monkeypatch, "starttls", box):
        errors = told(project, outcomes)
    assert len(errors) == 2
    assert all(said in error for error in errors)
    assert all(password not in error for error in errors if password)
    assert box.mails == []


def test_a_server_that_is_not_trusted_or_not_encrypted_gets_nothing(project, outcomes):
    box = Mailbox()
    context, _ = certificate(project)
    with mail_server(box, starttls=context) as port:
        with_mail(project, port, security="starttls")
        assert "the certificate of 127.0.0.1" in told(project, outcomes)[0]
    with mail_server(box) as port:
        with_mail(project, port, security="starttls")
        assert "STARTTLS extension not supported" in told(project, outcomes)[0]
        with_mail(project, port, security="tls")
        assert "does not speak TLS as asked" in told(project, outcomes)[0]
    assert box.mails == []


def test_a_refused_reader_keeps_the_mail_from_nobody_else(project, outcomes):
    box = Mailbox(refused={"bob@example.com"})
    with mail_server(box) as port:
        with_mail(project, port)
        (error,) = told(project, outcomes)
    assert "reached 1 of 2: 127.0.0.1 refuses bob@example.com (550 no such user here)" in error
    assert [to for to, _ in box.mails] == [["ann@example.com"], ["keeper@example.com"]]


def test_all_refused(project, outcomes):
    box = Mailbox(refused={"ann@example.com", "bob@example.com", "keeper@example.com"})
    with mail_server(box) as port:
        with_mail(project, port)
        assert ["reached 0 of" in error for error in told(project, outcomes)] == [True, True]


def test_a_server_that_is_gone_or_silent(project, outcomes):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with_mail(project, port, "timeout_seconds = 0.2\n")
        errors = told(project, outcomes)
        assert len(errors) == 2
        assert f"127.0.0.1:{port}: Connection unexpectedly closed: timed out." in errors[0]
    assert "Connection refused" in told(project, outcomes)[0]


def test_nothing_is_sent_where_nobody_is_to_be_told_or_nothing_happened(project, outcomes):
    with mail_server(box := Mailbox()) as port:
        assert told(project, outcomes) == []
        with_mail(project, port)
        assert told(project, []) == []
        busy = Outcome("churn", "another process makes it", None, 0.0, busy=True)
        assert told(project, [(Period.parse("2017-12"), busy)]) == []
    assert box.mails == []


def test_findings_that_cannot_be_read_are_told_and_nothing_else_breaks(project, outcomes):
    (outcomes[1][1].folder / "findings.json").write_text("[{]")
    with_mail(project, 1)
    (error,) = told(project, outcomes)
    assert error.startswith("Nobody was told of the reports: 1 validation error")


def test_a_webhook_is_posted_and_signed(project, outcomes, monkeypatch):
    monkeypatch.setenv("SIGN", "a secret")
    with web_server() as (address, got):
        monkeypatch.setenv("HOOK", f"{address}/told?key=1")
        write_settings(project, f"{WEBHOOK}secret_env = 'SIGN'\n")
        assert told(project, outcomes) == []
    ((path, headers, body),) = got
    assert path == "/told?key=1"
    expected = hmac.new(b"a secret", body, hashlib.sha256).hexdigest()
    assert headers["X-Analysis-Signature"] == f"sha256={expected}"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    content = json.loads(body)
    assert (content["version"], content["collection"]) == (1, "A shop")
    assert [(one["report"], one["period"], one["status"]) for one in content["reports"]] == [
        ("summary", "2017-12", "succeeded"), ("churn", "2017-12", "succeeded"),
        ("churn", "2017-11", "succeeded"), ("clv", "2017-12", "failed"),
    ]  # fmt: skip
    assert content["reports"][1]["main_points"][0]["headline"] == "4% left."
    assert content["reports"][3]["attempts"] == 3


def test_a_webhook_checks_the_certificate(project, outcomes, monkeypatch):
    context, authority = certificate(project)
    write_settings(project, WEBHOOK)
    with web_server(tls=context) as (address, got):
        monkeypatch.setenv("HOOK", address)
        assert "certificate verify failed" in told(project, outcomes)[0]
        assert got == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert told(project, outcomes) == []
    assert len(got) == 1


def test_a_webhook_follows_no_redirect(project, outcomes, monkeypatch):
    with (
        web_server() as (elsewhere, reached),
        web_server(307, [("Location", f"{elsewhere}/x")]) as (address, got),
    ):
        monkeypatch.setenv("HOOK", f"{address}/secret-path")
        write_settings(project, WEBHOOK)
        (error,) = told(project, outcomes)
    assert "it answers 307, a redirect, which is not followed" in error
    assert "secret-path" not in error
    assert (len(got), reached) == (1, [])


def test_a_webhook_that_refuses_or_is_silent_or_gone(project, outcomes, monkeypatch):
    write_settings(project, f"{WEBHOOK}timeout_seconds = 0.2\n")
    with web_server(500) as (address, _):
        monkeypatch.setenv("HOOK", address)
        assert "it answers 500" in told(project, outcomes)[0]
    with web_server(wait=threading.Event()) as (address, _):
        monkeypatch.setenv("HOOK", address)
        assert "did not answer within 0.2 s" in told(project, outcomes)[0]
    assert "Connection refused" in told(project, outcomes)[0]


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "ftp://a/b", "https://me:pass@a/b", "https://?", "http://a b/"],
)
def test_a_webhook_goes_to_the_web_alone(project, outcomes, monkeypatch, address):
    monkeypatch.setenv("HOOK", address)
    write_settings(project, WEBHOOK)
    (error,) = told(project, outcomes)
    assert error.startswith("The variable HOOK must hold an address")
    assert address not in error
    with pytest.raises(SettingsError, match=r"\[webhook\] `url`") as caught:
        write_settings(project, f"[webhook]\nurl = '{address}'")
    assert address not in str(caught.value)


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
