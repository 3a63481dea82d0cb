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
from analysis.reports.coverage import Coverage, settle_days
from analysis.reports.manifest import InputFacts
from analysis.reports.parameters import check, check_texts
from analysis.tables import open_source
from analysis.tables.reach import contracts_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from analysis.reports.handover import Handover
    from analysis.settings import Settings

__all__ = ["Plan", "input_facts", "make_plan", "read_assignments"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Reports of one period over one input, with their parameters.

    Attributes
    ----------
    titles : mapping of str to str
        All reports that the period has, or will have after this plan, by name.
    handover : Handover, optional
        What the runs are given of other runs; what readers see by default.
    """

    settings: Settings
    period: Period
    input: InputFacts
    archive: Archive
    orders: tuple[tuple[Report, dict[str, Any]], ...]
    titles: Mapping[str, str]
    handover: Handover | None = None

    def coverage(self, report: Report) -> Coverage:
        """Return how far the data reach into the period, as one of the reports sees it."""
        settle = settle_days(self.settings, report.name, self.period)
        return Coverage(self.input.first_date, self.input.last_date, self.period, settle)


def make_plan(
    settings: Settings,
    settings_file: Path,
    names: Sequence[str],
    *,
    period: str | None = None,
    assignments: Mapping[str, str] | None = None,
    facts: InputFacts | None = None,
    beside: Sequence[Report] = (),
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
    beside : sequence of Report, optional
        Other reports of the period that are made before or after these.

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
    archive = Archive.of(settings)
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
    titles = _titles(settings, archive, chosen, [*reports, *beside])
    return Plan(settings, chosen, facts, archive, tuple(orders), titles)


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
        contracts_until=contracts_until(source),
        customers=quality.customers,
        orders=quality.orders,
        rows=quality.rows_in,
        rows_set_aside=quality.rows_set_aside,
        set_aside_by_rule=_by_rule(quality.by_rule),
    )


def _by_rule(counts: pd.DataFrame) -> dict[str, int]:
    totals = counts.groupby("rule", sort=False)["rows"].sum()
    return {str(rule): int(rows) for rule, rows in totals.items()}


def _within_data(asked: Period | None, settings: Settings, facts: InputFacts) -> Period:
    first, last = facts.first_date, facts.last_date
    period = asked or Period.last_complete(settings.reports.kind, last)
    if first <= period.end and period.start <= max(last, facts.contracts_until or last):
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


def _titles(
    settings: Settings, archive: Archive, period: Period, reports: Sequence[Report]
) -> dict[str, str]:
    """Return the reports that a period has and will have, those of the settings first."""
    titles = {run.report: run.title for run in archive.current_runs(period.key)}
    titles |= {report.name: report.title for report in reports}
    first = [name for name in settings.reports.names if name in titles]
    return {name: titles[name] for name in [*first, *sorted(set(titles) - set(first))]}
