"""Who was a customer from when to when: by contract, or by orders without a long silence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.churn.definition import InactivityWindow, inactivity_window
from analysis.churn.paces import DAYS_PER_MONTH, NOBODY
from analysis.churn.sampling import Sampling, check_sampling
from analysis.churn.segments import Segments
from analysis.churn.tenures import heaped_start, recorded_from, tenure_counts
from analysis.engines import read_query
from analysis.errors import DataError, TooFewError
from analysis.limits import if_enough
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    from analysis.settings import ChurnSettings

_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ContractEnd:
    """The rule where customers have contracts: lost on the contract's last day.

    Attributes
    ----------
    customers, running : int
        Customers with a contract until the day of the report, and those in force on it.
    table : DataFrame, one row a reason
        reason, lost : why contracts ended for good, and how many customers
    recorded_from : date, optional
        First day whose departures are in the table; None where all departures are.
    starts_from : date, optional
        A contract that begins on this day or earlier may be older; None where all starts are
        known.
    sampling : Sampling or TooFewError, optional
        How the table was made, and what follows for a curve over the time as a customer.
    """

    customers: int
    running: int
    table: pd.DataFrame
    recorded_from: dt.date | None = None
    starts_from: dt.date | None = None
    sampling: Sampling | TooFewError | None = None


Rule = InactivityWindow | ContractEnd


def churn_rule(
    transactions: Source | pd.DataFrame, as_of: dt.date | str, churn: ChurnSettings
) -> Rule:
    """What makes a customer count as lost in this source?

    The end of the contract, where the source has a table of contracts; a silence longer than
    the window of `inactivity_window` where it has none.
    """
    source = as_source(transactions)
    if not source.has("contracts"):
        return inactivity_window(
            source, as_of, return_below=churn.return_below, days=churn.window_days
        )
    end = pd.Timestamp(as_of)
    counts = count_spells(source, end, ContractEnd(0, 0, pd.DataFrame()))
    first = counts.loc[counts["is_again"] == 0]
    starts_from = churn.starts_since or heaped_start(first, end)
    sampling = if_enough(
        check_sampling,
        tenure_counts(first, end, starts_from),
        departures_within=_within(churn.departures_since, end),
        windows=(24, 1),
    )
    running = counts["end_day"].isna()
    gone = counts.loc[~running & (counts["is_back"] == 0)]
    reasons = gone["spells"].groupby(gone["reason"].fillna("not stated")).sum()
    departures_from = churn.departures_since
    if isinstance(sampling, Sampling):
        departures_from = recorded_from(sampling, end)
    elif departures_from is None and running.all():
        departures_from = (end + _DAY).date()  # none so far: that they are kept is not to be seen
    return ContractEnd(
        customers=int(first["spells"].sum()),
        running=int(counts.loc[running, "spells"].sum()),
        table=reasons.rename_axis("reason")
        .reset_index(name="lost")
        .sort_values("lost", ascending=False, kind="stable", ignore_index=True),
        recorded_from=departures_from,
        starts_from=starts_from,
        sampling=sampling,
    )


def spell_query(
    source: Source, end: pd.Timestamp, rule: Rule | int, since: pd.Timestamp | None = None
) -> tuple[str, dict[str, Any]]:
    """Return the file that answers with the spells of a source, and the values it asks for.

    By silence, orders before `since` are not looked at: what is asked about is the time from so
    long after it on as a silence may last.
    """
    if isinstance(rule, ContractEnd):
        _refuse_without_contracts(source)
        starts_from = rule.starts_from or dt.date.min
        return "contract_spells", {"as_of": end.date(), "starts_from": starts_from}
    window = rule if isinstance(rule, int) else rule.days
    begin = pd.Timestamp(source.first_date)
    return "order_spells", {
        "as_of": end.date(),
        "since": begin.date() if since is None else max(since, begin).date(),
        "known_from": (begin + pd.Timedelta(days=window)).date(),
        "window_days": window,
    }


def count_spells(
    source: Source,
    end: pd.Timestamp,
    rule: Rule | int,
    first: pd.Timestamp | None = None,
    segments: Segments | None = None,
) -> pd.DataFrame:
    """Count the spells that did not end before a day by when they began and ended.

    Returns
    -------
    DataFrame, one row a kind of spell
        segment (a key of `segments`); start_day, end_day (missing while it lasts): days after
        `end`, those before `first` as one; is_again, is_back, reason; spells: how many

    Raises
    ------
    DataError
        If there is no spell at all by `end`.
    """
    window = 0 if isinstance(rule, ContractEnd) else rule if isinstance(rule, int) else rule.days
    since = None if first is None else first - pd.Timedelta(days=window)
    file, values = spell_query(source, end, rule, since)
    chosen = segments or Segments(NOBODY)
    counts: pd.DataFrame = source.engine.run(
        read_query("spell_counts", spells=file, segments=chosen.relation),
        **values,
        **chosen.values,
        first=dt.date.min if first is None else first.date(),
    ).to_pandas()
    if counts.empty:
        refuse_none(source, end, rule)
    return counts


def find_spells(
    transactions: Source | pd.DataFrame, as_of: dt.date | str, rule: Rule | int
) -> pd.DataFrame:
    """From when to when was each customer a customer?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts.
    rule : InactivityWindow, ContractEnd or int
        What ends a spell; a number is a silence in days.

    Returns
    -------
    DataFrame, one row a spell, by customer and time
        customer_id
        spell : 1 for the first, 2 for the first after a return, ...
        origin : the day at whose end the age of the spell is 0
        spell_start : first order, or first day of the contract
        spell_end : the day on which the customer was lost; missing while the spell lasts
        next_start : when the customer came back, by `as_of`; missing when not
        start_known : whether the data reach far enough back to tell that nothing came before
        reason : why the contract ended; missing without contracts

    Notes
    -----
    A customer is lost on the day on which the silence reaches the window, not on that of the
    last order: on that day nobody can know. An order on that very day still prevents it.

    All customers are in memory, as they were asked for; reports count spells where the data are.
    """
    source, end = as_source(transactions), pd.Timestamp(as_of)
    file, values = spell_query(source, end, rule)
    raw: pd.DataFrame = source.engine.run(read_query(file), **values).to_pandas()
    if raw.empty:
        refuse_none(source, end, rule)
    return raw[["customer_id", "spell"]].assign(
        **{
            name: end + pd.to_timedelta(raw[day], unit="D")
            for name, day in (
                ("origin", "origin_day"),
                ("spell_start", "start_day"),
                ("spell_end", "end_day"),
                ("next_start", "next_day"),
            )
        },
        start_known=raw["start_known"] == 1,
        reason=raw["reason"].astype("str"),
    )


def _within(since: dt.date | None, end: pd.Timestamp) -> float | None:
    """Return how many months of departures are recorded, where the settings say since when."""
    return None if since is None else ((end - pd.Timestamp(since)).days + 1) / DAYS_PER_MONTH


def _refuse_without_contracts(source: Source) -> None:
    if not source.has("contracts"):
        raise DataError(
            "The rule is the end of a contract, but the source has no contracts."
            " Name them under [contracts] in the settings, or use churn.inactivity_window."
        )


def refuse_none(source: Source, end: pd.Timestamp, rule: Rule | int) -> None:
    """Refuse a day before the data begin; who was lost before it is no reason to."""
    what = "order"
    if isinstance(rule, ContractEnd):
        what = "contract"
        file, values = spell_query(source, end, rule)
        counts = source.engine.run(
            read_query("spell_counts", spells=file, segments=NOBODY), **values, first=dt.date.min
        )
        if counts.num_rows:
            return
    elif pd.Timestamp(source.first_date) <= end:
        return
    raise DataError(
        f"No {what} on or before {end.date()}: the data begin on {source.first_date}."
        " Choose a later date."
    )
