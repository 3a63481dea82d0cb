"""What is known about a run: written beside the report, read by the index."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, date, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from analysis.errors import ReportError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Forgotten", "InputFacts", "Manifest", "git_commit", "package_version", "versions"]

FILE = "manifest.json"
PACKAGE = "customer-notebooks"
_LIBRARIES = (
    "duckdb", "ipykernel", "matplotlib", "nbconvert", "numpy", "pandas", "papermill", "pyarrow",
    "scipy", "seaborn", "statsmodels",
)  # fmt: skip


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class InputFacts(_Record):
    """The data of a run."""

    sha256: str
    settings_sha256: str
    description: str
    first_date: date
    last_date: date
    contracts_until: date | None = None
    customers: int
    orders: int
    rows: int
    rows_set_aside: int
    set_aside_by_rule: dict[str, int] = {}


class Forgotten(_Record):
    """A customer was taken out of a run's lists; whom, it does not tell.

    Attributes
    ----------
    at : datetime
    lists_sha256 : mapping of str to str
        The lists that lost rows, and what they hash to since.
    """

    at: datetime
    lists_sha256: dict[str, str]


class Manifest(_Record):
    """One run of one report for one period.

    Attributes
    ----------
    leads : bool
        Whether it sums up the others.
    cause : str
        Hash of all that the run depended on; see `failing`.
    failures : int
        How many runs in a row have failed with the same cause, this one among them.
    previous : str
        The run of the same report for an earlier period that it was held against, as
        ``report/period/run``; empty for the first one.
    findings_of : tuple of str
        The runs whose findings it read, named likewise.
    titles : mapping of str to str
        The reports of the period that the page leads to, and their titles.
    provisional : bool
        Whether the data did not reach the day after which nothing of the period comes in.
    stale_days : int
        How many days before the period the data end; 0 when they reach its end.
    exposed : int
        Counts too small to be told that all published tables narrow together, though all is hidden
        that can be; see `checking`.
    forgotten : tuple of Forgotten
        What `analysis forget` took out of the lists since.
    """

    report: str
    title: str
    period: str
    run: str
    notebook: str
    leads: bool = False
    status: Literal["succeeded", "failed"]
    fault: str = ""
    attempts: int = 1
    cause: str = ""
    failures: int = 0
    parameters: dict[str, str | int | float | bool]
    previous: str = ""
    findings_of: tuple[str, ...] = ()
    titles: dict[str, str] = {}
    input: InputFacts
    provisional: bool = False
    stale_days: int = 0
    notebook_sha256: str
    report_sha256: str = ""
    versions: dict[str, str]
    commit: str
    started: datetime
    seconds: dict[str, float]
    exposed: int = 0
    forgotten: tuple[Forgotten, ...] = ()

    @property
    def coverage(self) -> tuple[date, date]:
        """The first and the last day of the data."""
        return self.input.first_date, self.input.last_date

    @property
    def finished(self) -> datetime:
        """When the run was over, to the second."""
        return datetime.fromtimestamp(
            round(self.started.timestamp() + sum(self.seconds.values())), UTC
        )

    def write(self, folder: Path) -> None:
        """Write the manifest into the folder of its run, in one step."""
        aside = folder / f".{FILE}"
        aside.write_text(self.model_dump_json(indent=1) + "\n", "utf-8")
        aside.replace(folder / FILE)

    @classmethod
    def read(cls, folder: Path, name: str = FILE) -> Manifest:
        """Read the manifest of the run in `folder`."""
        try:
            return cls.model_validate_json((folder / name).read_bytes())
        except ValidationError as error:
            raise ReportError(
                f"Every manifest in the archive must be as it was written; {folder / name} is not: "
                f"{error.errors()[0]['msg']}. Move that run out of the archive."
            ) from None


def package_version() -> str:
    """Return the version of this package."""
    return metadata.version(PACKAGE)


def versions() -> dict[str, str]:
    """Return the versions of Python, of this package and of what its numbers rest on."""
    known = {name: metadata.version(name) for name in _LIBRARIES}
    return {"python": platform.python_version(), PACKAGE: package_version(), **known}


def git_commit(folder: Path) -> str:
    """Return the commit that `folder` is at, marked when files differ; '' where git cannot tell."""
    command = ["git", "-C", str(folder), "describe", "--always", "--abbrev=40", "--dirty"]
    try:
        answer = subprocess.run(  # noqa: S603 - fixed words and a folder of the settings
            [*command, "--exclude=*"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):  # no git on this machine, or a drive too slow
        return ""
    return answer.stdout.strip()
