"""What measures of accuracy refuse, by name, and what they say of nothing to measure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import survival
from analysis.errors import DataError

# --- errors, by their message --------------------------------------------------------------------


def test_nothing_to_compare_is_said() -> None:
    with pytest.raises(DataError, match="needs an event while somebody else is at risk"):
        survival.concordance([1, 2], [1, 2], [0, 1])
    with pytest.raises(DataError, match="`scores` has 1 and `durations` has 2"):
        survival.concordance([1], [1, 2], [0, 1])
    with pytest.raises(DataError, match="`weighting` must be 'harrell' or 'uno'"):
        survival.concordance([1, 2], [1, 2], [0, 1], weighting="gonen")  # type: ignore[arg-type]


def test_infinite_weights_are_refused() -> None:
    # The only one at risk at 1 is lost sight of, then another enters and leaves.
    late: dict[str, Any] = {"entry": [0, 1, 1], "weighting": "uno"}
    with pytest.raises(DataError, match=r"1 of 1 events come after .* first at 2\.0. Set `tau`"):
        survival.concordance([1, 2, 3], [1, 2, 3], [0, 1, 0], **late)


@pytest.mark.parametrize(
    ("survived", "times", "message"),
    [
        ([0.1, 0.2], 1, r"one row a customer \(3\) and one column a time \(1\)"),
        ([0.1, 0.2, np.nan], 1, "`survival` must be finite"),
        ([0.1, 0.2, 1.3], 1, "chances between 0 and 1"),
        ([0.1, 0.2, 0.3], 9, r"nobody is after 9\.0. The last time observed is 3\.0"),
        ([[0.1, 0.1]] * 3, [2, 1], "`times` must rise"),
    ],
)
def test_unusable_predictions_are_refused(survived: Any, times: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        survival.brier_score(survived, [1, 2, 3], [1, 0, 1], times)


def test_scores_at_unusable_times_are_refused() -> None:
    with pytest.raises(DataError, match=r"at 0\.5 there are 0 cases and 3 controls"):
        survival.dynamic_auc([1, 2, 3], [1, 2, 3], [1, 0, 1], 0.5)
    with pytest.raises(DataError, match="two times or more to integrate between"):
        survival.integrated_brier_score([0.1, 0.2, 0.3], [1, 2, 3], [1, 0, 1], 1)
    with pytest.raises(DataError, match="`bins` must lie between 1 and the number of rows, 3"):
        survival.calibration([0.1, 0.2, 0.3], [1, 2, 3], [1, 0, 1], 1)
