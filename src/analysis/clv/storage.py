"""Fits as files: plain JSON that any program can read, and that gives back the same fit."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.clv.beta_discrete_weibull import BetaDiscreteWeibull
from analysis.clv.bg_bb import BGBB
from analysis.clv.bg_cnbd import BGCNBD
from analysis.clv.bg_nbd import BGNBD
from analysis.clv.bg_nbd_covariates import BGNBDCovariates
from analysis.clv.constant_spend import ConstantSpend
from analysis.clv.fits import FORMAT, VERSION
from analysis.clv.gamma_gamma import GammaGamma
from analysis.clv.likelihood import Limit, Maximum
from analysis.clv.mbg_cnbd import MBGCNBD
from analysis.clv.mbg_nbd import MBGNBD
from analysis.clv.origins import TwoOrigins
from analysis.clv.pareto_nbd import ParetoNBD
from analysis.clv.pareto_nbd_covariates import ParetoNBDCovariates
from analysis.clv.shifted_beta_geometric import ShiftedBetaGeometric
from analysis.errors import DataError

if TYPE_CHECKING:
    from os import PathLike

    from analysis.clv.fits import Fit

_NUMBERS: dict[Any, type] = {"float": float, "int": int}

__all__ = ["MODELS", "from_json", "load", "save"]

MODELS: dict[str, type[Fit]] = {
    model.__name__: model
    for model in (
        BGNBD,
        MBGNBD,
        BGCNBD,
        MBGCNBD,
        ParetoNBD,
        TwoOrigins,
        BGBB,
        BGNBDCovariates,
        ParetoNBDCovariates,
        ConstantSpend,
        GammaGamma,
        ShiftedBetaGeometric,
        BetaDiscreteWeibull,
    )
}


def save(fit: Fit, path: str | PathLike[str]) -> None:
    """Write a fit into a file that `load` reads.

    Parameters
    ----------
    fit : Fit
        A fitted model of this room.
    path : str or path
        The file; one that is there is replaced.
    """
    Path(path).write_text(fit.to_json() + "\n", encoding="utf-8")


def load(path: str | PathLike[str]) -> Fit:
    """Read a fit that `save` wrote.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    Fit
        Of the same model, with the same digits.

    Raises
    ------
    DataError
        When the file is no fit, is damaged, or comes from a newer version.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _damaged(str(path), f"it is not text ({error})") from error
    return _read(text, str(path))


def from_json(text: str) -> Fit:
    """Read a fit from the text that `to_json` wrote; otherwise like `load`.

    Parameters
    ----------
    text : str
        JSON.

    Returns
    -------
    Fit
    """
    return _read(text, "the text")


def _read(text: str, source: str) -> Fit:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _damaged(source, f"it is not JSON ({error})") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _damaged(source, f'its `format` is not "{FORMAT}"')
    if document.get("version") != VERSION:
        raise DataError(
            f"a fit must have `version` {VERSION} to be read here; {source} has "
            f"{document.get('version')!r}. Read it with the version that wrote it, or fit again."
        )
    try:
        return _fit(document, source)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise _damaged(source, f"{type(error).__name__}: {error}") from error


def _fit(document: dict[str, Any], source: str) -> Fit:
    name, values = document["model"], document["fit"]
    if name not in MODELS:
        raise DataError(
            f"`model` must be one of {', '.join(MODELS)}; {source} has {name!r}. "
            "Read it with the version that wrote it, or fit again."
        )
    kinds = {field.name: field.type for field in fields(MODELS[name])}
    if odd := sorted(kinds.keys() ^ values.keys()):
        raise ValueError(f"a {name} has other fields; they differ in {', '.join(odd)}")
    for field, kind in kinds.items():
        if kind in _NUMBERS and type(values[field]) is not _NUMBERS[kind]:
            raise TypeError(f"`{field}` must be a number, {kind}; got {values[field]!r}")
    peak = _maximum(**values["peak"])
    parts: dict[str, Any] = {
        field: _fit(value, source) if isinstance(value, dict) else _frozen(value)
        for field, value in values.items()
        if field != "peak"
    }
    fit = MODELS[name](**parts, peak=peak)
    with np.errstate(invalid="ignore", divide="ignore"):
        point = fit.working
    if point.shape != peak.log_parameters.shape or not np.isfinite(point).all():
        raise ValueError("its parameters are not > 0, or not those of the maximum")
    return fit


def _maximum(
    log_parameters: list[float],
    log_likelihood: float,
    log_covariance: list[list[float]],
    limits: list[dict[str, Any]],
) -> Maximum:
    point = np.array(log_parameters, dtype=np.float64)
    covariance = np.array(log_covariance, dtype=np.float64)
    if point.ndim != 1 or covariance.shape != (point.size, point.size):
        raise ValueError("`log_covariance` does not match `log_parameters`")
    reached = [Limit(**{key: _frozen(value) for key, value in way.items()}) for way in limits]
    return Maximum(point, float(log_likelihood), covariance, tuple(reached))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _damaged(source: str, why: str) -> DataError:
    return DataError(
        f"a saved fit must be as `clv.save` wrote it; {source} is not: {why}. "
        "Save the fit again, or fit again."
    )
