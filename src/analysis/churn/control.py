"""What did acting do? A random part of each list is left alone, and compared afterwards."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.churn.followed import active_on
from analysis.churn.spells import ContractEnd
from analysis.disclosure import people
from analysis.engines import read_query
from analysis.errors import DataError, TooFewError
from analysis.language import say
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import numpy.typing as npt

    from analysis.churn.spells import Rule

    Flags = npt.NDArray[np.bool_]
    Floats = npt.NDArray[np.float64]

ACT, LEAVE = "act", "leave alone"
MINIMUM_GROUP = 10


@dataclass(frozen=True, slots=True)
class ActionEffect:
    """How customers who were acted on did beside those who were not.

    Attributes
    ----------
    groups : DataFrame, one row a group, those acted on first
        group, customers, ordered (how many), share (of them), margin (mean of a customer), and
        stayed (how many), with contracts
    effect : DataFrame, one row an outcome
        outcome ('stayed': share under contract, with contracts; 'ordered': share with an order;
        'margin': mean of a customer), acted, left, difference, low, high, p_value
    controlled : bool
        Whether chance decided who was left alone, so that the difference is what acting did.
        Otherwise it is an association: the two groups may have differed before.
    """

    groups: pd.DataFrame
    effect: pd.DataFrame
    controlled: bool


def control_group(customers: Iterable[object], period: str, share: float) -> list[str]:
    """Whom to leave alone: the same for the same customer and period, and at random otherwise.

    Parameters
    ----------
    customers : iterable
        Their ids.
    period : str
        Key of the period; another period draws anew.
    share : float
        Part to leave alone.

    Returns
    -------
    list of 'act' and 'leave alone'

    Notes
    -----
    The first 8 bytes of the SHA-256 of period and id, as a fraction of their largest value, are
    uniform and in no relation to the customer; below `share` the customer is left alone. So
    nothing has to be kept, and a list that is made again has the same groups.
    """
    if not 0 <= share < 1:
        raise DataError(f"`share` is the part to leave alone, in [0, 1); it is {share}.")
    return [LEAVE if _draw(str(one), period) < share else ACT for one in customers]


def measure_action(
    transactions: Source | pd.DataFrame,
    listed: pd.DataFrame,
    *,
    after: dt.date | str,
    until: dt.date | str,
    margin: float = 1.0,
    rule: Rule | None = None,
    confidence: float = 0.95,
) -> ActionEffect:
    """What did acting on a list do to orders and margin, and who is under contract?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    listed : DataFrame, one row a customer
        customer_id, and `group` ('act' or 'leave alone', as exported) or, for lists without a
        control group, `contacted` (bool). Everybody counts in the group that was drawn, whether
        reached or not: what is measured is the decision to act.
    after, until : date
        Orders after the one day and up to the other count.
    margin : float
        Share of the sales that is margin.
    rule : InactivityWindow or ContractEnd, optional
        With contracts, the share under contract on `until` is an outcome as well, the first one.
    confidence : float
        Level of the intervals.

    Returns
    -------
    ActionEffect

    Raises
    ------
    DataError
        If a customer is listed twice, or neither column is there.
    TooFewError
        With fewer than 10 customers in a group.

    Notes
    -----
    Shares are compared by Newcombe's interval, means by Welch's [1]_.

    References
    ----------
    .. [1] Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; Welch (1947),
       Biometrika 34, 28-35.
    """
    acted, controlled = _groups(listed)
    source = as_source(transactions)
    ids = listed["customer_id"].astype("str")
    since = pd.concat([_spent(part, ids, after, until) for part in source.parts()])
    known = since.set_index("customer_id").reindex(ids)
    money = margin * known["amount_minor"].fillna(0).to_numpy() / source.minor_units
    happened = {"ordered": known["order_days"].fillna(0).to_numpy() > 0}
    if isinstance(rule, ContractEnd):
        day, stayed = pd.Timestamp(until), np.zeros(len(ids), dtype=np.bool_)
        for part in source.parts():
            stayed |= ids.isin(active_on(part, day, rule).index).to_numpy()
        happened = {"stayed": stayed} | happened
    groups = [
        {"group": name, "customers": int(flag.sum())}
        | {outcome: int(came[flag].sum()) for outcome, came in happened.items()}
        | {"share": float(happened["ordered"][flag].mean()), "margin": float(money[flag].mean())}
        for name, flag in ((ACT, acted), (LEAVE, ~acted))
    ]
    effect = [
        {"outcome": outcome} | _shares(came[acted], came[~acted], confidence)
        for outcome, came in happened.items()
    ]
    effect.append({"outcome": "margin"} | _means(money[acted], money[~acted], confidence))
    return ActionEffect(pd.DataFrame(groups), pd.DataFrame(effect), controlled)


def _spent(
    source: Source, ids: pd.Series, after: dt.date | str, until: dt.date | str
) -> pd.DataFrame:
    """Return what those of some customers who ordered between two days spent."""
    rows: pd.DataFrame = source.engine.run(
        read_query("spend_between"),
        after=pd.Timestamp(after).date(),
        until=pd.Timestamp(until).date(),
    ).to_pandas()
    return rows.loc[rows["customer_id"].isin(ids)]


def _draw(customer: str, period: str) -> float:
    digest = hashlib.sha256(f"{period}\n{customer}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def _groups(listed: pd.DataFrame) -> tuple[Flags, bool]:
    if listed["customer_id"].duplicated().any():
        first = listed.loc[listed["customer_id"].duplicated(), "customer_id"].iloc[0]
        raise DataError(
            f"A list has each customer once; {first!r} is there more often. Measure one list at a"
            " time."
        )
    controlled = "group" in listed and bool((listed["group"] == LEAVE).any())
    if not controlled and "contacted" not in listed:
        raise DataError(
            f"To measure an action, the list needs a column `group` with some {LEAVE!r}, or a"
            " column `contacted`; it has neither."
        )
    acted = (listed["group"] == ACT) if controlled else listed["contacted"].astype(bool)
    flags = acted.to_numpy(dtype=np.bool_)
    if min(flags.sum(), (~flags).sum()) < MINIMUM_GROUP:
        raise TooFewError(
            say(
                "What acting did can be told from at least {minimum} customers acted on and as many"
                " left alone; there are {acted} and {left}. A larger control_share under [churn] in"
                " the settings leaves more alone.",
                minimum=MINIMUM_GROUP,
                acted=people(flags.sum()),
                left=people((~flags).sum()),
            )
        )
    return flags, controlled


def _shares(
    acted: Flags,
    left: Flags,
    confidence: float,
) -> dict[str, float]:
    counts = (acted.sum(), len(acted), left.sum(), len(left))
    low, high = confint_proportions_2indep(
        *counts, compare="diff", method="newcomb", alpha=1 - confidence
    )
    table = np.array([[counts[0], counts[1] - counts[0]], [counts[2], counts[3] - counts[2]]])
    return _effect(acted.mean(), left.mean(), low, high, stats.fisher_exact(table).pvalue)


def _means(
    acted: Floats,
    left: Floats,
    confidence: float,
) -> dict[str, float]:
    if np.ptp(acted) == 0 and np.ptp(left) == 0:
        return _effect(acted.mean(), left.mean(), np.nan, np.nan, np.nan)
    test = stats.ttest_ind(acted, left, equal_var=False)
    interval = test.confidence_interval(confidence)
    return _effect(acted.mean(), left.mean(), interval.low, interval.high, test.pvalue)


def _effect(acted: float, left: float, low: float, high: float, p: float) -> dict[str, float]:
    return {
        "acted": float(acted),
        "left": float(left),
        "difference": float(acted - left),
        "low": float(low),
        "high": float(high),
        "p_value": float(p),
    }
