"""Whom to call now: by a pace below the own habit, or, with contracts, by the risk of leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from analysis.churn.gain import ExpectedGain, expected_gain
from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError

if TYPE_CHECKING:
    from analysis.churn.risk import RiskScores
    from analysis.churn.spells import Rule
    from analysis.churn.warning import EarlyWarnings
    from analysis.customer_table import CustomerTable

SHARE = 0.1
By = Literal["pace", "risk"]


@dataclass(frozen=True, slots=True)
class CallList:
    """Customers to call, the most at stake first.

    Attributes
    ----------
    by : {'pace', 'risk'}
        Whether they slowed down beyond chance, or have the highest risks of all.
    gain : ExpectedGain
        Its `table` is the list: the columns of `EarlyWarnings` or `RiskScores`, at_stake (a year's
        margin that may be lost), slowed_down with contracts, expected_gain and worthwhile.
    judged, active : int
        Customers who could have been on the list, and those active.
    refused : TooFewError or None
        Why there is no list, where the data do not carry one.
    """

    by: By
    gain: ExpectedGain
    judged: int
    active: int
    refused: TooFewError | None = None

    @property
    def table(self) -> CustomerTable:
        """The list."""
        return self.gain.table


def call_list(
    found: EarlyWarnings,
    scores: RiskScores | TooFewError,
    rule: Rule,
    *,
    success_rate: float,
    contact_cost: float,
    share: float = SHARE,
) -> CallList:
    """Whom should we call now?

    Parameters
    ----------
    found : EarlyWarnings
        Those who slowed down.
    scores : RiskScores or TooFewError
        The risks of all active customers.
    rule : InactivityWindow or ContractEnd
        With contracts the list holds the `share` of the customers with the highest risks, as who
        has a contract need not order to be a customer; without, those who slowed down.
    success_rate, contact_cost
        As for `expected_gain`.
    share : float
        Of the active customers, with contracts.
    """
    if not isinstance(rule, ContractEnd):
        gain = expected_gain(
            found.table, "at_stake", success_rate=success_rate, contact_cost=contact_cost
        )
        return CallList("pace", gain, found.judged, found.active)
    if isinstance(scores, TooFewError):
        nobody = pd.DataFrame(columns=["customer_id", "at_stake", "at_stake_error"])
        gain = expected_gain(
            nobody, "at_stake", success_rate=success_rate, contact_cost=contact_cost
        )
        return CallList("risk", gain, 0, found.active, scores)

    def at_stake(rows: pd.DataFrame) -> pd.DataFrame:
        slowed = found.table.holds(rows["customer_id"])
        return rows.assign(at_stake=rows["value_at_risk"], slowed_down=slowed)

    listed = highest_risks(scores.table, share).changed(at_stake).ranked("at_stake")
    gain = expected_gain(
        listed, "yearly_value", risk="risk", success_rate=success_rate, contact_cost=contact_cost
    )
    return CallList("risk", gain, len(scores.table), len(scores.table))


def highest_risks(scores: CustomerTable, share: float = SHARE) -> CustomerTable:
    """Return the share of the customers with the highest risks; of equal ones the worthiest."""
    return scores.ranked("risk", "yearly_value", rows=max(round(share * len(scores)), 1))
