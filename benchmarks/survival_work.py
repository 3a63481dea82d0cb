"""One piece of survival work by one package, in a process of its own: seconds, memory, answer.

Run as a file by the interpreter that has the package, so every import of one is inside a
function:  python survival_work.py PACKAGE WORK DATA.npz
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from clv_work import measure

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = dict[str, list[float]]
    Work = Callable[[dict[str, np.ndarray]], Callable[[], Answer]]


def ours(data: dict[str, np.ndarray], work: str) -> Callable[[], Answer]:
    from analysis import survival

    time, event = data["time"], data["event"]
    if work == "cox":
        X = pd.DataFrame(data["X"])
        return lambda: answer(survival.fit_cox(X, time, event).coefficients)
    if work == "kaplan_meier":
        return lambda: answer(survival.kaplan_meier(time, event).table["survival"].iloc[-1:])
    if work == "log_rank":
        group = data["group"]
        return lambda: answer([survival.log_rank(time, event, group).statistic])
    score = data["score"]
    return lambda: answer([survival.concordance(score, time, event).value])


def statsmodels(data: dict[str, np.ndarray], work: str) -> Callable[[], Answer]:
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.duration.survfunc import SurvfuncRight, survdiff

    time, event = data["time"], data["event"].astype(int)
    if work == "cox":
        X = data["X"]
        return lambda: answer(PHReg(time, X, status=event, ties="efron").fit().params)
    if work == "kaplan_meier":
        return lambda: answer(SurvfuncRight(time, event).surv_prob[-1:])
    group = data["group"]
    return lambda: answer([survdiff(time, event, group)[0]])


def scikit_survival(data: dict[str, np.ndarray], work: str) -> Callable[[], Answer]:
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.util import Surv

    X, y = data["X"], Surv.from_arrays(data["event"], data["time"])
    return lambda: answer(CoxPHSurvivalAnalysis(ties="efron").fit(X, y).coef_)


def lifelines(data: dict[str, np.ndarray], work: str) -> Callable[[], Answer]:
    from lifelines import CoxPHFitter
    from lifelines.utils import concordance_index

    time, event = data["time"], data["event"]
    if work == "concordance":
        score = -data["score"]
        return lambda: answer([concordance_index(time, score, event)])
    frame = pd.DataFrame(data["X"]).assign(time=time, event=event)
    return lambda: answer(CoxPHFitter().fit(frame, "time", "event").params_)


def answer(values: object) -> Answer:
    return {"answer": np.asarray(values, dtype=float).tolist()}


PACKAGES: dict[str, Work] = {
    "ours": ours,
    "statsmodels": statsmodels,
    "scikit-survival": scikit_survival,
    "lifelines": lifelines,
}


def main() -> None:
    package, work, path = sys.argv[1:]
    warnings.simplefilter("ignore")
    with np.load(path) as data:  # each column is read where it is used, and no other
        call = PACKAGES[package](data, work)
    print(json.dumps(measure(call)))


if __name__ == "__main__":
    main()
