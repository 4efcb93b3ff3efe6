"""A server for mail on a socket of this machine (RFC 5321, as much of it as is used), which keeps what it is given."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import ClassVar


@dataclass
class Post:
    """What the server is given, and what it refuses: recipients by how their addresses begin."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refused: str = "nobody-begins-so"
    password: str = ""


class _Session(socketserver.StreamRequestHandler):
    post: ClassVar[Post]

    def handle(self) -> None:
        self._say("220 post.example")
        recipients: list[str] = []
        while line := self.rfile.readline(4096):
            words = line.decode("ascii").strip()
            verb = words[:4].upper()
            if verb == "EHLO":
                self._say("250-post.example", *(["250-AUTH PLAIN"] if self.post.password else []), "250 8BITMIME")
            elif verb == "AUTH":
                self.post.logins.append(base64.b64decode(words.split()[2]).decode())
                right = self.post.logins[-1].split("\0")[2] == self.post.password
                self._say("235 welcome" if right else "535 wrong")
            elif verb == "RCPT":
                address = words.partition("<")[2].partition(">")[0]
                refused = address.startswith(self.post.refused)
                self._say("550 no such <secret> mailbox" if refused else "250 ok")
                recipients += [] if refused else [address]
            elif verb == "DATA":
                self._say("354 go on")
                self._keep(recipients)
                recipients = []
                self._say("250 kept")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                recipients = [] if verb in ("MAIL", "RSET") else recipients
                self._say("250 ok")

    def _keep(self, recipients: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline(4096)) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        raw = b"".join(lines)
        self.post.raw.append(raw)
        self.post.recipients.append(recipients)
        self.post.mails.append(message_from_bytes(raw, policy=policy.default))

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust the certificate goes away."""


@contextmanager
def mail_server(post: Post | None = None, secret: ssl.SSLContext | None = None) -> Iterator[Post]:
    """A server inside the block, on a port of its own; with `secret` it speaks TLS from the first byte."""
    kept = post or Post()
    session = type("Session", (_Session,), {"post": kept})
    with _Server(("127.0.0.1", 0), session) as server:
        if secret:
            server.socket = secret.wrap_socket(server.socket, server_side=True)
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
