"""Sends a message through the server of [mail]; encrypted unless the settings say otherwise."""

from __future__ import annotations

import smtplib
import ssl
from typing import TYPE_CHECKING

from analysis.errors import DeliveryError
from analysis.secrecy import from_environment

if TYPE_CHECKING:
    from email.message import EmailMessage

    from analysis.settings import MailSettings

__all__ = ["send"]


def send(message: EmailMessage, mail: MailSettings) -> None:
    """Send a message to those whom it is addressed to.

    The certificate of the server is checked, by the authorities that this machine trusts (or
    those of the file that the variable SSL_CERT_FILE names).

    Raises
    ------
    DeliveryError
        The password is not set, the server cannot be reached or trusted, lets nobody in, or
        refuses a reader; the others have the mail then.
    """
    password = ""
    if mail.user is not None:
        password = from_environment(mail.password_env, f"The password of [mail] user {mail.user!r}")
    try:
        with _connect(mail) as server:
            if mail.user is not None:
                server.login(mail.user, password)
            refused = server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise DeliveryError(
            f'The mail "{message["Subject"]}" was not sent: {_reason(error, mail)}'
        ) from None
    if refused:
        address, (code, answer) = next(iter(refused.items()))
        all_of_them = len(message["To"].addresses)
        raise DeliveryError(
            f'The mail "{message["Subject"]}" reached {all_of_them - len(refused)} of '
            f"{all_of_them}: {mail.host} refuses {address} ({code} {_text(answer)}). "
            "Mend the address in [mail]."
        )


def _connect(mail: MailSettings) -> smtplib.SMTP:
    port, timeout = mail.usual_port, mail.timeout_seconds
    if mail.security == "tls":
        trusted = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, port, timeout=timeout, context=trusted)
    server = smtplib.SMTP(mail.host, port, timeout=timeout)
    if mail.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _reason(error: Exception, mail: MailSettings) -> str:
    """Say why, without a word that the password could be in."""
    place = f"{mail.host}:{mail.usual_port}"
    match error:
        case smtplib.SMTPAuthenticationError():
            return (
                f"{place} refuses user {mail.user!r} or the password ({error.smtp_code}). "
                f"Check [mail] `user` and the variable {mail.password_env}."
            )
        case smtplib.SMTPNotSupportedError() if mail.security == "starttls":
            return f"{place} cannot do what is asked: {error}. See [mail] `security` and `user`."
        case smtplib.SMTPResponseException():
            return f"{place} answers {error.smtp_code} {_text(error.smtp_error)}."
        case ssl.SSLCertVerificationError():
            return (
                f"the certificate of {place} is not to be trusted: {error.verify_message}. "
                "SSL_CERT_FILE may name a file with your own authority."
            )
        case ssl.SSLError():
            return f"{place} does not speak TLS as asked: {error.reason}. See [mail] `security`."
    return f"{place}: {_text(str(error)).rstrip('.') or type(error).__name__}."


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return " ".join(text.split())
