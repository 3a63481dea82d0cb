"""Who was a customer from when to when: by contract, or by orders without a long silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.churn.definition import InactivityWindow, inactivity_window
from analysis.churn.habits import DAYS_PER_MONTH
from analysis.churn.sampling import Sampling, check_sampling
from analysis.churn.tenures import contract_tenures, heaped_start, recorded_from
from analysis.engines import read_query
from analysis.errors import DataError, TooFewError
from analysis.limits import if_enough
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

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
    spells = _contract_spells(source, end, None)
    starts_from = churn.starts_since or heaped_start(spells)
    spells["start_known"] = _start_known(spells, starts_from)
    sampling = if_enough(
        check_sampling,
        contract_tenures(spells, end),
        departures_within=_within(churn.departures_since, end),
        windows=(24, 1),
    )
    lost = spells.loc[spells["spell_end"].notna() & spells["next_start"].isna()]
    reasons = lost["reason"].fillna("not stated").value_counts().sort_index()
    departures_from = churn.departures_since
    if isinstance(sampling, Sampling):
        departures_from = recorded_from(sampling, end)
    elif departures_from is None and spells["spell_end"].isna().all():
        departures_from = (end + _DAY).date()  # none so far: that they are kept is not to be seen
    return ContractEnd(
        customers=int(spells["customer_id"].nunique()),
        running=int(spells["spell_end"].isna().sum()),
        table=reasons.rename_axis("reason")
        .reset_index(name="lost")
        .sort_values("lost", ascending=False, kind="stable", ignore_index=True),
        recorded_from=departures_from,
        starts_from=starts_from,
        sampling=sampling,
    )


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
    """
    source, end = as_source(transactions), pd.Timestamp(as_of)
    if isinstance(rule, ContractEnd):
        return _contract_spells(source, end, rule.starts_from)
    return _order_spells(source, end, rule if isinstance(rule, int) else rule.days)


def _order_spells(source: Source, end: pd.Timestamp, window_days: int) -> pd.DataFrame:
    raw: pd.DataFrame = source.engine.run(
        read_query("order_spells"), as_of=end.date(), window_days=window_days
    ).to_pandas(date_as_object=False)
    _refuse_empty(raw, source, end, "order")
    lost_on = raw["last_order"] + pd.Timedelta(days=window_days)
    known_from = pd.Timestamp(source.first_date) + pd.Timedelta(days=window_days)
    next_start = raw.groupby("customer_id")["spell_start"].shift(-1)
    return raw[["customer_id", "spell"]].assign(
        origin=raw["spell_start"],
        spell_start=raw["spell_start"],
        spell_end=lost_on.where(lost_on <= end),
        next_start=next_start,
        start_known=(raw["spell_start"] > known_from) | (raw["spell"] > 1),
        reason=pd.Series(pd.NA, index=raw.index, dtype="str"),
    )


def _within(since: dt.date | None, end: pd.Timestamp) -> float | None:
    """Return how many months of departures are recorded, where the settings say since when."""
    return None if since is None else ((end - pd.Timestamp(since)).days + 1) / DAYS_PER_MONTH


def _start_known(spells: pd.DataFrame, starts_from: dt.date | None) -> pd.Series:
    if starts_from is None:
        return pd.Series(True, index=spells.index)
    return (spells["spell_start"] > pd.Timestamp(starts_from)) | (spells["spell"] > 1)


def _contract_spells(
    source: Source, end: pd.Timestamp, starts_from: dt.date | None
) -> pd.DataFrame:
    if not source.has("contracts"):
        raise DataError(
            "The rule is the end of a contract, but the source has no contracts."
            " Name them under [contracts] in the settings, or use churn.inactivity_window."
        )
    raw: pd.DataFrame = source.engine.run(
        read_query("contract_spells"), as_of=end.date()
    ).to_pandas(date_as_object=False)
    _refuse_empty(raw, source, end, "contract")
    spells = raw[["customer_id", "spell"]].assign(
        origin=raw["spell_start"] - _DAY,
        spell_start=raw["spell_start"],
        spell_end=raw["spell_end"],
        next_start=raw.groupby("customer_id")["spell_start"].shift(-1),
        reason=raw["reason"],
    )
    spells.insert(6, "start_known", _start_known(spells, starts_from))
    return spells


def _refuse_empty(raw: pd.DataFrame, source: Source, end: pd.Timestamp, what: str) -> None:
    if raw.empty:
        raise DataError(
            f"No {what} on or before {end.date()}: the data begin on {source.first_date}."
            " Choose a later date."
        )
