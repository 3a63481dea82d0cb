"""Mail, by a real server on this machine: what is told, to whom, and what keeps it from them."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from datetime import date

import pytest
from delivery_project import (
    MAIL,
    point,
    put_run,
    some_outcomes,
    text_of,
    told,
    with_mail,
    write_settings,
)
from delivery_servers import PASSWORD, USER, Mailbox, certificate, mail_server

from analysis import language
from analysis.delivery import letters
from analysis.delivery.news import read_news
from analysis.errors import SettingsError
from analysis.periods import Period
from analysis.reports.archive import Archive
from analysis.reports.rendering import Outcome

EVIL = '<script>alert("1")</script>'


@pytest.fixture
def project(tmp_path):
    write_settings(tmp_path)
    return tmp_path


@pytest.fixture
def outcomes(project):
    return some_outcomes(project)


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
