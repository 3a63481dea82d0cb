"""The sections of analysis.toml that say who is told when reports were made, and how."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from analysis.settings_tables import Name, Part, Variable

__all__ = ["MailSettings", "WebAddress", "WebhookSettings"]

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def mail_address(text: str) -> str:
    """Return `text` when it is one address, with or without a name before it."""
    _, address = parseaddr(text)
    try:
        whole = Address(addr_spec=address)
    except (HeaderParseError, ValueError, IndexError):
        whole = Address()
    if not (whole.username and whole.domain) or re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError(
            'an address is written "reports@example.com" or "Reports <reports@example.com>"; '
            f"this one is {text!r}"
        )
    return text


def web_address(text: str) -> str:
    """Return `text` when it is an address of the web that holds no password; never repeat it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    fits = parts.scheme in {"http", "https"} and parts.hostname and port != 0
    if not fits or parts.username is not None or re.search(r"[\x00-\x20\x7f]", text):
        raise ValueError(
            "an address of the web starts with https:// (or http://), names a host, and has no "
            "user, password or spaces in it; this one is not shown, as it may be a secret"
        )
    return text


MailAddress = Annotated[str, AfterValidator(mail_address)]
MailAddresses = Annotated[tuple[MailAddress, ...], Field(strict=False)]
Seconds = Annotated[float, Field(gt=0.0, le=300.0)]
WebAddress = Annotated[str, AfterValidator(web_address)]


class MailSettings(Part):
    """Mail: to the readers when reports were made, to the maintainer when one failed.

    One mail a run of `render` or `due`, however many reports it made.
    """

    host: Name
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """587 for starttls, 465 for tls, 25 for none, when not given."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """Encrypted after a plain greeting, from the first byte, or not at all (no password then)."""
    sender: MailAddress
    readers: MailAddresses = ()
    """Who is told of new reports, with their main points."""
    maintainer: MailAddress | None = None
    """Who is told what failed, with the end of its log."""
    user: Name | None = None
    """For a server that asks who sends; the password comes from the environment alone."""
    password_env: Variable = "ANALYSIS_MAIL_PASSWORD"  # noqa: S105 - the name of a variable
    """Variable that holds the password."""
    attach: bool = False
    """Send the reports of the newest period along: as PDF where there is one, or as the page."""
    timeout_seconds: Seconds = 30.0

    @model_validator(mode="after")
    def _somebody_is_told(self) -> Self:
        if not self.readers and self.maintainer is None:
            raise ValueError("nobody is told; write `readers` or `maintainer`, or remove [mail]")
        return self

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> Self:
        if self.security == "none" and self.user is not None and self.host not in _LOCAL:
            raise ValueError(
                'a password is not sent in clear: use security = "starttls" or "tls", '
                "or remove `user`"
            )
        return self

    @property
    def usual_port(self) -> int:
        """The port: as given, or the one that belongs to `security`."""
        return self.port or _PORTS[self.security]


class WebhookSettings(Part):
    """An address that is sent the outcome of each run of `render` or `due`, as JSON."""

    url: WebAddress | None = Field(default=None, repr=False)
    """http or https. Where it is a secret itself, name a variable by `url_env` instead."""
    url_env: Variable | None = None
    """Variable that holds the address."""
    secret_env: Variable | None = None
    """Variable that holds a secret: the body is then signed with it, in X-Analysis-Signature."""
    timeout_seconds: Seconds = 10.0

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("one of `url` and `url_env` says where to; write one of them")
        return self
