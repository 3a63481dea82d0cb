"""An analysis that the data do not carry is a reason in a report, not a failed run."""

import pytest

from analysis.errors import DataError, FitError, TooFewError
from analysis.limits import if_enough


def raising(error: Exception):
    def analysis(value: int) -> int:
        raise error

    return analysis


def test_a_result_passes_through():
    assert if_enough(lambda value: value + 1, 2) == 3


def test_too_few_data_are_a_reason():
    reason = if_enough(raising(TooFewError("thirty customers are needed; there are 3.")), 1)
    assert isinstance(reason, TooFewError)
    assert "there are 3" in str(reason)


def test_a_model_without_a_fit_is_a_reason():
    reason = if_enough(raising(FitError("the likelihood has no maximum.")), 1)
    assert isinstance(reason, TooFewError)
    assert str(reason) == "the likelihood has no maximum."


def test_any_other_error_is_raised():
    with pytest.raises(DataError, match="t_x > T"):
        if_enough(raising(DataError("t_x > T")), 1)
