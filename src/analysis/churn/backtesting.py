"""Would the risk scores have been right? Learned earlier, judged by what happened since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis import survival, wording
from analysis.churn.billing import bills_by_calendar
from analysis.churn.definition import InactivityWindow
from analysis.churn.habits import count_orders
from analysis.churn.landmark import choose_landmark, churn_table
from analysis.churn.risk import default_horizon, learning_sample
from analysis.churn.risk_model import fit_risk
from analysis.errors import TooFewError
from analysis.language import say
from analysis.proportions import wilson_interval
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import numpy.typing as npt

    from analysis.churn.risk import Drawn
    from analysis.churn.spells import Rule

GROUPS = 20


@dataclass(frozen=True, slots=True)
class Backtest:
    """How well scores made at an earlier date told who was lost since.

    Attributes
    ----------
    accuracy : DataFrame, one row an outcome and rule
        outcome ('lost', and without contracts 'silent': no order at all in the time), score
        ('model', 'naive', 'difference'), concordance, low, high: the chance that of two
        customers the one to whom it happened had the higher score; 0.5 is a coin
    at_top : DataFrame, one row a share of the customers
        share, customers, lost, precision, low, high, recall, naive_precision, naive_recall
    calibration : DataFrame, one row a tenth of the customers by risk
        tenth, customers, lost, predicted, observed, low, high
    landmark : Timestamp
        When the scores were made; nothing later was read for them.
    horizon_days, customers, lost : int
    expected : float
        Customers that the scores expected to be lost.
    drawn : Drawn, optional
        The random sample that was scored and followed; None where all were.
    """

    accuracy: pd.DataFrame
    at_top: pd.DataFrame
    calibration: pd.DataFrame
    landmark: pd.Timestamp
    horizon_days: int
    customers: int
    lost: int
    expected: float
    drawn: Drawn | None = None


def backtest(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule,
    *,
    horizon_days: int | None = None,
    attributes: Sequence[str] = (),
    shares: Sequence[float] = (0.05, 0.1, 0.2),
    confidence: float = 0.95,
) -> Backtest:
    """How right would the scores of `horizon_days` ago have been?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts.
    rule : InactivityWindow or ContractEnd
        When a customer is lost.
    horizon_days : int, optional
        As for `risk_scores`. The model learns from twice as long ago to once as long ago,
        scores the customers active then, and is judged by the time since.
    attributes : sequence of str, optional
        As for `risk_scores`.
    shares : sequence of float
        Sizes of the list of the highest risks, as shares of the customers.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Backtest

    Raises
    ------
    TooFewError
        If the history is shorter than twice the horizon, or too few, or all, were lost.

    Notes
    -----
    The naive rule is the number of days since the last order; with contracts, which need no
    orders, it is the youth of the contract. Under a silence rule it has a head
    start (see `fit_risk`), and so has the model; the outcome 'silent' gives none, as it
    asks the same of all customers: no order in the whole horizon. The window itself is that of
    `as_of`, so that both dates speak of the same loss.
    """
    source, end = as_source(transactions), pd.Timestamp(as_of)
    horizon = horizon_days or default_horizon(rule, end)
    landmark = end - pd.Timedelta(days=horizon)
    learned_on = choose_landmark(source, landmark, rule, horizon, horizon)
    source, drawn = learning_sample(source)
    learned = churn_table(source, landmark, rule, landmark=learned_on)
    paced = not bills_by_calendar(source, landmark, rule)
    model = fit_risk(learned, rule, attributes=attributes, paced=paced)
    seen = churn_table(source, end, rule, landmark=landmark)
    seen = seen.loc[seen["at_landmark"]].reset_index(drop=True)
    risk = model.risk(seen, horizon)["risk"]
    naive = _simple_rule(seen, rule)
    _refuse_one_outcome(seen["event"], landmark)
    outcomes = {"lost": seen["event"]}
    if isinstance(rule, InactivityWindow):
        last = count_orders(source, end).set_index("customer_id")["last_order"]
        outcomes["silent"] = seen["customer_id"].map(last) <= landmark
    return Backtest(
        accuracy=pd.concat(
            [
                _accuracy(name, happened, risk, naive, confidence)
                for name, happened in outcomes.items()
                if happened.any() and not happened.all()
            ],
            ignore_index=True,
        ),
        at_top=_at_top(seen["event"], risk, naive, shares, confidence),
        calibration=_calibration(seen["event"], risk, confidence),
        landmark=landmark,
        horizon_days=horizon,
        customers=len(seen),
        lost=int(seen["event"].sum()),
        expected=float(risk.sum()),
        drawn=drawn,
    )


def _simple_rule(seen: pd.DataFrame, rule: Rule) -> pd.Series:
    if isinstance(rule, InactivityWindow):
        return seen["days_since_last_order"].fillna(seen["known_days"])
    return -seen["known_days"]


def _refuse_one_outcome(lost: pd.Series, landmark: pd.Timestamp) -> None:
    if lost.all() or not lost.any():
        raise TooFewError(
            say(
                "A check of the scores needs customers lost since and customers who stayed; of {n}"
                " active on {day}, {lost} were lost.",
                n=wording.count(len(lost)),
                day=wording.date(landmark),
                lost=wording.count(lost.sum()),
            )
        )


def _concordance(score: pd.Series, happened: pd.Series) -> survival.Concordance:
    """Return the concordance of a yes-or-no outcome, the area under the ROC curve."""
    return survival.concordance(score.to_numpy(), np.where(happened, 1, 2), happened.to_numpy())


def _accuracy(
    name: str, happened: pd.Series, risk: pd.Series, naive: pd.Series, confidence: float
) -> pd.DataFrame:
    rows = []
    z = stats.norm.ppf((1 + confidence) / 2)
    for label, score in (("model", risk), ("naive", naive)):
        c = _concordance(score, happened)
        rows.append((name, label, c.value, c.value - z * c.std_err, c.value + z * c.std_err))
    gap = rows[0][2] - rows[1][2]
    half = stats.t.ppf((1 + confidence) / 2, GROUPS - 1) * _gap_error(happened, risk, naive)
    rows.append((name, "difference", gap, gap - half, gap + half))
    table = pd.DataFrame(rows, columns=["outcome", "score", "concordance", "low", "high"])
    return table.assign(low=table["low"].clip(lower=-1), high=table["high"].clip(upper=1))


def _gap_error(happened: pd.Series, risk: pd.Series, naive: pd.Series) -> float:
    """Return the standard error of model minus naive: customers left out a group at a time."""
    order = np.lexsort((np.arange(len(happened)), happened))
    group = np.empty(len(happened), dtype=np.int64)
    group[order] = np.arange(len(happened)) % GROUPS
    lost = happened.to_numpy(dtype=np.bool_)
    gaps = _without_each(risk, lost, group) - _without_each(naive, lost, group)
    gaps = gaps[np.isfinite(gaps)]
    return float(np.sqrt((len(gaps) - 1) * np.var(gaps)))


def _without_each(
    score: pd.Series, lost: npt.NDArray[np.bool_], group: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the concordance of a yes-or-no outcome without each group, from counts by score."""
    _, place = np.unique(score.to_numpy(), return_inverse=True)
    found = np.full(GROUPS, np.nan)
    for left_out in range(GROUPS):
        keep = group != left_out
        lost_at = np.bincount(place[keep & lost], minlength=place.max() + 1)
        stayed_at = np.bincount(place[keep & ~lost], minlength=place.max() + 1)
        pairs = float(lost_at.sum()) * float(stayed_at.sum())
        if pairs:
            below = np.cumsum(stayed_at) - stayed_at / 2
            found[left_out] = lost_at @ below / pairs
    return found


