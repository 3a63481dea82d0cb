"""How well every model forecasts a holdout, beside the peers and two naive rules.

`make bench-accuracy` gives the same histories to all. Ours are each model on the very rows that
the peers have; the one that `compare` picks on this holdout, with its treatment of customers who
were there before; and the one that the report would have chosen before the holdout began. A
difference below 1.64 standard errors (bootstrap of the customers, the same for both) is level.
What the mean absolute error likes is the median: a forecast too low in total may lead in it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import clv
from analysis.clv.comparison import usual_models
from analysis.clv.holdout import LAST_PERIOD, MODEL, OWN_PACE, score_one
from analysis.errors import AnalysisError
from benchmarks.accuracy_cases import BEFORE, PICKED, Case, cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.clv import Forecast
    from analysis.clv.buying import BuyingModel

PEERS = Path(os.environ.get("PEERS_PYTHON", ".venv-peers/bin/python"))
WORK = Path(__file__).with_name("accuracy_peers.py")
DRAWS = 400
METRICS = ("total error", "weekly error", "off by", "rms", "deciles off", "rank")
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


@dataclass(frozen=True, slots=True)
class Said:
    """A forecast: of every customer, of all by week, and how many intervals held."""

    predicted: np.ndarray
    weekly: np.ndarray
    held: str = ""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--settings", default="", help="a settings file, instead of the samples")
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    options = parser.parse_args(arguments)
    if not options.ours and not PEERS.exists():
        sys.exit(f"The peers are not installed at {PEERS}: give PEERS_PYTHON or --ours.")
    warnings.simplefilter("ignore")
    for case in cases(options.settings):
        score(case, with_peers=not options.ours)


def score(case: Case, *, with_peers: bool) -> None:
    """Print how everybody did on one case, and where ours are behind the best peer."""
    print(f"\n{case.name}: {len(case.customers):,} customers, {case.came:,.0f} purchases to come")
    said, reasons = ours(case)
    if with_peers:
        theirs, failed = peers(case)
        said |= theirs
        reasons += failed
    table = pd.DataFrame({name: _scores(case, one) for name, one in said.items()}).T
    table["intervals"] = [one.held for one in said.values()]
    print(table.to_string(na_rep="-"))
    for reason in reasons:
        print(f"  {reason}")
    theirs = [name for name in said if name.startswith(("lifetimes", "clvkit"))]
    each = [name for name in said if name.startswith("ours")]
    for metric in METRICS if theirs else ():
        _verdict(case, said, metric, each, theirs)


def ours(case: Case) -> tuple[dict[str, Said], list[str]]:
    """Fit every model of ours to the peers' rows, and add the naive rules and the chosen one."""
    said, reasons, forecast = {}, [], None
    for name, fit in usual_models(case.customers).items():
        try:
            model = fit(case.customers)
        except AnalysisError as error:
            reasons.append(f"ours {name}: {error}")
            continue
        forecast = clv.forecast_holdout(case.customers, model, case.last_period)
        said[f"ours {model.label}"] = _said(case, case.customers, model, forecast)
    if forecast is None:
        raise SystemExit(f"no model of ours could be fitted to {case.name}")
    for way, choose in case.ways.items():
        histories, model, what = choose()
        chosen = clv.forecast_holdout(histories, model, case.last_period)
        said[way] = _said(case, histories, model, chosen)
        reasons.append(f"{way}: {what}")
    for rule, weekly in ((LAST_PERIOD, case.weekly["naive"]), (OWN_PACE, None)):
        predicted = forecast.table[rule].to_numpy()
        if np.isfinite(predicted).all():
            even = np.full(len(case.weekly), predicted.sum() / len(case.weekly))
            said[rule] = Said(predicted, even if weekly is None else weekly.to_numpy(dtype=float))
    return said, reasons


def _said(case: Case, histories: pd.DataFrame, model: BuyingModel, forecast: Forecast) -> Said:
    low, high = forecast.interval()
    deciles = clv.score_by_decile(forecast)
    inside = deciles["actual"].between(deciles["low"], deciles["high"]).sum()
    rows, _ = model.read(histories).distinct()
    size = rows.x.shape
    until = [
        rows.weight @ model.expected(rows, np.full(size, float(w))) for w in case.weekly["week"]
    ]
    total = "in" if low <= case.came <= high else "out"
    held = f"total {total}, {inside} of 10 tenths"
    return Said(forecast.table[MODEL].to_numpy(), np.diff(until, prepend=0.0), held)


