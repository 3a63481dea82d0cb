"""The webhook, against real servers on this machine: what is posted, where to, and what fails."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading

import pytest
from delivery_project import (
    WEBHOOK,
    some_outcomes,
    told,
    write_settings,
)
from delivery_servers import certificate, web_server

from analysis.errors import SettingsError


@pytest.fixture
def project(tmp_path):
    write_settings(tmp_path)
    return tmp_path


@pytest.fixture
def outcomes(project):
    return some_outcomes(project)


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
