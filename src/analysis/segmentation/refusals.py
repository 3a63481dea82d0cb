"""When segmentation says nothing: too few customers, or nothing spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import disclosure, wording
from analysis.findings import not_enough_data
from analysis.language import say

if TYPE_CHECKING:
    from analysis.findings import Finding
    from analysis.segmentation.snapshot import Snapshot


def too_few(name: str, what: str, snapshot: Snapshot) -> Finding | None:
    """Return the refusal of a finding over fewer than the minimum of customers, or None."""
    n, minimum = len(snapshot.customers), snapshot.minimum_customers
    if n >= minimum:
        return None
    needed = say(
        "at least {minimum} on {day}; there were {have}",
        minimum=wording.plural(minimum, "customer"),
        day=wording.date(snapshot.as_of),
        have=disclosure.people(n) if n else say("none"),
    )
    return not_enough_data(name, what, needed)


def without_spend(name: str, what: str, snapshot: Snapshot) -> Finding | None:
    """Return the refusal of a finding about shares of spend where there is none, or None."""
    if refused := too_few(name, what, snapshot):
        return refused
    if snapshot.customers.total("spend") > 0:
        return None
    return not_enough_data(name, what, say("more spend than returns"))
