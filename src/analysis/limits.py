"""Too few data: an answer, where a number would be a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

from analysis.errors import FitError, TooFewError

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")
_Result = TypeVar("_Result")


def if_enough(
    analysis: Callable[_P, _Result], /, *values: _P.args, **options: _P.kwargs
) -> _Result | TooFewError:
    """Return the result of an analysis, or the reason why the data do not carry it.

    For reports, which say the reason in place of the number. A model that has no fit to these
    data counts as such a reason; any other error is raised.
    """
    try:
        return analysis(*values, **options)
    except TooFewError as reason:
        return reason
    except FitError as reason:
        return TooFewError(str(reason))
