"""One piece of work by one package, in a process of its own: prints seconds, memory and answer.

Run as a file by the interpreter that has the package, so every import of one is inside a
function:  python clv_work.py PACKAGE WORK DATA.npz STEPS_A_WEEK
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = dict[str, object]
    Prepare = Callable[[pd.DataFrame, str, int], Callable[[], Answer]]

RUNS, LONG = 5, 3.0  # runs, as long as they took less than so many seconds together
MONTHS, WEEKS_A_MONTH, DAYS_A_MONTH, MONTHLY_RATE = 12, 4.345, 30, 0.01  # as lifetimes has them
SAMPLE = 20_000  # customers that a model is fitted to before it values all of them
HISTORY = ["frequency", "recency", "T"]


def ours(customers: pd.DataFrame, work: str, steps_a_week: int) -> Callable[[], Answer]:
    """The summary as this project makes it: with the customers' names, which it checks."""
    from analysis import clv

    names = customers["customer_id"].astype(str).str.zfill(8)
    customers = customers.assign(customer_id=names)
    if work != "value":
        fit = getattr(clv, f"fit_{work}")
        return lambda: {"parameters": fit(customers).parameters.tolist()}
    some = customers.head(SAMPLE)
    purchases, spend = clv.fit_bg_nbd(some), clv.fit_gamma_gamma(some)

    def value() -> Answer:
        valuation = clv.value(
            customers,
            purchases,
            spend,
            horizon=MONTHS * (WEEKS_A_MONTH if steps_a_week == 1 else DAYS_A_MONTH),
            annual_discount_rate=(1 + MONTHLY_RATE) ** MONTHS - 1,
            margin=1.0,
            unit="week" if steps_a_week == 1 else "day",
        )
        return {"total": float(valuation.total().loc["value", "estimate"])}

    return value


def lifetimes(customers: pd.DataFrame, work: str, steps_a_week: int) -> Callable[[], Answer]:
    """Its starts for the Pareto/NBD come from the global random state: the seed sets them."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

    np.random.seed(1)  # noqa: NPY002
    history = [customers[name] for name in HISTORY]
    if work in ("bg_nbd", "pareto_nbd"):
        kind = {"bg_nbd": BetaGeoFitter, "pareto_nbd": ParetoNBDFitter}[work]
        return lambda: {"parameters": kind().fit(*history).params_.tolist()}
    if work == "gamma_gamma":
        buyers = customers[customers["frequency"] > 0]
        spent = [buyers["frequency"], buyers["monetary_value"]]
        return lambda: {"parameters": GammaGammaFitter().fit(*spent).params_.tolist()}
    some = customers.head(SAMPLE)
    purchases = BetaGeoFitter().fit(*(some[name] for name in HISTORY))
    some = some[some["frequency"] > 0]
    spend = GammaGammaFitter().fit(some["frequency"], some["monetary_value"])

    def value() -> Answer:
        unit = "W" if steps_a_week == 1 else "D"
        worth = spend.customer_lifetime_value(
            purchases, *history, customers["monetary_value"], MONTHS, MONTHLY_RATE, unit
        )
        return {"total": float(worth.sum())}

    return value


def clvkit(customers: pd.DataFrame, work: str, steps_a_week: int) -> Callable[[], Answer]:
    """It takes a summary wrapped as its own kind of base."""
    from clvkit import CustomerBase
    from clvkit.clv import BGNBD, CLV, GammaGamma

    def base(some: pd.DataFrame) -> CustomerBase:
        return CustomerBase(
            some.set_index("customer_id"),
            time_unit="W" if steps_a_week == 1 else "D",
            observation_period_end=pd.Timestamp("2020-01-01"),
            has_monetary=True,
            on_negative="net",
        )

    everybody = base(customers)
    if work != "value":
        kind = {"bg_nbd": BGNBD, "gamma_gamma": GammaGamma}[work]
        return lambda: {"parameters": kind().fit(everybody).params_.tolist()}
    model = CLV().fit(base(customers.head(SAMPLE)))

    def value() -> Answer:
        months = MONTHS * (WEEKS_A_MONTH if steps_a_week == 1 else DAYS_A_MONTH)
        rate = (1 + MONTHLY_RATE) ** (MONTHS / months) - 1
        worth = model.predict(horizon=round(months), discount_rate=rate, cb=everybody)
        return {"total": float(worth.to_pandas()["clv"].sum())}

    return value


def pymc(customers: pd.DataFrame, work: str, steps_a_week: int) -> Callable[[], Answer]:
    """Its point estimate: the highest point of likelihood times its default priors."""
    from pymc_marketing import clv

    kind, symbols = {
        "bg_nbd": (clv.BetaGeoModel, ["r", "alpha", "a", "b"]),
        "pareto_nbd": (clv.ParetoNBDModel, ["r", "alpha", "s", "beta"]),
        "gamma_gamma": (clv.GammaGammaModel, ["p", "q", "v"]),
    }[work]
    if work == "gamma_gamma":
        customers = customers[customers["frequency"] > 0]
    model = kind(data=customers)

    def fit() -> Answer:
        model.fit(method="map", progressbar=False)
        return {"parameters": [model.idata.posterior[symbol].item() for symbol in symbols]}

    return fit


PACKAGES: dict[str, Prepare] = {
    "ours": ours,
    "lifetimes": lifetimes,
    "clvkit": clvkit,
    "pymc-marketing": pymc,
}


def measure(call: Callable[[], Answer]) -> Answer:
    """Run until it has run often or long enough; return the middle time and the last answer."""
    seconds: list[float] = []
    while len(seconds) < RUNS and sum(seconds) < LONG:
        started = time.process_time()  # user and system time of all threads
        answer = call()
        seconds.append(time.process_time() - started)
    return {"seconds": float(np.median(seconds)), "megabytes": peak_megabytes(), **answer}


def peak_megabytes() -> float:
    """Peak memory of this process alone; getrusage would count the parent it was forked from."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) / 1024


def main() -> None:
    package, work, path, steps_a_week = sys.argv[1:]
    warnings.simplefilter("ignore")
    with np.load(path) as columns:
        customers = pd.DataFrame(dict(columns))
    call = PACKAGES[package](customers, work, int(steps_a_week))
    print(json.dumps(measure(call)))


if __name__ == "__main__":
    main()
