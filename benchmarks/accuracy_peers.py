"""What the peers forecast, in a process of its own: reads histories, writes forecasts.

Run as a file by the interpreter that has the packages, so every import of one is inside a
function:  python accuracy_peers.py DATA.npz FORECASTS.npz
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    Forecast = Callable[[float], np.ndarray]
    Fit = Callable[[pd.DataFrame], Forecast]


def lifetimes(kind: str) -> Fit:
    """Its starts for the Pareto/NBD come from the global random state: the seed sets them."""

    def fit(customers: pd.DataFrame) -> Forecast:
        import lifetimes as package

        np.random.seed(1)  # noqa: NPY002
        history = [customers[name] for name in ("frequency", "recency", "T")]
        model = getattr(package, kind)().fit(*history)
        expected = model.conditional_expected_number_of_purchases_up_to_time
        return lambda t: np.asarray(expected(t, *history), dtype=float)

    return fit


def clvkit(kind: str) -> Fit:
    """It takes a summary wrapped as its own kind of base."""

    def fit(customers: pd.DataFrame) -> Forecast:
        from clvkit import CustomerBase, clv

        base = CustomerBase(
            customers,
            time_unit="W",
            observation_period_end=pd.Timestamp("2020-01-01"),
            has_monetary=False,
            on_negative="net",
        )
        model = getattr(clv, kind)().fit(base)
        return lambda t: model.predict(float(t)).to_pandas().to_numpy(dtype=float).ravel()

    return fit


MODELS: dict[str, Fit] = {
    "lifetimes BG/NBD": lifetimes("BetaGeoFitter"),
    "lifetimes MBG/NBD": lifetimes("ModifiedBetaGeoFitter"),
    "lifetimes Pareto/NBD": lifetimes("ParetoNBDFitter"),
    "clvkit BG/NBD": clvkit("BGNBD"),
    "clvkit MBG/NBD": clvkit("MBGNBD"),
}


def main() -> None:
    warnings.simplefilter("ignore")
    with np.load(sys.argv[1]) as data:
        weeks = data["weeks"]
        customers = pd.DataFrame({name: data[name] for name in ("frequency", "recency", "T")})
    found: dict[str, np.ndarray] = {}
    for name, fit in MODELS.items():
        try:
            forecast = fit(customers)
            whole = forecast(float(weeks[-1]))
            totals = [forecast(float(week)).sum() for week in weeks[:-1]]
            found[name] = np.concatenate([whole, totals, [whole.sum()]])
        except Exception as error:  # whatever it is, it stands in the table
            found[name] = np.array(f"{type(error).__name__}: {error}"[:80])
    np.savez(sys.argv[2], **{name.replace("/", "|"): value for name, value in found.items()})


if __name__ == "__main__":
    main()