def _at_top(
    lost: pd.Series,
    risk: pd.Series,
    naive: pd.Series,
    shares: Sequence[float],
    confidence: float,
) -> pd.DataFrame:
    """Count the losses among the highest scores; equal scores share the last places."""
    rows = []
    for share in shares:
        k = max(round(share * len(lost)), 1)
        hits, naive_hits = _hits(lost, risk, k), _hits(lost, naive, k)
        low, high = wilson_interval(hits, k, confidence)
        rows.append(
            {
                "share": share,
                "customers": k,
                "lost": hits,
                "precision": hits / k,
                "low": float(low),
                "high": float(high),
                "recall": hits / lost.sum(),
                "naive_precision": naive_hits / k,
                "naive_recall": naive_hits / lost.sum(),
            }
        )
    return pd.DataFrame(rows)


def _hits(lost: pd.Series, score: pd.Series, k: int) -> float:
    last = score.nlargest(k).iloc[-1]
    above, tied = score > last, score == last
    return float(lost[above].sum() + (k - above.sum()) * lost[tied].mean())


def _calibration(lost: pd.Series, risk: pd.Series, confidence: float) -> pd.DataFrame:
    tenth = np.ceil(10 * risk.rank(method="first") / len(risk)).astype(np.int64)
    groups = (
        pd.DataFrame({"tenth": tenth, "lost": lost, "risk": risk})
        .groupby("tenth")
        .agg(customers=("lost", "size"), lost=("lost", "sum"), predicted=("risk", "mean"))
        .reset_index()
    )
    low, high = wilson_interval(groups["lost"], groups["customers"], confidence)
    return groups.assign(observed=groups["lost"] / groups["customers"], low=low, high=high)
