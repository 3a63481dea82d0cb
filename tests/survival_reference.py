"""Data and expected values for the survival tests: R 4.2.2, survival 3.5-3, riskRegression.

lung and rossi come as files of the lifelines package, which is not imported: it needs an older
pandas. The expected values of both stand in `oracles/`. telco has no stated licence, so it lies
beside the repository and its tests skip where it is absent.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

ORACLES = Path(__file__).parent / "oracles"
TELCO = Path(__file__).resolve().parents[2] / "shared" / "reference" / "survival" / "telco"


def lifelines_csv(name: str) -> pd.DataFrame:
    (path,) = (f for f in files("lifelines") or () if str(f) == f"lifelines/datasets/{name}.csv")
    return pd.read_csv(str(path.locate()))


@cache
def lung() -> pd.DataFrame:
    frame = lifelines_csv("lung")
    return frame.assign(status=frame["status"] > frame["status"].min())


@cache
def rossi() -> pd.DataFrame:
    return lifelines_csv("rossi")


@cache
def telco() -> pd.DataFrame:
    if not TELCO.is_dir():
        pytest.skip("the telco table is not beside this repository (shared/reference/survival)")
    return pd.read_csv(TELCO / "data.csv")


@cache
def expected(name: str) -> dict[str, Any]:
    path = ORACLES / f"survival_{name}.json"
    if name == "telco":
        telco()
        path = TELCO / "expected.json"
    return json.loads(path.read_text())


def assert_equals_r(actual: Any, expected: Any, *, rtol: float = 1e-8, atol: float = 1e-12) -> None:
    """Compare with R's 15 digits; where R says null (NA or undefined) nothing is asked."""
    wanted = np.atleast_1d(np.array(expected, dtype=float))
    got = np.broadcast_to(np.asarray(actual, dtype=float), wanted.shape)
    known = ~np.isnan(wanted)
    np.testing.assert_allclose(got[known], wanted[known], rtol=rtol, atol=atol)


LEVELS: dict[str, list[Any]] = {  # the first level is the reference, as in the R fits
    "contract": ["Month-to-month", "One year", "Two year"],
    "internet": ["DSL", "Fiber optic", "No"],
    "payment": [
        "Bank transfer (automatic)",
        "Credit card (automatic)",
        "Electronic check",
        "Mailed check",
    ],
    "ph.ecog*": [0.0, 1.0, 2.0, 3.0],
}


def levels(
    frame: pd.DataFrame, columns: list[str], *, like: list[str] | None = None
) -> pd.DataFrame:
    """Covariates with a 0/1 column for each level of a factor but its first."""
    parts: dict[str, Any] = {}
    for column in columns:
        for level in LEVELS.get(column, [])[1:]:
            parts[f"{column}={level}"] = (frame[column.rstrip("*")] == level).astype(float)
        if column not in LEVELS:
            parts[column] = frame[column]
    covariates = pd.DataFrame(parts)
    assert like is None or list(covariates) == like
    return covariates
