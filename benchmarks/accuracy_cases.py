"""Customers whose holdout is known: CDNOW, the sample, simulated cohorts, or anybody's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib.metadata import files
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import clv, retention, settings, tables
from analysis.clv.choosing import choose_model, watch
from analysis.clv.comparison import usual_models
from analysis.clv.likelihood import Maximum
from analysis.clv.tracking import count_weeks
from analysis.engines import read_query
from analysis.summary import summarise_customers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.clv.buying import BuyingModel
    from analysis.clv.treatments import Watched
    from analysis.settings import Settings
    from analysis.tables import Source

    Chosen = tuple[pd.DataFrame, BuyingModel, str]

__all__ = ["BEFORE", "PICKED", "Case", "cases"]

PICKED, BEFORE = "ours, as compare picks", "ours, chosen before"

COHORT, SEED, HOLDOUT = 4000, 11, 26  # customers, seed, weeks
UNKNOWN = {"n_customers": 1.0, "peak": Maximum(np.zeros(4), 0.0, np.zeros((4, 4)))}
TRUTHS: tuple[BuyingModel, ...] = (
    clv.BGNBD(r=0.8, alpha=5.0, a=0.8, b=3.0, **UNKNOWN),
    clv.ParetoNBD(r=0.9, alpha=6.0, s=0.6, beta=12.0, **UNKNOWN),
    clv.BGCNBD(k=2, r=1.2, alpha=2.0, a=0.6, b=4.0, **UNKNOWN),
)


@dataclass(frozen=True, slots=True)
class Case:
    """Histories that all are to forecast from, and what came.

    Attributes
    ----------
    customers : DataFrame
        Summary in weeks of all who came before the last day of the calibration.
    weekly : DataFrame
        `week`, `actual` and `naive` of the holdout; missing where not known by week.
    last_period : Series
        Purchases in the stretch as long before; missing where not known.
    ways : dict of str to callable
        Ways of ours to choose: each returns the histories, the model, and what was chosen why.
    """

    name: str
    customers: pd.DataFrame
    weekly: pd.DataFrame
    last_period: pd.Series
    ways: dict[str, Callable[[], Chosen]]

    @property
    def actual(self) -> np.ndarray:
        return self.customers["holdout_frequency"].to_numpy(dtype=float)

    @property
    def came(self) -> float:
        return float(self.actual.sum())


def cases(settings_path: str) -> Iterator[Case]:
    """Yield the samples and the simulated cohorts; or the data of a settings file alone."""
    if settings_path:
        yield _from_settings(settings_path)
        return
    yield from _cdnow()
    yield _from_settings("")
    for truth in TRUTHS:
        yield _simulated(truth)


def _from_settings(path: str) -> Case:
    config = settings.load(path)
    source = tables.open_source(config)
    burn_in = retention.burn_in_days(source, source.last_date, config.churn)
    weeks = config.value.holdout_weeks
    return _of_source(config.title, source, config, source.last_date, weeks, burn_in)


def _cdnow() -> Iterator[Case]:
    """The 1/10 sample of Fader and Hardie; the file comes with lifetimes, not with this project."""
    found = [f for f in files("lifetimes") or () if f.name == "CDNOW_sample.txt"]
    if not found:
        print("CDNOW is left out: its file comes with lifetimes, which is not installed.")
        return
    columns = ["master_id", "customer_id", "order_date", "discs", "amount"]
    lines = pd.read_csv(str(found[0].locate()), sep=r"\s+", header=None, names=columns)
    lines["order_date"] = pd.to_datetime(lines["order_date"].astype(str), format="%Y%m%d")
    source = tables.from_frame(lines[["customer_id", "order_date", "amount"]])
    everybody_new = -1  # the cohort is of those who first bought in its first quarter
    yield _of_source("CDNOW", source, settings.load(""), "1998-06-30", 39, everybody_new)


def _of_source(
    name: str, source: Source, config: Settings, as_of: object, weeks: int, burn_in: int
) -> Case:
    end = pd.Timestamp(str(as_of)) - pd.Timedelta(days=7 * weeks)
    last_day = pd.Timestamp(str(as_of)).date()
    everybody = summarise_customers(source, last_day, calibration_end=end.date(), gaps=True)
    customers = everybody[everybody["T"] > 0].reset_index(drop=True)
    watched = watch(source, burn_in)
    order_days = source.engine.run(
        read_query("order_days"), as_of=last_day, calibration_end=end.date()
    ).to_pandas(date_as_object=False)
    weekly, before = (
        count_weeks(order_days, end, weeks),
        last_period(customers, watched, end, 7 * weeks),
    )
    least = config.reports.minimum_customers
    return Case(
        name=f"{name}, {weeks} weeks held out",
        customers=customers,
        weekly=weekly,
        last_period=before,
        ways={
            PICKED: partial(_picked, customers, watched, weekly, before, least),
            BEFORE: partial(_chosen_before, source, config, customers, end, burn_in),
        },
    )


def last_period(
    customers: pd.DataFrame, watched: Watched, end: pd.Timestamp, days: int
) -> pd.Series:
    """Return each customer's order days in as many days before the end of the calibration."""
    before = end - pd.Timedelta(days=days)
    earlier = pd.Series(dtype=np.float64)
    if watched.summarised is not None and before >= pd.Timestamp(watched.begin):
        summary = watched.summarised(before.date())
        earlier = summary.set_index("customer_id")["frequency"] + 1.0
    already = earlier.reindex(customers["customer_id"]).fillna(0.0).to_numpy()
    return pd.Series(customers["frequency"].to_numpy() + 1.0 - already, index=customers.index)


