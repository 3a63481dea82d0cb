"""What a contract is worth over the months ahead, by how long contracts have lasted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis import survival
from analysis.clv.contracts import value_contracts
from analysis.errors import TooFewError
from analysis.language import say
from analysis.wording import plural

if TYPE_CHECKING:
    import pandas as pd

    from analysis.settings import Settings

__all__ = ["ContractStudy", "study_contracts"]

_WEEKS_PER_MONTH = 365.25 / 7 / 12
_TENURES = (0.0, 6.0, 12.0, 24.0, 36.0)


@dataclass(frozen=True, slots=True)
class ContractStudy:
    """What contracts are worth.

    Attributes
    ----------
    currency : str
        Of all money.
    annual_discount_rate : float
        As in the settings.
    contracts : int
        That the curve rests on.
    months : int
        How far the value looks ahead.
    margin_per_month : float
        What a month under contract brought so far.
    table : DataFrame, a row a tenure
        Of `value_contracts`, in months.
    """

    currency: str
    annual_discount_rate: float
    contracts: int
    months: int
    margin_per_month: float
    table: pd.DataFrame


def study_contracts(
    times: pd.DataFrame, settings: Settings, *, horizon_weeks: int = 0
) -> ContractStudy | None:
    """What is a contract worth: a new one, and one that has lasted for a while?

    Parameters
    ----------
    times : DataFrame, one row a length of contracts
        `entry`, `time`, `ended` and `seen`, in months, how many `contracts` there are, and their
        `sales`: of `churn.contract_times`.
    settings, horizon_weeks
        As for `study_value`.

    Returns
    -------
    ContractStudy or None
        None without contracts.

    Raises
    ------
    TooFewError
        When contracts were not followed for as long as the value looks ahead.
    """
    if times.empty:
        return None
    months = max(round((horizon_weeks or settings.value.horizon_weeks) / _WEEKS_PER_MONTH), 1)
    curve = _curve(times, settings.reports.minimum_customers, months)
    margin, rate = settings.value.margin, settings.value.annual_discount_rate
    contracts = times["contracts"]
    seen = float((contracts * times["seen"]).sum())
    monthly = margin * float(times["sales"].sum()) / max(seen, 1.0)
    table = value_contracts(
        curve,
        margin_per_period=monthly,
        periods_per_year=12.0,
        annual_discount_rate=rate,
        horizon=float(months),
        tenures=[tenure for tenure in _TENURES if tenure + months <= curve["time"].max()],
    )
    return ContractStudy(settings.currency, rate, int(contracts.sum()), months, monthly, table)


def _curve(times: pd.DataFrame, minimum_customers: int, months: int) -> pd.DataFrame:
    """Return the survival of contracts, as far as enough of them are followed."""
    curve = survival.kaplan_meier(
        times["time"], times["ended"], entry=times["entry"], weights=times["contracts"]
    ).table
    few = (curve["n_risk"] < minimum_customers).to_numpy()
    curve = curve.iloc[: int(few.argmax()) if few.any() else len(curve)]
    reach = float(curve["time"].max()) if len(curve) else 0.0
    if reach < months:
        raise TooFewError(
            say(
                "What a contract is worth over {months} needs {contracts} followed for as long; "
                "they are for {reach}.",
                months=plural(months, "month"),
                contracts=plural(minimum_customers, "contract"),
                reach=plural(reach, "month"),
            )
        )
    return curve
