# SPDX-License-Identifier: BSD-2-Clause
"""A client of the control sockets: JSON requests, one a line, and their answers.

    answer = control.ask(path, {"request": "status"})
"""
import json
import socket

from .errors import VoyError

TIMEOUT = 30


def ask(path, request, timeout=TIMEOUT):
    """Send one request (a dict); the answer (a dict), events passed over.  VoyError."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as s:
            s.settimeout(timeout)
            s.connect(str(path))
            s.sendall(json.dumps(request).encode() + b"\n")
            with s.makefile("rb") as lines:
                for line in lines:
                    answer = json.loads(line)
                    if "event" not in answer:
                        return answer
    except (OSError, ValueError) as e:
        raise VoyError(f"{path}: {request}: {e}") from e
    raise VoyError(f"{path}: closed without an answer to {request}")