def peers(case: Case) -> tuple[dict[str, Said], list[str]]:
    """Let the peers fit the same rows in a process of their own."""
    said, failed = {}, []
    with tempfile.TemporaryDirectory() as folder:
        data, answers = Path(folder) / "data.npz", Path(folder) / "answers.npz"
        columns = {n: case.customers[n].to_numpy(float) for n in ("frequency", "recency", "T")}
        np.savez(data, weeks=case.weekly["week"].to_numpy(float), **columns)
        command = [str(PEERS), str(WORK), str(data), str(answers)]
        subprocess.run(command, check=True, env=os.environ | ONE_THREAD)
        with np.load(answers) as found:
            for name in found.files:
                label, values = name.replace("|", "/"), found[name]
                if values.dtype.kind == "U":
                    failed.append(f"{label} failed: {values}")
                    continue
                whole, until = np.split(values, [len(case.customers)])
                if not np.isfinite(values).all():
                    failed.append(f"{label}: {int((~np.isfinite(whole)).sum())} forecasts missing")
                said[label] = Said(np.nan_to_num(whole), np.diff(until, prepend=0.0))
    return said, failed


def _scores(case: Case, said: Said) -> dict[str, str]:
    found = score_one(said.predicted, case.actual, np.ones(case.actual.size))
    actual = case.weekly["actual"].to_numpy(dtype=float)
    weekly = float(np.abs(said.weekly - actual).sum() / max(actual.sum(), 1.0))
    missing = not np.isfinite(actual).all() or not np.isfinite(weekly)
    return {
        "total error": f"{found['error']:+.2%}",
        "weekly error": "-" if missing else f"{weekly:.2%}",
        "off by": f"{found['mean_absolute_error']:.4f}",
        "rms": f"{found['root_mean_square_error']:.4f}",
        "deciles off": f"{found['decile_error']:.2%}",
        "rank": f"{found['rank_correlation']:.4f}",
    }


def _verdict(
    case: Case, said: dict[str, Said], metric: str, each: Sequence[str], theirs: Sequence[str]
) -> None:
    """Print how ours do in one metric, beside the peer that is best in it."""
    values = {name: _loss(case, said[name], metric) for name in (*each, *theirs)}
    if not np.isfinite(values[PICKED]):
        return
    peer = min(theirs, key=lambda name: values[name])
    best = min(each, key=lambda name: values[name])
    parts = []
    for what, name in (("picked", PICKED), ("before", BEFORE), ("best of ours", best)):
        if name in values:
            gap, noise = values[peer] - values[name], _noise(case, said[name], said[peer], metric)
            level = abs(gap) <= 1.64 * noise + 1e-4 * abs(values[peer])
            word = "level" if level else "better" if gap > 0 else "WORSE"
            parts.append(f"{what} {abs(values[name]):.4f} {word} (by {gap:+.4f}, se {noise:.4f})")
    print(f"  {metric:<13}best peer {abs(values[peer]):.4f} ({peer}); " + "; ".join(parts))


def _loss(case: Case, said: Said, metric: str, weight: np.ndarray | None = None) -> float:
    """Return a metric so that less is better, of customers drawn `weight` times."""
    w = np.ones(case.actual.size) if weight is None else weight
    came, off = float(w @ case.actual), said.predicted - case.actual
    if metric == "total error":
        return abs(float(w @ off)) / came
    if metric == "off by":
        return float(w @ np.abs(off) / w.sum())
    if metric == "rms":
        return float(np.sqrt(w @ off**2 / w.sum()))
    if metric == "deciles off":
        tenth = np.argsort(np.argsort(said.predicted, kind="stable")) * 10 // off.size
        return float(np.abs(np.bincount(tenth, weights=w * off)).sum() / came)
    if metric == "rank":
        ranks = [pd.Series(values).rank().to_numpy() for values in (said.predicted, case.actual)]
        covariance = np.cov(*ranks, aweights=w)
        return float(-covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
    actual = case.weekly["actual"].to_numpy(dtype=float)
    return float(np.abs(said.weekly - actual).sum() / max(actual.sum(), 1.0))


def _noise(case: Case, one: Said, other: Said, metric: str) -> float:
    """Return the standard error of the difference, over customers drawn again."""
    if metric == "weekly error":
        actual = case.weekly["actual"].to_numpy(dtype=float)
        gaps = (np.abs(one.weekly - actual) - np.abs(other.weekly - actual)) / actual.mean()
        return float(gaps.std(ddof=1) / np.sqrt(gaps.size))
    rng, size = np.random.default_rng(7), case.actual.size
    draws = rng.multinomial(size, np.full(size, 1 / size), DRAWS if metric != "rank" else 50)
    gaps = [
        _loss(case, one, metric, w.astype(float)) - _loss(case, other, metric, w.astype(float))
        for w in draws
    ]
    return float(np.std(gaps, ddof=1))


if __name__ == "__main__":
    main()
