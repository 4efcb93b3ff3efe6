"""A preview as a process: `python -m server.preview.serve PORT`, listening on 127.0.0.1 and ::1 and nowhere else."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress

import click
import uvicorn

from catalogue.language import _, language_of_environment, set_language


def listen(port: int) -> list[socket.socket]:
    """Sockets on loopback: 127.0.0.1, and ::1 where the machine has it. Raises OSError where the port is taken."""
    found = [_bound(socket.AF_INET, "127.0.0.1", port)]
    with suppress(OSError):
        found.append(_bound(socket.AF_INET6, "::1", port))
    return found


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def main(port: int) -> None:
    """Serve until stopped."""
    set_language(language_of_environment())
    try:
        sockets = listen(port)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        click.echo(_("Cannot listen on 127.0.0.1, port {port}: {reason}. Choose another port: --port.",
                     port=port, reason=reason), err=True)  # fmt: skip
        sys.exit(2)
    config = uvicorn.Config(
        "server.preview.app:create_preview_from_environment", factory=True, access_log=False, ws="none",
        server_header=False, proxy_headers=False, log_level="warning", timeout_graceful_shutdown=2,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=sockets)


if __name__ == "__main__":
    main(int(sys.argv[1]))
