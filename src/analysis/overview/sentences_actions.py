"""What the other reports would have you do, said: ranked, with who, how many and the money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import disclosure
from analysis.findings import Finding
from analysis.language import say, translate
from analysis.wording import MISSING, count, label, money, plural, span

if TYPE_CHECKING:
    from analysis.periods import Period

_REPORTS = {"clv": "Customer value", "segmentation": "Customer segments"}
_POINTS = 3


def actions_finding(actions: pd.DataFrame, period: Period, currency: str) -> Finding:
    """Say how many actions the other reports propose, and which has most at stake."""
    name = "summary.actions"
    if actions.empty:
        return Finding(
            id=name,
            headline=say(
                "No action of the other reports for {period} is at hand: render them first, then"
                " this one lists and ranks what they propose.",
                period=period.title,
            ),
            direction="neutral",
        )
    return Finding(
        id=name,
        headline=_proposed(actions, period, currency),
        label=say("Actions proposed"),
        value=float(len(actions)),
        value_text=count(len(actions)),
        direction="neutral",
        main=True,
    )


def leading_action(actions: pd.DataFrame, rank: int) -> Finding | None:
    """Return the action of this rank with the finding that it rests on; None past the last."""
    if rank > len(actions):
        return None
    action = actions.iloc[rank - 1]
    listed = action["list_name"]
    return Finding(
        id=f"summary.action_{rank}",
        headline=say(
            "{report}: {finding}", report=report_title(action["report"]), finding=action["headline"]
        ),
        action=action["action"],
        at_stake=_number(action["at_stake"]),
        at_stake_low=_number(action["at_stake_low"]),
        at_stake_high=_number(action["at_stake_high"]),
        basis=action["basis"],
        people=None if pd.isna(action["people"]) else int(action["people"]),
        list_name=f"{action['report']}/{listed}" if listed else "",
    )


def actions_table(actions: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the ranked actions as text, for display."""
    return pd.DataFrame(
        {
            "rank": range(1, len(actions) + 1),
            "action": actions["action"],
            "people": [MISSING if pd.isna(n) else disclosure.people(n) for n in actions["people"]],
            "at_stake": [_stake(action, currency) for _, action in actions.iterrows()],
            "basis": actions["basis"].where(actions["at_stake"].notna(), MISSING),
            "report": [report_title(report) for report in actions["report"]],
        }
    )


def table_labels() -> dict[str, str]:
    """Return the headings of the tables of actions and of main points."""
    return {
        "rank": say("Rank"),
        "action": say("What to do"),
        "people": say("Customers"),
        "at_stake": say("At stake (interval)"),
        "basis": say("What money that is"),
        "report": say("Report"),
        "finding": say("Finding"),
    }


def main_points(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the first three points that each of the other reports leads with."""
    main = findings.loc[findings["main"].fillna(value=False).astype(bool)]
    main = main.assign(key=main["kpi"].fillna(value=False).astype(bool))
    main = main.sort_values(["report", "key"], ascending=[True, False], kind="stable")
    main = main.groupby("report", sort=False).head(_POINTS)
    return pd.DataFrame(
        {"report": [report_title(name) for name in main["report"]], "finding": main["headline"]}
    )


def report_title(report: str) -> str:
    """Return a report's name as its readers know it: 'clv' -> 'Customer value'."""
    return translate(_REPORTS[report]) if report in _REPORTS else label(report)


def _proposed(actions: pd.DataFrame, period: Period, currency: str) -> str:
    """Say how many actions there are and, of those in one kind of money, which has most."""
    proposed, first = plural(len(actions), "action"), actions.iloc[0]
    if pd.isna(first["at_stake"]):
        return say(
            "The other reports propose {actions} for {period}.",
            actions=proposed,
            period=period.title,
        )
    comparable = actions["at_stake"].notna() & (actions["basis"] == first["basis"])
    told = {
        "actions": proposed,
        "period": period.title,
        "basis": first["basis"] or say("its kind is not told"),
        "stake": money(first["at_stake"], currency),
        "report": report_title(first["report"]),
    }
    if comparable.sum() == 1:
        return say(
            "The other reports propose {actions} for {period}; first, of {report}, one with {stake}"
            " at stake ({basis}).",
            **told,
        )
    return say(
        "The other reports propose {actions} for {period}; of the {comparable} that can be compared"
        " by money ({basis}), that of {report} has most at stake: {stake}.",
        comparable=count(comparable.sum()),
        **told,
    )


def _stake(action: pd.Series, currency: str) -> str:
    """Write the money at stake with its interval: '$56,194 ($50,000 to $60,000)'."""
    if pd.isna(action["at_stake"]):
        return MISSING
    stake = money(action["at_stake"], currency)
    if pd.isna(action["at_stake_low"]) or pd.isna(action["at_stake_high"]):
        return stake
    interval = span(
        action["at_stake_low"], action["at_stake_high"], lambda value: money(value, currency)
    )
    return say("{value} ({interval})", value=stake, interval=interval)


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
