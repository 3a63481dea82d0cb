"""What changed since the last report, said: restated data, who came, what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import wording
from analysis.findings import COUNTED, Finding
from analysis.language import say, translate
from analysis.overview.sentences import names, signed, writer
from analysis.periods import Period
from analysis.retention import layout

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from analysis.overview.last_report import LastReport
    from analysis.periods import Kind


def change_finding(
    parts: pd.DataFrame, groups: pd.DataFrame, base: Period, currency: str
) -> Finding:
    """Say where the change in sales came from.

    Parameters
    ----------
    parts, groups : DataFrame
        Output of `explain_change` and `compare_groups`.
    base : Period
        What the change is against.
    currency : str
    """
    name = "summary.change"
    if parts.empty:
        return Finding(
            id=name,
            headline=say("There is no {base} to explain the change against.", base=base.title),
            refused=True,
        )
    total = float(parts["effect"].sum())
    by_part = parts.groupby("part")["effect"].sum()
    written = signed(currency)
    return Finding(
        id=name,
        headline=wording.sentences(
            [
                _moved(total, base, currency, restated=bool(by_part.get("data", 0.0))),
                _because(by_part, written, alone=len(groups) == 1),
            ]
        ),
        label=say("Change in net sales"),
        value=total,
        value_text=written(total),
        interval=translate(COUNTED),
        direction="neutral",
        main=True,
    )


def subtitle(period: Period, base: Period) -> str:
    """Return what the chart of the parts shows."""
    return say(
        "Net sales of {period} less those of {base}, in parts that add up exactly",
        period=period.title,
        base=base.title,
    )


def restated_finding(
    last: LastReport | None, restated: pd.DataFrame, period: Period, currency: str
) -> Finding:
    """Say which figures of the past are no longer what the last report told."""
    name = "summary.restated"
    if last is None:
        return Finding(
            id=name,
            headline=say(
                "No earlier report of this kind was kept, so whether its figures were restated"
                " cannot be told."
            ),
            direction="neutral",
        )
    if restated.empty:
        return Finding(
            id=name,
            headline=say(
                "The past stands as it was told: net sales, customers and orders of {periods} are"
                " the same as in the report on {last}.",
                periods=wording.plural(len(last.figures), "period"),
                last=last.period.title,
            ),
            direction="good",
        )
    return _restated(last, restated, currency, period.kind)


def named_effects(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the parts of a change with names for an axis."""
    words = {
        "restated": say("Restated data"),
        "customers": say("How many customers came"),
        "composition": say("Which customers came"),
        "orders_per_customer": say("How often each ordered"),
        "revenue_per_order": say("How much each order was"),
    }
    kinds = {"data": say("Data"), "mix": say("Who came"), "behaviour": say("What they did")}
    return parts.assign(name=parts["factor"].map(words), kind=parts["part"].map(kinds))


def groups_table(groups: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the groups as a table to read: heads, sales a head, and what each added."""
    money, written = writer("revenue", currency), signed(currency)
    called = {**layout.labels(), "all": say("All customers")}
    if groups.empty:
        return groups
    each = [
        groups[revenue] / groups[heads].where(groups[heads] > 0)
        for revenue, heads in (("revenue_before", "customers_before"), ("revenue", "customers"))
    ]
    heads = groups[["customers_before", "customers"]].astype("int64")
    return heads.assign(
        group=groups["group"].map(called),
        spend_before=each[0].map(money),
        spend=each[1].map(money),
        mix=groups["mix"].map(written),
        behaviour=groups["behaviour"].map(written),
    )[["group", "customers_before", "customers", "spend_before", "spend", "mix", "behaviour"]]


def restated_table(restated: pd.DataFrame, kind: Kind, currency: str) -> pd.DataFrame:
    """Return the restated figures as text, for display."""
    periods = [Period.containing(kind, start.date()).title for start in restated["period_start"]]
    texts = {
        column: [
            writer(figure, currency)(value)
            for figure, value in zip(restated["figure"], restated[column], strict=True)
        ]
        for column in ("reported", "now")
    }
    table = restated.assign(period=periods, figure=restated["figure"].map(names()), **texts)
    return table[["period", "figure", "reported", "now"]]


def table_labels() -> dict[str, str]:
    """Return the headings of both tables and of the chart's numbers."""
    return {
        "group": say("Customers"),
        "customers_before": say("Number before"),
        "customers": say("Number now"),
        "spend_before": say("Net sales each, before"),
        "spend": say("Net sales each, now"),
        "mix": say("Change by who came"),
        "behaviour": say("Change by what they did"),
        "kind": say("Part"),
        "name": say("Where it shows"),
        "effect": say("Change in net sales"),
        "period": say("Period"),
        "figure": say("Figure"),
        "reported": say("As reported"),
        "now": say("As counted now"),
    }


def _moved(total: float, base: Period, currency: str, *, restated: bool) -> str:
    change, base_title = wording.money(abs(total), currency), base.title
    if restated and total >= 0:
        return say(
            "Net sales are {change} above those reported for {base}.",
            change=change,
            base=base_title,
        )
    if restated:
        return say(
            "Net sales are {change} below those reported for {base}.",
            change=change,
            base=base_title,
        )
    if total >= 0:
        return say("Net sales rose by {change} on {base}.", change=change, base=base_title)
    return say("Net sales fell by {change} on {base}.", change=change, base=base_title)


def _because(by_part: pd.Series, written: Callable[[float], str], *, alone: bool) -> str:
    mix, behaviour = written(by_part["mix"]), written(by_part["behaviour"])
    if by_part.get("data", 0.0):
        return say(
            "Restated data account for {data}, who came for {mix}, and what each of them did for"
            " {behaviour}.",
            data=written(by_part["data"]),
            mix=mix,
            behaviour=behaviour,
        )
    if alone:
        return say(
            "How many came accounts for {mix}, and what each of them did for {behaviour}.",
            mix=mix,
            behaviour=behaviour,
        )
    return say(
        "Who came accounts for {mix}, and what each of them did for {behaviour}.",
        mix=mix,
        behaviour=behaviour,
    )


def _restated(last: LastReport, restated: pd.DataFrame, currency: str, kind: Kind) -> Finding:
    """Say how many figures differ, and the largest difference in net sales."""
    sales = restated.loc[restated["figure"] == "revenue"]
    differing = say(
        "{figures} of {periods} differ from the report on {last}.",
        figures=wording.plural(len(restated), "figure"),
        periods=wording.plural(restated["period_start"].nunique(), "period"),
        last=last.period.title,
    )
    most = ""
    if len(sales):
        first = sales.iloc[int(sales["change"].abs().argmax())]
        most = say(
            "The largest difference is in the net sales of {period}: {reported} then, {now} now.",
            period=Period.containing(kind, first["period_start"].date()).title,
            reported=wording.money(first["reported"], currency),
            now=wording.money(first["now"], currency),
        )
    return Finding(
        id="summary.restated",
        headline=wording.sentences([differing, most]),
        label=say("Restated figures"),
        value=float(len(restated)),
        value_text=wording.count(len(restated)),
        interval=translate(COUNTED),
        direction="neutral",
        main=True,
    )
