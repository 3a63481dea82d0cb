"""The near end: asks the process that has imported everything for a child."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

__all__ = ["FORKED", "Child", "Forks", "can_fork"]

FORKED = "analysis-forked"
"""The name under which a kernel says that it is not to be started, but was forked."""


def can_fork() -> bool:
    """Say whether a process may be copied here; elsewhere system libraries object to it."""
    return sys.platform == "linux"


@dataclass(slots=True)
class Child:
    """A forked process, as far as `subprocess.Popen` shows the same; it leads a session."""

    pid: int
    stdin: IO[str]
    stdout: IO[str]
    forks: Forks

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Wait for its end, which the caller has seen to."""
        for pipe in (self.stdin, self.stdout):
            try:
                pipe.close()
            except BrokenPipeError:  # what it was sent was never read
                continue
        self.forks.wait_for(self.pid)


@dataclass(slots=True)
class Forks:
    """A process that has imported modules, started when it is first asked for a child.

    Attributes
    ----------
    modules : sequence of str
        What it imports, beside what every run needs.
    environment : mapping of str to str
        Added to that of this process.
    """

    modules: Sequence[str]
    environment: Mapping[str, str]
    _process: subprocess.Popen[bytes] | None = None
    _line: socket.socket | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def child(self, log: IO[str]) -> Child:
        """Fork a child that runs `child.main`, with pipes of its own; errors go to `log`.

        Raises
        ------
        ConnectionError
            The process that would be forked ends whenever it is started.
        """
        its_input, our_input = os.pipe()
        our_output, its_output = os.pipe()
        pipes = (
            os.fdopen(our_input, "w", encoding="utf-8"),
            os.fdopen(our_output, encoding="utf-8"),
        )
        try:
            pid = self._fork([its_input, its_output, log.fileno()])
        except BaseException:
            for pipe in pipes:
                pipe.close()
            raise
        finally:
            os.close(its_input)
            os.close(its_output)
        return Child(pid, *pipes, self)

    def wait_for(self, pid: int) -> None:
        """Wait for the end of a child."""
        try:
            self._ask(str(pid).encode(), [])
        except OSError:  # the parent of both is gone, and so nobody has to
            return

    def stop(self) -> None:
        """End the process; its children must have ended."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._line is not None and self._process is not None:
            self._line.close()
            self._process.wait()
        self._line = self._process = None

    def _fork(self, files: list[int]) -> int:
        try:
            return self._ask(b"fork", files)
        except ConnectionError:  # it was killed since the last time, and so another is started
            return self._ask(b"fork", files)

    def _ask(self, message: bytes, files: list[int]) -> int:
        with self._lock:
            line = self._open()
            try:
                socket.send_fds(line, [message], files)
                answer = line.recv(64)
            except OSError:
                answer = b""
            if not answer:
                self._end()
                raise ConnectionError("The process that runs are forked from has ended.")
            return int(answer)

    def _open(self) -> socket.socket:
        if self._line is None:
            self._line, its_end = socket.socketpair()
            with its_end:
                self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our module
                    [sys.executable, "-P", "-m", "analysis.reports.warm.server",
                     json.dumps(list(self.modules))],
                    stdin=its_end.fileno(),
                    stdout=subprocess.DEVNULL,
                    env=os.environ | dict(self.environment),
                    start_new_session=True,
                )  # fmt: skip
        return self._line
