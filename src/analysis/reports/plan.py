"""What is going to be rendered: everything that can be refused is refused here.

Nothing has been written when a plan is complete, and nothing in it can be wrong but
what only shows while a notebook runs.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis import wording
from analysis.errors import PeriodError, ReportError
from analysis.periods import Period
from analysis.reports.archive import Archive
from analysis.reports.catalogue import Report, find_reports, notebooks_folder
from analysis.reports.html import Frame
from analysis.reports.manifest import InputFacts, package_version
from analysis.reports.parameters import check, check_texts
from analysis.tables import open_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from analysis.settings import Settings

__all__ = ["Plan", "input_facts", "make_plan", "read_assignments"]

INDEX_FROM_RUN = "../../../index.html"


@dataclass(frozen=True, slots=True)
class Plan:
    """Reports of one period over one input, with their parameters."""

    settings: Settings
    period: Period
    input: InputFacts
    archive: Archive
    orders: tuple[tuple[Report, dict[str, Any]], ...]

    def frame(self, report: Report, parameters: Mapping[str, Any]) -> Frame:
        """Return what stands around the content of one of the reports."""
        facts = self.input
        own = [f"{n} = {parameters[n]}" for n in report.parameters.own() if parameters[n] != ""]
        return Frame(
            collection=self.settings.title,
            period=self.period,
            coverage=(
                f"Covers {self.period.coverage}. The data hold "
                f"{wording.plural(facts.customers, 'customer')} and "
                f"{wording.plural(facts.orders, 'order')}, {_days(facts)}."
            ),
            provisional=self._provisional(),
            currency=self.settings.currency,
            provenance=(
                ("Data", facts.description),
                ("Rows", f"{wording.count(facts.rows)} read, {_set_aside(facts)}"),
                ("Input, SHA-256", facts.sha256),
                ("Settings, SHA-256", facts.settings_sha256),
                ("Parameters", ", ".join([f"period = {self.period.key}", *own])),
                ("Made by", f"customer-notebooks {package_version()}, {report.notebook.name}"),
            ),
            index=INDEX_FROM_RUN,
        )

    def _provisional(self) -> str:
        last = self.input.last_date
        if last >= self.period.end:
            return ""
        return (
            f"The data end on {wording.date(last)}, before the period does "
            f"({wording.date(self.period.end)}); its numbers will still change."
        )


def make_plan(
    settings: Settings,
    settings_file: Path,
    names: Sequence[str],
    *,
    period: str | None = None,
    assignments: Mapping[str, str] | None = None,
    facts: InputFacts | None = None,
) -> Plan:
    """Decide what to render, or refuse.

    Parameters
    ----------
    settings : Settings
    settings_file : Path
        Where they were read from; every notebook reads them again.
    names : sequence of str
        The reports; all of the settings when empty.
    period : str, optional
        What to cover; the last complete period of the settings' kind by default.
    assignments : mapping of str to str, optional
        Parameters as a person wrote them; each goes to the reports that have it.
    facts : InputFacts, optional
        What is known of the data, where they have just been read.

    Raises
    ------
    PeriodError
        The period does not parse, or lies before or after the data.
    ReportError
        A report or parameter is unknown, or a value does not fit.
    """
    asked = Period.parse(period) if period is not None else None
    reports = find_reports(notebooks_folder(settings.root), names or settings.reports.names)
    own = _assign(reports, assignments or {})
    facts = facts or input_facts(settings, settings_file)
    chosen = _within_data(asked, settings, facts)
    archive = Archive((settings.root / settings.reports.folder).resolve())
    orders = []
    for report in reports:
        run_folder = archive.root / report.name / chosen.key / "run"
        values = {
            "period": chosen.key,
            "settings_path": os.path.relpath(settings_file.resolve(), run_folder),
            "tables_dir": "tables",
            **({"findings_dir": "findings"} if report.reads_findings else {}),
            **own[report.name],
        }
        orders.append((report, check(report.name, report.parameters, values)))
    return Plan(settings, chosen, facts, archive, tuple(orders))


def read_assignments(texts: Sequence[str]) -> dict[str, str]:
    """Read `name=value` texts."""
    assignments = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise ReportError(f"A parameter is written name=value; got {text!r}.")
        assignments[name.strip()] = value.strip()
    return assignments


def _assign(reports: Sequence[Report], assignments: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Give each parameter to the reports that have it; one that none has is refused."""
    for name, text in assignments.items():
        if not any(name in report.parameters.model_fields for report in reports):
            check_texts(reports[0].name, reports[0].parameters, {name: text})
    return {
        report.name: check_texts(
            report.name,
            report.parameters,
            {n: text for n, text in assignments.items() if n in report.parameters.model_fields},
        )
        for report in reports
    }


def input_facts(settings: Settings, settings_file: Path) -> InputFacts:
    """Read the data and say what they are."""
    source = open_source(settings)
    quality = source.quality
    return InputFacts(
        sha256=quality.loaded_hash,
        settings_sha256=hashlib.sha256(settings_file.read_bytes()).hexdigest(),
        description=source.description,
        first_date=source.first_date,
        last_date=source.last_date,
        customers=quality.customers,
        orders=quality.orders,
        rows=quality.rows_in,
        rows_set_aside=quality.rows_set_aside,
    )


def _within_data(asked: Period | None, settings: Settings, facts: InputFacts) -> Period:
    first, last = facts.first_date, facts.last_date
    period = asked or Period.last_complete(settings.reports.kind, last)
    if first <= period.end and period.start <= last:
        return period
    reach = f"the data run from {wording.date(first)} to {wording.date(last)}"
    if asked is None:
        raise PeriodError(f"No {settings.reports.kind} is complete: {reach}. Give --period.")
    where = "before" if period.end < first else "after"
    raise PeriodError(
        f"A report covers a period of the data; {period.key} ({period.coverage}) lies {where} "
        f"them: {reach}. The last complete {settings.reports.kind} is "
        f"{Period.last_complete(settings.reports.kind, last).key}."
    )


def _days(facts: InputFacts) -> str:
    return f"from {wording.date(facts.first_date)} to {wording.date(facts.last_date)}"


def _set_aside(facts: InputFacts) -> str:
    if not facts.rows_set_aside:
        return "none set aside"
    return f"{wording.count(facts.rows_set_aside)} set aside"
