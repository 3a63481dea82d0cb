"""What of a report's content stands where: its first screen, its sections, what it rests on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.language import say
from analysis.reports.html.frame import Link
from analysis.reports.html.glossary import Term, terms_used

if TYPE_CHECKING:
    from analysis.findings import Finding
    from analysis.reports.html.blocks import Block, Content, Export, Section
    from analysis.reports.html.frame import Frame

__all__ = ["Action", "Page", "lay_out"]

MAIN_POINTS = 6
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LIST = re.compile(r"[a-z][a-z0-9_]*(\.parquet)?")


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do, the place that says why, and the list of those it is about.

    A link without an address is a list that was not written.
    """

    finding: Finding
    why: Link
    list: Link | None


@dataclass(frozen=True, slots=True)
class Page:
    """A report as its template lays it out.

    Attributes
    ----------
    cards : list of Finding
        The key figures.
    points : list of (Finding, Section)
        The main points; of a report that refused everything, why.
    actions : list of Action
        The most money at stake first.
    changed : dict of id to method
        The method that the last report used, of each finding that has another one now.
    opening, basis, sections
        What a reader must know before the numbers, what they rest on, and the sections after.
    terms : list of Term
        What the report's own words mean.
    """

    title: str
    cards: list[Finding]
    points: list[tuple[Finding, Section]]
    actions: list[Action]
    changed: dict[str, str]
    labels_changed: list[str]
    opening: list[Block]
    basis: list[Block]
    sections: list[Section]
    terms: list[Term]


def lay_out(content: Content, frame: Frame) -> Page:
    """Decide what of a report's content stands where."""
    found, beginning = content.findings, content.sections[0].blocks
    changed = _changed(found, frame)
    return Page(
        title=content.title,
        cards=[finding for finding, _ in found if finding.kpi and finding.value_text],
        points=_points(found),
        actions=_actions(found, content.exports, frame.others),
        changed=changed,
        labels_changed=[f.label or f.headline for f, _ in found if f.id in changed],
        opening=[block for block in beginning if _comes_first(block)],
        basis=[block for block in beginning if not _comes_first(block)],
        sections=[section.without_repeats() for section in content.sections[1:] if section.blocks],
        terms=terms_used(content),
    )


def _comes_first(block: Block) -> bool:
    return block.kind == "prose" or (block.kind == "note" and block.content.level == "warning")


def _points(found: list[tuple[Finding, Section]]) -> list[tuple[Finding, Section]]:
    points = [place for place in found if place[0].main]
    points.sort(key=lambda place: not place[0].kpi)
    refusals: dict[str, tuple[Finding, Section]] = {}
    for finding, section in found:
        if finding.refused:
            refusals.setdefault(finding.headline, (finding, section))
    return (points or list(refusals.values()))[:MAIN_POINTS]


def _actions(
    found: list[tuple[Finding, Section]], exports: dict[str, Export], others: tuple[Link, ...]
) -> list[Action]:
    actions = [_action(*place, exports, others) for place in found if place[0].action]
    return sorted(actions, key=lambda action: -(action.finding.at_stake or 0.0))


def _action(
    finding: Finding, section: Section, exports: dict[str, Export], others: tuple[Link, ...]
) -> Action:
    """Find the list of an action; one of another report is named 'report/list'."""
    why = Link(section.title or say("Main points"), f"#{section.anchor}")
    report, _, name = finding.list_name.rpartition("/")
    if not report:
        own = exports.get(name)
        return Action(finding, why, Link(own.title, own.file) if own else None)
    origin = next((link for link in others if f"/{report}/" in link.address), None)
    named = _LIST.fullmatch(name)
    if origin is None or named is None:
        return Action(finding, why, None)
    file = name if named[1] else f"{name}.csv"
    address = f"{origin.address.rpartition('/')[0]}/tables/{file}"
    return Action(finding, origin, Link(say("List in {report}", report=origin.title), address))


def _changed(found: list[tuple[Finding, Section]], frame: Frame) -> dict[str, str]:
    """Return the former method of each finding; one told in another language tells nothing."""
    last = frame.last.findings if frame.last else ()
    before = {finding.id: finding for finding in last if finding.method}
    return {
        finding.id: old.method
        for finding, _ in found
        if finding.method
        and (old := before.get(finding.id)) is not None
        and old.method != finding.method
        and _in_chinese(old) == _in_chinese(finding)
    }


def _in_chinese(finding: Finding) -> bool:
    return _HAN.search(finding.headline) is not None