def _picked(
    customers: pd.DataFrame,
    watched: Watched,
    weekly: pd.DataFrame,
    before: pd.Series,
    least: int,
) -> Chosen:
    """Choose on the holdout that is scored, as the peers are chosen from too."""
    weeks = len(weekly)
    births = clv.compare_births(
        customers, watched, clv.fit_bg_nbd, minimum_customers=least, weeks=(2 * weeks, weeks)
    )
    histories, treatment = births.treatment.histories(customers, watched), births.treatment
    models = {
        name: partial(treatment.fit, watched=watched, fit=fit, minimum_customers=least)
        for name, fit in usual_models(histories).items()
    }
    found = clv.compare(histories, last_period=before, weekly=weekly, models=models)
    model = found.models[found.model]
    what = f"{model.label}, fitted to {treatment.name}; {found.reason}\n{_what_helped(births)}"
    return histories, model, what


def _what_helped(births: clv.BirthComparison) -> str:
    """Tell how far the BG/NBD was off with each treatment of customers there before."""
    by_fit = births.errors.pivot_table(index="fitted_on", columns="group", sort=False)
    lines = [
        f"    BG/NBD, {name:<31} total {row['error', 'everybody']:+7.2%}, surely new "
        f"{row.get(('error', 'first order known'), np.nan):+7.2%}, off by "
        f"{row['mean_absolute_error', 'everybody']:.4f} a customer"
        for name, row in by_fit.iterrows()
    ]
    return "\n".join(lines)


def _chosen_before(
    source: Source, config: Settings, customers: pd.DataFrame, end: pd.Timestamp, burn_in: int
) -> Chosen:
    """Choose on the last weeks of the calibration, as the report would have, and fit to all."""
    chosen = choose_model(source, end.date(), config, burn_in_days=burn_in)
    births = chosen.births
    histories = births.treatment.histories(customers, watch(source, burn_in))
    _, model = chosen.fit(source, end.date())
    return histories, model, f"{model.label}, fitted to {births.recommended}; {births.reason}"


def _simulated(truth: BuyingModel) -> Case:
    T = np.random.default_rng(SEED).uniform(20, 52, COHORT)
    customers = truth.simulate_customers(T, seed=SEED, holdout=float(HOLDOUT))
    weekly = pd.DataFrame({"week": np.arange(1, HOLDOUT + 1), "actual": np.nan, "naive": np.nan})
    nothing_known = pd.Series(np.nan, index=customers.index)

    def picked() -> Chosen:
        found = clv.compare(customers)
        return customers, found.models[found.model], f"{found.model}; {found.reason}"

    name = f"simulated from {truth.label}, {HOLDOUT} weeks held out"
    return Case(name, customers, weekly, nothing_known, {PICKED: picked})
