"""Would the forecast have been right? The chosen model, on weeks held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.clv.choosing import Chosen, choose_model
from analysis.clv.holdout import LAST_PERIOD, MODEL, OWN_PACE, forecast_holdout, score_tenths
from analysis.clv.ranks import divide
from analysis.clv.tracking import track_weeks

if TYPE_CHECKING:
    import datetime as dt

    from analysis.clv.births import BirthComparison
    from analysis.clv.comparison import Comparison
    from analysis.settings import Settings
    from analysis.tables import Source

__all__ = ["HoldoutCheck", "check_holdout"]

_SCORES = [
    "predicted", "low", "high", "actual", "error", "mean_absolute_error",
    "root_mean_square_error", "decile_error", "rank_correlation",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class HoldoutCheck:
    """How well the models would have forecast the last weeks, and which to use.

    Attributes
    ----------
    chosen : Chosen
        Model and treatment of old customers.
    scores, deciles, weeks : DataFrame
        Of `score_forecasts`, `score_by_decile` and `track_weeks`, for the chosen model.
    """

    chosen: Chosen
    scores: pd.DataFrame
    deciles: pd.DataFrame
    weeks: pd.DataFrame

    @property
    def births(self) -> BirthComparison:
        """One model with each treatment of customers of unknown birth."""
        return self.chosen.births

    @property
    def comparison(self) -> Comparison:
        """All models with the recommended treatment."""
        return self.chosen.comparison

    @property
    def calibration_end(self) -> pd.Timestamp:
        """Last day that the models were fitted on."""
        return self.chosen.calibration_end

    @property
    def weeks_held_out(self) -> int:
        """Weeks after it."""
        return self.chosen.weeks_held_out

    @property
    def burn_in_days(self) -> int:
        """Who ordered this soon after the beginning of the data may be an old customer."""
        return self.chosen.burn_in_days


def check_holdout(
    source: Source, as_of: dt.date, settings: Settings, *, burn_in_days: int
) -> HoldoutCheck:
    """How well would the models have forecast the weeks before `as_of`?

    Parameters
    ----------
    source : Source
        The opened tables.
    as_of : date
        Last day of the holdout.
    settings : Settings
        For the length of the holdout and the least number of customers. At most a third of
        the history is held out.
    burn_in_days : int
        Who orders this soon after the beginning of the data may be an old customer.

    Returns
    -------
    HoldoutCheck

    Raises
    ------
    TooFewError
        When the history is too short, or repeat buyers too few.
    """
    chosen = choose_model(source, as_of, settings, burn_in_days=burn_in_days)
    found = chosen.comparison
    model, ranked = found.models[found.model], found.ranked[found.model]
    parts = chosen.followed.histories(chosen.births.treatment)
    return HoldoutCheck(
        chosen=chosen,
        scores=_scores(found),
        deciles=score_tenths(
            (forecast_holdout(part, model, part["last_period"]) for part in parts),
            divide(ranked["predicted"].to_numpy(), ranked["weight"].to_numpy()),
        ),
        weeks=track_weeks(
            chosen.order_days,
            chosen.rows,
            model,
            chosen.calibration_end,
            chosen.weeks_held_out,
            known_from=pd.Timestamp(source.first_date) + pd.Timedelta(days=burn_in_days),
        ),
    )


def _scores(found: Comparison) -> pd.DataFrame:
    """Return the scores of the model and of the naive rules, as of `score_forecasts`."""
    rows = found.table.set_index("forecast").loc[[found.model, LAST_PERIOD, OWN_PACE], _SCORES]
    return rows.rename(index={found.model: MODEL}).reset_index()
