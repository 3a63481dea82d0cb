"""What stands around the content of a report: what it covers, what it rests on, what is near it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.findings import Finding
    from analysis.periods import Period

__all__ = ["Frame", "LastReport", "Link"]


@dataclass(frozen=True, slots=True)
class Link:
    """Another page of the archive: what it is called, and its address from this one."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class LastReport:
    """The same report of the last earlier period: its period in words, and what it found."""

    period: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around the content of a report.

    Attributes
    ----------
    collection : str
        What all reports of this archive are about; the settings' title.
    period : Period, optional
        What the report covers.
    coverage : str
        In words, what of the period the data hold.
    provisional : str
        Why the numbers may still change; empty when they will not.
    stale : str
        Why the data are older than they should be; empty when they are not.
    simulated : bool
        Whether the data are made up.
    currency : str
        ISO 4217 code in which money at stake is told.
    quality : tuple of (label, text)
        How complete and fresh the data are: rows, what was set aside, checks that failed.
    provenance : tuple of (label, text)
        Where the numbers come from; the same for the same input and parameters.
    tables : str
        Relative address of the folder with the numbers of the figures; empty for none.
    index : str
        Relative address of the list of all reports; empty for none.
    earlier, later : Link, optional
        The same report of the period before and after.
    others : tuple of Link
        The other reports of the period.
    last : LastReport, optional
        What the method of each number is held against.
    """

    collection: str = ""
    period: Period | None = None
    coverage: str = ""
    provisional: str = ""
    stale: str = ""
    simulated: bool = False
    currency: str = "USD"
    quality: tuple[tuple[str, str], ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    tables: str = ""
    index: str = ""
    earlier: Link | None = None
    later: Link | None = None
    others: tuple[Link, ...] = ()
    last: LastReport | None = None
