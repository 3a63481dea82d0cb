"""The process that runs are forked from: it ends when it is left, and says nothing of it."""

import json
import socket
import subprocess
import sys

import pytest

from analysis.reports.warm import can_fork


@pytest.mark.skipif(not can_fork(), reason="runs are forked on Linux alone")
def test_the_server_ends_in_silence():
    ours, its = socket.socketpair()
    with its, ours:
        server = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "analysis.reports.warm.server",
                json.dumps(["analysis.tables"]),
            ],
            stdin=its.fileno(),
            stderr=subprocess.PIPE,
        )
    assert server.communicate(timeout=60) == (None, b"")
    assert server.returncode == 0
