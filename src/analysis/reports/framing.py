"""What stands around the content of a report: filled from its plan and from what it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import wording
from analysis.language import say, translate
from analysis.periods import Period
from analysis.reports import found
from analysis.reports.handover import PREVIOUS
from analysis.reports.html import Frame, LastReport, Link
from analysis.reports.manifest import package_version
from analysis.tables.retold import described_in_words, rule_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from analysis.reports.catalogue import Report
    from analysis.reports.manifest import InputFacts
    from analysis.reports.plan import Plan

__all__ = ["frame"]

INDEX = "../../../index.html"
"""The index, from the folder of a run."""


def frame(
    plan: Plan, report: Report, parameters: Mapping[str, Any], previous: str, staged: Path
) -> Frame:
    """Return what stands around the content of one report of a plan.

    Parameters
    ----------
    plan : Plan
    report : Report
    parameters : mapping of str to value
    previous : str
        The run that `previous_dir` holds, as the manifest names it; empty for none.
    staged : Path
        The folder of the run.
    """
    facts, coverage = plan.input, plan.coverage(report)
    own = [f"{n} = {parameters[n]}" for n in report.parameters.own() if parameters[n] != ""]
    return Frame(
        collection=plan.settings.title,
        period=plan.period,
        coverage=coverage.in_words(facts.customers, facts.orders),
        provisional=coverage.why_provisional(),
        stale=coverage.why_stale(),
        simulated=plan.settings.simulated,
        currency=plan.settings.currency,
        quality=(
            (say("Rows"), _rows(facts)),
            (say("Customers and orders"), _customers(facts)),
            (say("Newest order"), coverage.freshness()),
            (say("Checks that failed"), _failed_checks(facts)),
        ),
        provenance=(
            (say("Data"), described_in_words(facts.description)),
            (say("Input, SHA-256"), facts.sha256),
            (say("Settings, SHA-256"), facts.settings_sha256),
            (say("Parameters"), ", ".join([f"period = {plan.period.key}", *own])),
            (say("Made by"), f"customer-notebooks {package_version()}, {report.notebook.name}"),
        ),
        tables="tables",
        index=INDEX,
        earlier=_earlier(previous),
        later=Link(plan.period.next.title, f"{INDEX}#p-{plan.period.next.key}"),
        others=_others(plan, report),
        last=_last(previous, staged),
    )


def _rows(facts: InputFacts) -> str:
    read = wording.count(facts.rows)
    if not facts.rows_set_aside:
        return say("{read} read, none set aside", read=read)
    return say(
        "{read} read, {kept} kept, {aside} set aside",
        read=read,
        kept=wording.count(facts.rows - facts.rows_set_aside),
        aside=wording.count(facts.rows_set_aside),
    )


def _customers(facts: InputFacts) -> str:
    customers = wording.plural(facts.customers, "customer")
    return wording.join([customers, wording.plural(facts.orders, "order")])


def _failed_checks(facts: InputFacts) -> str:
    failed = [
        say("{rule} ({rows})", rule=rule_in_words(rule), rows=wording.plural(rows, "row"))
        for rule, rows in facts.set_aside_by_rule.items()
    ]
    return say("; ").join(failed) or say("none")


def _earlier(previous: str) -> Link | None:
    if not previous:
        return None
    key = previous.split("/")[1]
    return Link(Period.parse(key).title, f"../../{key}/current/report.html")


def _others(plan: Plan, report: Report) -> tuple[Link, ...]:
    return tuple(
        Link(translate(title), f"../../../{name}/{plan.period.key}/current/report.html")
        for name, title in plan.titles.items()
        if name != report.name
    )


def _last(previous: str, staged: Path) -> LastReport | None:
    path = staged / PREVIOUS / found.FILE
    if not path.is_file():
        return None
    return LastReport(Period.parse(previous.split("/")[1]).title, tuple(found.read(path)))
