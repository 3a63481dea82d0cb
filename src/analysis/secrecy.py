"""Secrets stay in the environment: they are read here, and kept out of all that is told."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from analysis.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.settings import Settings

__all__ = ["from_environment", "hiding", "redacting"]

HIDDEN = "***"
SHORTEST = 3
"""Texts up to here are in too many others to be taken out of them."""
_IN_ADDRESS = re.compile(r"(?<=://)[^\s/@'\"]+:[^\s/@'\"]+(?=@)")
_BY_NAME = re.compile(
    r"(?i)(\b[\w-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key)[\w-]*"
    r"['\"]?\s*[=:]\s*['\"]?)[^\s'\",;]+"
)


def from_environment(name: str, purpose: str) -> str:
    """Return the value of a variable.

    Raises
    ------
    DeliveryError
        It is not set, or empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise DeliveryError(
            f"{purpose} stands in the environment alone; the variable {name} is not set. "
            "Set it where `analysis` runs (in the crontab or the service, too)."
        )
    return value


def redacting(settings: Settings) -> Callable[[str], str]:
    """Return a function that takes out of a text what looks like a secret, or is known as one."""
    hide = hiding(settings)

    def redact(text: str) -> str:
        return _BY_NAME.sub(rf"\1{HIDDEN}", hide(text))

    return redact


def hiding(settings: Settings) -> Callable[[str], str]:
    """Return a function that takes out of a text the secrets of these settings.

    Also as JSON writes them, and the password of any address; what is left of JSON is JSON.
    """
    secrets = {text for text in _secrets(settings) if len(text) > SHORTEST}
    written = secrets | {json.dumps(text, ensure_ascii=False)[1:-1] for text in secrets}
    known = sorted(written, key=len, reverse=True)

    def hide(text: str) -> str:
        for secret in known:
            text = text.replace(secret, HIDDEN)
        return _IN_ADDRESS.sub(HIDDEN, text)

    return hide


def _secrets(settings: Settings) -> Iterator[str]:
    names = [settings.privacy.key_env] if settings.privacy.key_env else []
    if settings.privacy.key_file is not None:
        with suppress(OSError):
            yield (settings.root / settings.privacy.key_file).read_text("ascii", "replace").strip()
    if settings.mail is not None:
        names.append(settings.mail.password_env)
    if settings.webhook is not None:
        names += [name for name in (settings.webhook.url_env, settings.webhook.secret_env) if name]
        yield settings.webhook.url or ""
    for _, section in settings:
        url = getattr(section, "url", None)
        if isinstance(url, str) and url.startswith("env:"):
            names.append(url.removeprefix("env:"))
        elif isinstance(url, str):
            yield from _password(url)
    for name in names:
        value = os.environ.get(name, "")
        yield value
        yield from _password(value)


def _password(address: str) -> Iterator[str]:
    try:
        password = urlsplit(address).password or ""
    except ValueError:
        return
    yield from (password, unquote(password))
