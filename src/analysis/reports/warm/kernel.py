"""A kernel that is forked before it is needed, and told later what to serve.

It is forked while its parent still has one thread, and waits at a pipe for the command that
`jupyter_client` would have started.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from analysis.reports.warm.client import FORKED

__all__ = ["Provisioner", "Reserved"]

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass(slots=True)
class Reserved:
    """A process that will be a kernel, as far as `subprocess.Popen` shows the same."""

    pid: int
    orders: int
    returncode: int | None = None
    stdin: None = None
    stdout: None = None
    stderr: None = None

    @classmethod
    def fork(cls) -> None:
        """Fork one, for the provisioner of this process."""
        told, orders = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.close(orders)
            _be_a_kernel(told, parent)
        os.close(told)
        Provisioner.reserved = cls(pid, orders)
        entry = EntryPoint(FORKED, f"{__name__}:Provisioner", "jupyter_client.kernel_provisioners")
        KernelProvisionerFactory.instance().provisioners[FORKED] = entry

    def start(self, command: list[str], environment: dict[str, str], folder: str) -> None:
        """Let it be the kernel that this command would start."""
        with os.fdopen(self.orders, "w") as pipe:
            json.dump({"command": command, "environment": environment, "folder": folder}, pipe)

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        return self._look(os.WNOHANG)

    def wait(self) -> int | None:
        """Wait for its end."""
        return self._look(0)

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _look(self, how: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, how)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


class Provisioner(LocalProvisioner):
    """Gives the kernel that was reserved, where `jupyter_client` asks for a new process."""

    reserved: ClassVar[Reserved | None] = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Make the reserved process the kernel of this command."""
        reserved, Provisioner.reserved = Provisioner.reserved, None
        if reserved is None:
            raise RuntimeError("A run has one kernel, and that was started before.")
        with_parent = [*cmd, f"--IPKernelApp.parent_handle={os.getpid()}"]
        reserved.start(with_parent, dict(kwargs["env"]), str(kwargs.get("cwd") or Path.cwd()))
        self.process = reserved  # type: ignore[assignment]  # shows what a Popen does
        self.pid = self.pgid = reserved.pid
        return self.connection_info


def _be_a_kernel(told: int, parent: int) -> None:
    """Wait for an order and carry it out; not even a kernel that is stuck outlives its parent."""
    code = 1
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(code)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(2, 1)
        with os.fdopen(told) as pipe:
            text = pipe.read()
        if text:
            _serve(json.loads(text))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _serve(order: dict[str, Any]) -> None:
    from ipykernel.kernelapp import IPKernelApp

    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    _, module, name, *arguments = order["command"]
    if (module, name) != ("-m", "ipykernel_launcher"):
        raise RuntimeError(f"The command of a kernel is that of ipykernel; got {module} {name}.")
    sys.argv = [name, *arguments]
    IPKernelApp.launch_instance(arguments)
