"""What acting on the last lists did: those to be contacted against those left alone at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.churn.control import LEAVE, ActionEffect, measure_action
from analysis.errors import TooFewError
from analysis.language import say
from analysis.limits import if_enough

if TYPE_CHECKING:
    from analysis.churn.archived import LastLists
    from analysis.churn.spells import Rule
    from analysis.periods import Period
    from analysis.tables import Source

MEASURED = ("early_warnings", "win_back")


@dataclass(frozen=True, slots=True)
class ListEffect:
    """What acting on one list of the last report did.

    Attributes
    ----------
    name : str
        Name of the list.
    made_for : Period
        Of the report that handed it out.
    found : ActionEffect or TooFewError
    """

    name: str
    made_for: Period
    found: ActionEffect | TooFewError


def measure_last_lists(
    source: Source, period: Period, rule: Rule, last: LastLists | None, *, margin: float = 1.0
) -> tuple[ListEffect, ...]:
    """What did acting on each list of the last report do?

    Parameters
    ----------
    source : Source
        The opened tables.
    period : Period
        Up to its end, what the customers did counts.
    rule : InactivityWindow or ContractEnd
        As for `measure_action`.
    last : LastLists or None
        What the last report handed out.
    margin : float
        Share of the sales that is margin.

    Returns
    -------
    tuple of ListEffect, one a list to act on; empty where there was no earlier report

    Notes
    -----
    Only customers whom the list called worth the contact are compared, in both groups: nobody
    else was to be contacted, and that was settled before chance decided.
    """
    if last is None:
        return ()
    return tuple(
        ListEffect(name, last.period, if_enough(_measure, source, period, rule, last, name, margin))
        for name in MEASURED
        if name in last.lists
    )


def _measure(
    source: Source, period: Period, rule: Rule, last: LastLists, name: str, margin: float
) -> ActionEffect:
    listed = last.lists[name]
    if "worthwhile" in listed:
        listed = listed.loc[listed["worthwhile"].eq(True)]
    if "contacted" not in listed and not listed.get("group", pd.Series()).eq(LEAVE).any():
        raise TooFewError(
            say("What acting did is told from customers left alone; the list names none.")
        )
    return measure_action(
        source, listed, after=last.period.end, until=period.end, margin=margin, rule=rule
    )
