"""The far end: imports everything, then forks a child for each that is asked for.

Its standard input is a socket: what comes is either "fork", with the three standard files of
a child, or the number of a child to wait for. It has one thread, and so have its children when
they begin, or it would not be safe to copy it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from analysis.reports import child
from analysis.reports.warm import kernel

ALWAYS = ("IPython", "ipykernel.kernelapp", "nbclient", "papermill.execute", "papermill.iorw")
_THREADS = Path("/proc/self/task")


def main() -> None:
    """Serve until the other end is closed."""
    _import_all(json.loads(sys.argv[1]))
    line = socket.socket(fileno=0)
    while True:
        message, files, _, _ = socket.recv_fds(line, 64, 3)
        if not message:
            return
        if not files:
            os.waitpid(int(message), 0)
            line.send(b"0")
            continue
        pid = os.fork()
        if pid == 0:
            line.detach()
            _be_a_child(files)
        for number in files:
            os.close(number)
        line.send(str(pid).encode())


def _import_all(modules: list[str]) -> None:
    for name in (*ALWAYS, *modules):
        with suppress(Exception):  # the notebook that imports it will say what is wrong
            importlib.import_module(name)
    if modules and len(list(_THREADS.iterdir())) > 1:  # one of them started a thread: without them
        os.execv(sys.executable, [*sys.orig_argv[:-1], "[]"])  # noqa: S606
    gc.collect()
    gc.freeze()


def _be_a_child(files: list[int]) -> None:
    code = 1
    try:
        os.setsid()
        for place, number in enumerate(files):
            os.dup2(number, place)
            os.close(number)
        kernel.Reserved.fork()
        child.main()
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
    os._exit(0)  # what was imported is frozen: taking it apart would be reported as leaks
