"""Posts the outcome of a run as JSON to the address of [webhook], signed when asked."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import urllib.error
import urllib.request
from datetime import UTC, datetime
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from analysis.errors import DeliveryError
from analysis.reports.manifest import PACKAGE, package_version
from analysis.secrecy import from_environment
from analysis.settings_delivery import web_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.delivery.news import News
    from analysis.findings import Finding
    from analysis.settings import WebhookSettings

__all__ = ["SIGNATURE", "body", "post"]

SIGNATURE = "X-Analysis-Signature"
_TOLD = ("id", "headline", "label", "value", "value_text", "interval", "comparison", "direction")


def body(news: News, redact: Callable[[str], str]) -> bytes:
    """Return what is posted: UTF-8 JSON with what was made, its main points, and what failed."""
    made = [
        {
            "report": one.report,
            "title": one.title,
            "period": one.period.key,
            "status": "succeeded",
            "provisional": one.provisional,
            "address": one.address,
            "main_points": [_point(point) for point in one.points],
        }
        for one in news.made
    ]
    failed = [
        {
            "report": one.report,
            "title": one.title,
            "period": one.period.key,
            "status": "failed",
            "fault": redact(one.fault),
            "attempts": one.attempts,
            "last_good_one_kept": one.kept,
        }
        for one in news.failed
    ]
    told = {
        "version": 1,
        "sent": datetime.now(UTC).isoformat(timespec="seconds"),
        "collection": news.collection,
        "index": news.index,
        "reports": made + failed,
    }
    return json.dumps(told, ensure_ascii=False, allow_nan=False).encode()


def post(content: bytes, webhook: WebhookSettings) -> None:
    """Post `content`; an answer other than 2xx is an error, and a redirect is not followed.

    With a secret the header X-Analysis-Signature holds ``sha256=`` and the HMAC-SHA256 of the
    body in hexadecimal digits; `sent` in the body tells a receiver of a repetition.

    Raises
    ------
    DeliveryError
        A variable is not set or no address, or the receiver cannot be reached or refuses.
    """
    address = webhook.url or _address(webhook)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"{PACKAGE}/{package_version()}",
    }
    if webhook.secret_env is not None:
        secret = from_environment(webhook.secret_env, "The secret of [webhook]")
        digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        headers[SIGNATURE] = f"sha256={digest}"
    request = urllib.request.Request(address, content, headers, method="POST")  # noqa: S310 - http(s)
    opener = urllib.request.build_opener(_NoRedirect())
    try:
        opener.open(request, timeout=webhook.timeout_seconds).close()
    except (OSError, HTTPException, ValueError) as error:
        host = urlsplit(address).hostname
        raise DeliveryError(
            f"The webhook at {host} (the rest of its address is not shown) was not told: "
            f"{_reason(error, webhook)}."
        ) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: what is posted is meant for one address."""


def _address(webhook: WebhookSettings) -> str:
    name = webhook.url_env or ""
    try:
        return web_address(from_environment(name, "The address of [webhook]"))
    except ValueError as error:
        raise DeliveryError(f"The variable {name} must hold an address: {error}.") from None


def _point(finding: Finding) -> dict[str, Any]:
    told = {name: getattr(finding, name) for name in _TOLD}
    value = told["value"]
    return {**told, "value": value if value is not None and math.isfinite(value) else None}


def _reason(error: Exception, webhook: WebhookSettings) -> str:
    """Say why, without the address, which may be a secret."""
    if isinstance(error, urllib.error.HTTPError):
        with error:
            moved = ", a redirect, which is not followed" if 300 <= error.code < 400 else ""
            return f"it answers {error.code}{moved}"
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"it did not answer within {webhook.timeout_seconds:g} s"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(cause).__name__
