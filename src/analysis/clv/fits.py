"""What a fit by maximum likelihood knows about itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.clv.likelihood import Maximum

    Floats = NDArray[np.float64]

__all__ = ["Fit"]

FORMAT, VERSION = "fitted customer model", 1  # of the JSON
_STEP = 1e-4  # of a log-parameter, for differences of a prediction


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fit:
    """What every fit by maximum likelihood knows about itself.

    Attributes
    ----------
    label : str
        The name of the model for readers.
    n_customers : float
        How many customers it was fitted to.
    peak : Maximum
        The maximum of the log-likelihood that the parameters come from.
    """

    label: ClassVar[str]
    names: ClassVar[tuple[str, ...]]
    n_customers: float
    peak: Maximum = field(repr=False, compare=False)

    @property
    def log_likelihood(self) -> float:
        """The total log-likelihood at the maximum."""
        return self.peak.log_likelihood

    @property
    def boundary(self) -> str:
        """Empty, or what the data say when the maximum lies at a limit of the model."""
        return "; ".join(limit.reason for limit in self.peak.limits)

    @property
    def held(self) -> tuple[int, ...]:
        """Positions of the parameters fixed at a limit."""
        return tuple(sorted({i for limit in self.peak.limits for i in limit.held}))

    @property
    def parameters(self) -> pd.Series:
        """The parameters, by name."""
        return pd.Series({name: getattr(self, name) for name in self.names}, dtype=float)

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the parameters (from the curvature at the maximum); NaN at a limit."""
        parameters, slopes = self.parameters, self._slopes
        covariance = self.peak.log_covariance * np.outer(slopes, slopes)
        unsettled = sorted({i for limit in self.peak.limits for i in limit.unsettled})
        covariance[unsettled, :] = np.nan
        covariance[:, unsettled] = np.nan
        return pd.DataFrame(covariance, index=parameters.index, columns=parameters.index)

    @property
    def standard_errors(self) -> pd.Series:
        """Standard error of each parameter; NaN at a limit."""
        covariance = self.covariance
        return pd.Series(np.sqrt(np.diag(covariance)), index=covariance.index)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value:.6g}" for name, value in self.parameters.items())
        return (
            f"{type(self).__name__}({values}; log-likelihood {self.log_likelihood:.4f}, "
            f"{self.n_customers:.0f} customers{'; boundary' * bool(self.boundary)})"
        )

    @property
    def aic(self) -> float:
        """Akaike's criterion, counting the parameters that the data determine."""
        return 2.0 * self.free - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion, counting the parameters that the data determine."""
        return float(np.log(self.n_customers)) * self.free - 2.0 * self.log_likelihood

    @property
    def free(self) -> int:
        """How many parameters the data determine."""
        return len(self.parameters) - len(self.held)

    @property
    def working(self) -> Floats:
        """The parameters as they are searched for: logarithms of those that are positive."""
        return np.asarray(np.log(self.parameters.to_numpy()))

    @property
    def _slopes(self) -> Floats:
        """How each parameter moves with its working value: an exponential by itself."""
        return self.parameters.to_numpy(dtype=np.float64)

    @property
    def _ways(self) -> Floats:
        """In which directions to step for a difference, a column each: here, one by one."""
        return np.eye(self.working.size)

    def to_json(self) -> str:
        """Write the fit as plain JSON, to the last digit; `clv.from_json` reads it.

        Returns
        -------
        str
            With the format and its version, the model, the fields of the fit, and under `peak`
            the logarithms of the parameters (what is not positive stays as it is), their
            covariance, the log-likelihood and the limits reached.
        """
        document = {"format": FORMAT, "version": VERSION, **self._document()}
        return json.dumps(document, indent=2, allow_nan=False, default=lambda value: value.tolist())

    def _document(self) -> dict[str, object]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        parts = {name: v._document() if isinstance(v, Fit) else v for name, v in values.items()}
        fit = parts | {"peak": asdict(self.peak)}
        return {"model": type(self).__name__, "label": self.label, "fit": fit}

    def at(self, log_parameters: Floats) -> Self:
        """Return the same model at other parameters, given as logarithms where positive."""
        values = np.exp(log_parameters).tolist()
        return replace(self, **dict(zip(self.names, values, strict=True)))

    def sensitivity(self, quantity: Callable[[Self], Floats]) -> Floats:
        """Return d quantity / d log-parameters, a column a parameter (central differences)."""
        centre, ways = self.working, self._ways
        columns = []
        for i, way in enumerate(ways.T):
            step = (0.0 if i in self.held else _STEP) * way
            up, down = self.at(centre + step), self.at(centre - step)
            change = np.atleast_1d(quantity(up)) - np.atleast_1d(quantity(down))
            columns.append(change / (2 * _STEP))
        return np.column_stack(columns) @ np.linalg.inv(ways)
