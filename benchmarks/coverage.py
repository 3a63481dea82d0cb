"""Do the 90% intervals cover what happens in 90% of cases?

Cohorts of customers live the story of each model, purchase by purchase. The models are fitted
on the first year, and every interval is held against the following one. The exit code is 1
when the coverage of a headline lies outside 87% to 93% by more than chance explains. Parameters
are no headlines: their Wald intervals on the log scale are shown beside those of the bootstrap.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import clv
from analysis.errors import AnalysisWarning
from benchmarks.stories import (
    ANNUAL_RATE,
    CUSTOMERS,
    HOLDOUT,
    MARGIN,
    SPEND,
    STORIES,
    simulate,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benchmarks.stories import Buying

    Floats = NDArray[np.float64]

CONFIDENCE, LOWEST, HIGHEST = 0.90, 0.87, 0.93
QUANTILE = 1.6448536269514722
GIVEN, REPLICATES = 50, 100  # of the bootstrap: customers looked at, and refits

QUICK = ["BG/NBD", "MBG/NBD", "Pareto/NBD"]

Coverage = dict[str, list[float]]


def measure(name: str, seed: int) -> tuple[Coverage, str]:
    """Fit one cohort; return which intervals cover the truth, and a boundary if there is one."""
    customers = simulate(STORIES[name], seed)
    covered: Coverage = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)
        model = STORIES[name].fit(customers)
        spend = clv.fit_gamma_gamma(customers)
        valuation = clv.value(
            customers,
            model,
            spend,
            horizon=HOLDOUT,
            annual_discount_rate=ANNUAL_RATE,
            margin=MARGIN,
            confidence=CONFIDENCE,
        )
    check_forecast(covered, customers, model)
    check_value(covered, customers, valuation)
    for fit, truth in ((model, STORIES[name].truth), (spend, SPEND)):
        for symbol, error in fit.standard_errors.items():
            reach = QUANTILE * error / getattr(fit, symbol)
            off = abs(np.log(getattr(fit, symbol) / truth[symbol]))
            covered[f"parameter {symbol}"] = [float(off <= reach)] if np.isfinite(reach) else []
    return covered, "; ".join(filter(None, (model.boundary, spend.boundary)))


def check_forecast(covered: Coverage, customers: pd.DataFrame, model: Buying) -> None:
    """Hold the order days forecast, in total and by decile, against those that came."""
    nothing = pd.Series(0.0, index=customers.index)
    forecast = clv.forecast_holdout(customers, model, nothing)
    bought = customers["holdout_frequency"]
    covered["order days of all"] = [within(bought.sum(), *forecast.interval())]
    deciles = clv.score_by_decile(forecast)
    covered["order days of a decile"] = [
        within(row.actual, row.low, row.high) for row in deciles.itertuples()
    ]


def check_value(covered: Coverage, customers: pd.DataFrame, valuation: clv.Valuation) -> None:
    """Hold purchases, sales and value against those that came."""
    actual = {
        "expected_purchases": customers["holdout_frequency"],
        "expected_sales": customers["sales"],
        "value": customers["value"],
    }
    for name, happened in actual.items():
        _, low, high = valuation.estimate(name)
        covered[f"{name.removeprefix('expected_')} of all"] = [within(happened.sum(), low, high)]
    tiers = clv.assign_tiers(valuation)
    for tier in tiers.cat.categories:
        chosen = tiers == tier
        _, low, high = valuation.estimate("value", chosen)
        covered[f"value of {tier}"] = [within(customers["value"][chosen].sum(), low, high)]
    own, worth = valuation.intervals(), customers["value"].to_numpy()
    low, high = own["value_low"].to_numpy(), own["value_high"].to_numpy()
    inside = (low <= worth) & (worth <= high)
    covered["value of a customer"] = [float(inside.mean())]
    covered["value of a customer, if open"] = [float(inside[high > 0].mean())]


def replicate(name: str, seed: int) -> tuple[Coverage, str]:
    """Fit one cohort again and again; hold the bootstrap's intervals against the truth."""
    customers, story = simulate(STORIES[name], seed), STORIES[name]
    given = customers[customers["frequency"] > 0].head(GIVEN)  # for others P(alive) may be 1

    def known(model: Buying) -> Floats:
        return np.concatenate(
            [
                model.parameters,
                model.probability_alive(given),
                model.expected_purchases(given, HOLDOUT),
                [model.expected_purchases(customers, HOLDOUT).sum()],
            ]
        )

    def with_future(model: Buying, rng: np.random.Generator) -> Floats:
        bought = model.simulate_purchases(customers, HOLDOUT, seed=rng).sum()
        return np.append(known(model)[:-1], bought)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)
        model = story.fit(customers)
        found = clv.bootstrap(
            model, customers, known, future=with_future, seed=seed, replicates=REPLICATES
        )
    truth = known(model.at(np.log(list(story.truth.values()))))
    truth[-1] = customers["holdout_frequency"].sum()
    limits = found.table[["low", "high"]].to_numpy()
    inside = ((limits[:, 0] <= truth) & (truth <= limits[:, 1])).astype(float)
    names = [f"parameter {symbol}" for symbol in story.truth]
    covered = {symbol: [hit] for symbol, hit in zip(names, inside, strict=False)}
    of_given = np.split(inside[len(names) : -1], 2)
    covered |= {
        "P(alive) of a customer": of_given[0].tolist(),
        "expected of a customer": of_given[1].tolist(),
    }
    return covered | {"order days of all": [inside[-1]]}, model.boundary


def within(actual: float, low: float, high: float) -> float:
    return float(low <= actual <= high)


def report(name: str, found: list[tuple[Coverage, str]], seconds: float) -> bool:
    """Print the coverage of every interval; return whether all headlines hold."""
    boundaries = sum(bool(boundary) for _, boundary in found)
    print(
        f"\n{name}: {len(found)} cohorts of {CUSTOMERS:,}, {seconds:.0f} s; "
        f"{boundaries} fits on a boundary"
    )
    cohorts: dict[str, list[float]] = defaultdict(list)
    for covered, _ in found:
        for interval, hits in covered.items():
            if hits:
                cohorts[interval].append(float(np.mean(hits)))
    good = True
    for interval, shares in cohorts.items():
        share, error = np.mean(shares), np.std(shares, ddof=1) / np.sqrt(len(shares))
        holds = LOWEST <= share <= HIGHEST
        headline = not interval.startswith("parameter")
        good &= not headline or bool(LOWEST - 2 * error <= share <= HIGHEST + 2 * error)
        print(f"  {interval:<32}{share:>8.1%} +- {error:.1%}   {'' if holds else 'OUTSIDE'}")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=QUICK, help=", ".join(STORIES))
    parser.add_argument("--cohorts", type=int, default=500)
    parser.add_argument("--bootstraps", type=int, default=100, help="cohorts, of the first model")
    chosen = parser.parse_args()
    print(f"{CONFIDENCE:.0%} intervals: {LOWEST:.0%} to {HIGHEST:.0%} of them should cover.")
    good = True
    with ProcessPoolExecutor(os.cpu_count()) as workers:

        def run(title: str, work: Callable[[int], tuple[Coverage, str]], cohorts: int) -> bool:
            started = time.perf_counter()
            found = list(workers.map(work, range(cohorts), chunksize=2))
            return not found or report(title, found, time.perf_counter() - started)

        for name in chosen.models:
            good &= run(name, partial(measure, name), chosen.cohorts)
        if chosen.bootstraps:
            name = chosen.models[0]
            title = f"{name}, intervals by {REPLICATES} replicates"
            good &= run(title, partial(replicate, name), chosen.bootstraps)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
