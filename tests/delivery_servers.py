"""Real servers on this machine for tests of mail and webhook: SMTP with or without TLS, HTTP."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "reports", "correct horse 7"


class Mailbox:
    """Keeps what a server took, as (recipients, message); refuses those in `refused`."""

    def __init__(self, refused=()):
        self.mails = []
        self.refused = refused

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        message = message_from_bytes(envelope.content, policy=default)
        self.mails.append((envelope.rcpt_tos, message))
        return "250 OK"


class LocalServer(Controller):
    """Serves on a port that was free."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def authenticate(server, session, envelope, mechanism, data):
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == right, handled=False)


@contextmanager
def mail_server(handler, *, starttls=None, tls=None, login=False):
    """Run a mail server that insists on what it offers; gives its port."""
    options = {}
    if login:  # it only knows of TLS that began by STARTTLS
        options = {"authenticator": authenticate, "auth_required": True,
                   "auth_require_tls": tls is None}  # fmt: skip
    server = LocalServer(
        handler, hostname="127.0.0.1", port=0, ssl_context=tls, tls_context=starttls,
        require_starttls=starttls is not None, **options,
    )  # fmt: skip
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def certificate(folder):
    """Return a context for 127.0.0.1, and the file of the authority that vouches for it."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return context, path


@contextmanager
def web_server(status=200, headers=(), wait=None, tls=None):
    """Run a web server that answers every post alike; gives its address and what it got."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, dict(self.headers), body))
            if wait is not None:
                wait.wait()
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self):
            got.append((self.path, dict(self.headers), b""))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}", got
    finally:
        if wait is not None:
            wait.set()
        server.shutdown()
        thread.join()
        server.server_close()
