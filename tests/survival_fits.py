"""Every Cox model that R fitted, by name: its data, its place in expected.json, its options."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from survival_reference import expected, levels, lung, rossi, telco

from analysis import survival

LUNG = ["age", "sex", "ph.ecog"]
ROSSI = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
FOUR = ["contract", "internet", "senior", "monthly_charges"]
FIVE = ["m2", "m3", "fib", "senior", "monthly_charges"]
TELCO = ["contract", "internet", "payment", "senior", "partner", "dependents", "paperless",
         "monthly_charges"]  # fmt: skip


def lung_columns(columns: list[str] = LUNG, **options: Any) -> dict[str, Any]:
    frame = lung().assign(one_two_three=np.resize([1, 2, 3], len(lung())))
    frame = frame.dropna(subset=["ph.ecog", *(options.get(k) for k in options if k == "clusters")])
    options = {k: frame[v] if k in ("strata", "clusters", "weights") else v
               for k, v in options.items()}  # fmt: skip
    X = levels(frame, columns)
    return {"covariates": X, "durations": frame["time"], "events": frame["status"]} | options


def rossi_columns(columns: list[str] = ROSSI, **options: Any) -> dict[str, Any]:
    frame = rossi()
    options = {k: frame[v] if k in ("strata", "clusters") else v for k, v in options.items()}
    X = levels(frame, columns)
    return {"covariates": X, "durations": frame["week"], "events": frame["arrest"]} | options


def telco_columns(
    columns: list[str], window: int = 0, rows: str = "tenure >= 0", event: str = "churn",
    **options: Any,
) -> dict[str, Any]:  # fmt: skip
    frame = telco().query("tenure > 0" if window else rows)
    frame = frame.assign(
        m2=frame["contract"] == "One year", m3=frame["contract"] == "Two year",
        fib=frame["internet"] == "Fiber optic", dsl=frame["internet"] == "DSL",
        happened=frame.eval(event).astype(bool),
    )  # fmt: skip
    if window:
        options["entry"] = np.maximum(0, frame["tenure"] - window)
    options = {k: frame[v] if k in ("strata", "clusters") else v for k, v in options.items()}
    X = levels(frame, columns)
    return {"covariates": X, "durations": frame["tenure"], "events": frame["happened"]} | options


BRESLOW = {"ties": "breslow"}
NO_CONTRACT = [c for c in TELCO if c != "contract"]
# data, keys into expected.json, builder, columns, options
FITS: dict[str, tuple[str, list[str], Any, list[str], dict[str, Any]]] = {
    "lung efron": ("lung", ["cox_efron"], lung_columns, LUNG, {}),
    "lung breslow": ("lung", ["cox_breslow"], lung_columns, LUNG, BRESLOW),
    "lung strata": (
        "lung", ["cox_strata_sex"], lung_columns, ["age", "ph.ecog"], {"strata": "sex"},
    ),
    "lung clusters": (
        "lung", ["cox_robust_cluster_inst"], lung_columns, LUNG, {"clusters": "inst"},
    ),
    "lung robust": ("lung", ["cox_robust_hc"], lung_columns, LUNG, {"robust": True}),
    "lung robust breslow": (
        "lung", ["cox_robust_breslow_hc"], lung_columns, LUNG, {"robust": True} | BRESLOW,
    ),
    "lung factor": ("lung", ["cox_factor_phecog"], lung_columns, ["age", "ph.ecog*"], {}),
    "lung weights": ("lung", ["cox_weights"], lung_columns, LUNG, {"weights": "one_two_three"}),
    "rossi efron": ("rossi", ["cox_efron"], rossi_columns, ROSSI, {}),
    "rossi breslow": ("rossi", ["cox_breslow"], rossi_columns, ROSSI, BRESLOW),
    "rossi strata": (
        "rossi", ["cox_strata_wexp"], rossi_columns,
        [c for c in ROSSI if c != "wexp"], {"strata": "wexp"},
    ),
    "rossi strata breslow": (
        "rossi", ["cox_strata_wexp_breslow"], rossi_columns,
        [c for c in ROSSI if c != "wexp"], {"strata": "wexp"} | BRESLOW,
    ),
    "rossi robust": ("rossi", ["cox_robust_hc"], rossi_columns, ROSSI, {"robust": True}),
    "rossi clusters": (
        "rossi", ["cox_cluster_age"], rossi_columns,
        [c for c in ROSSI if c != "age"], {"clusters": "age"},
    ),
    "rossi clusters breslow": (
        "rossi", ["cox_cluster_age_breslow"], rossi_columns,
        [c for c in ROSSI if c != "age"], {"clusters": "age"} | BRESLOW,
    ),
    "telco efron": ("telco", ["cox_efron"], telco_columns, TELCO, {}),
    "telco breslow": ("telco", ["cox_breslow"], telco_columns, TELCO, BRESLOW),
    "telco robust": ("telco", ["cox_robust_hc_efron"], telco_columns, TELCO, {"robust": True}),
    "telco robust breslow": (
        "telco", ["cox_robust_hc_breslow"], telco_columns, TELCO, {"robust": True} | BRESLOW,
    ),
    "telco strata": (
        "telco", ["cox_strata_contract_efron"], telco_columns, NO_CONTRACT, {"strata": "contract"},
    ),
    "telco strata breslow": (
        "telco", ["cox_strata_contract_breslow"], telco_columns, NO_CONTRACT,
        {"strata": "contract"} | BRESLOW,
    ),
    "telco clusters": (
        "telco", ["cox_cluster_payment"], telco_columns, FOUR, {"clusters": "payment"},
    ),
    "telco last month": (
        "telco", ["period_last_month", "cox_efron"], telco_columns, FOUR, {"window": 1},
    ),
    "telco last month breslow": (
        "telco", ["period_last_month", "cox_breslow"], telco_columns, FOUR, {"window": 1} | BRESLOW,
    ),
    "telco window": (
        "telco", ["window_24_months", "cox_efron"], telco_columns, FOUR, {"window": 24},
    ),
    "telco window breslow": (
        "telco", ["window_24_months", "cox_breslow"], telco_columns, FOUR, {"window": 24} | BRESLOW,
    ),
    "telco half": (
        "telco", ["holdout", "cox_train"], telco_columns, FIVE, {"rows": "id % 2 == 1"},
    ),
    "telco month to month": (
        "telco", ["month_to_month_internet_subset", "cox"], telco_columns,
        ["dependents", "dsl", "online_security", "tech_support"],
        {"rows": "contract == 'Month-to-month' and internet != 'No'"},
    ),
} | {
    f"telco {cause}": (
        "telco", ["cause_specific_cox", cause], telco_columns, FIVE, {"event": f"cause5 == {k}"},
    )
    for k, cause in enumerate(["Competitor", "Dissatisfaction", "Attitude", "Price", "Other"], 1)
}  # fmt: skip


@cache
def fit(case: str) -> tuple[survival.CoxFit, dict[str, Any]]:
    name, keys, builder, columns, options = FITS[case]
    r = expected(name)
    for key in keys:
        r = r[key]
    return survival.fit_cox(**builder(columns, **options)), r
