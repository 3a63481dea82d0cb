"""A reader who takes the files of a report, and knows what their columns mean, learns no count.

Nothing of the package takes part: what belongs together is written down here by hand.
"""

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

LEAST = 5
BOUNDS = {"under 5": (1, 4), "5 or more": (5, np.inf), "not told": (0, np.inf)}


class Reader:
    """What somebody knows: from where to where each count can be, and sums that are 0."""

    def __init__(self):
        self.ranges, self.sums = {}, []

    def read(self, path, names, columns):
        """Take the counts of a file; return its rows, as names and what is counted there."""
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for row in frame.to_dict("records"):
            key = tuple(row[name] for name in names)
            for column in (name for name in columns if row[name] not in ("", "<NA>")):
                cell = row[column]
                low, high = BOUNDS[cell] if cell in BOUNDS else (float(cell), float(cell))
                at = (*key, columns[column])
                known = self.ranges.get(at, (0, np.inf))
                self.ranges[at] = (max(low, known[0]), min(high, known[1]))
        return [tuple(row[name] for name in names) for row in frame.to_dict("records")]

    def add(self, parts, whole):
        """Know that some counts add up to another one; those that no file tells are left alone."""
        if all(at in self.ranges for at in (*parts, whole)):
            self.sums.append([*((at, 1.0) for at in parts), (whole, -1.0)])

    def learns(self):
        """Return the small counts that cannot be all of 1 to 4."""
        cells = {at: place for place, at in enumerate(self.ranges)}
        matrix = np.zeros((len(self.sums), len(cells)))
        for row, terms in enumerate(self.sums):
            for at, sign in terms:
                matrix[row, cells[at]] += sign
        bounds = Bounds(*np.array(list(self.ranges.values())).T)
        found = []
        for at in (one for one, span in self.ranges.items() if span == BOUNDS["under 5"]):
            for sign, end in ((1.0, 1.0), (-1.0, -4.0)):
                goal = np.zeros(len(cells))
                goal[cells[at]] = sign
                best = milp(
                    goal,
                    constraints=LinearConstraint(matrix, 0, 0) if self.sums else None,
                    bounds=bounds,
                    integrality=np.ones(len(cells)),
                )
                if best.fun > end + 1e-6:
                    found.append(at)
        return found


def reads_retention(tables):
    """Join months with each other and with the cohorts that began in them."""
    reader = Reader()
    flows = {name: name for name in ("customers", "kept", "returned", "new", "lapsed")}
    months = reader.read(tables / "customers_by_period.csv", ["period_start"], flows)
    for before, (month,) in zip([None, *months], months, strict=False):
        parts = [(month, name) for name in ("kept", "returned", "new")]
        reader.add(parts, (month, "customers"))
        if before is not None:
            reader.add([(month, "lapsed"), (month, "kept")], (*before, "customers"))
    sizes = {"customers": "size", "active": "active"}
    for month, age in reader.read(tables / "cohorts.csv", ["cohort", "age_months"], sizes):
        reader.add([(month, age, "size")], (month, "new"))
        reader.add([(month, "0", "active")], (month, "new"))
    return reader


def reads_moves(tables):
    """Join the moves between stages with where customers are, and where they were."""
    reader = Reader()
    path = tables / "figure-segmentation.stage_moves.csv"
    moves = reader.read(path, ["before", "after"], {"customers": "moved"})
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    for group, of in frame.drop_duplicates("before")[["before", "of"]].to_numpy():
        reader.ranges[group, "before"] = BOUNDS.get(of) or (float(of), float(of))
    now, sides = tables / "figure-segmentation.stages.csv", defaultdict(list)
    reader.read(now, ["group"], {"customers": "now", "customers_before": "before"})
    for before, after in moves:
        sides[before, "before"].append((before, after, "moved"))
        sides[after, "now"].append((before, after, "moved"))
    for whole, parts in sides.items():
        reader.add(parts, whole)
    return reader


@pytest.mark.parametrize("report", ["retention", "segmentation"])
@pytest.mark.parametrize("archive", ["sample_archive", "export_archive"])
def test_the_files_of_a_report_tell_no_small_count_together(request, archive, report):
    tables = request.getfixturevalue(archive).run(report) / "tables"
    reads = {"retention": reads_retention, "segmentation": reads_moves}[report]
    assert reads(tables).learns() == []


def test_the_reader_learns_what_unprotected_files_tell(tmp_path):
    months = pd.DataFrame({
        "period_start": ["2023-01-01", "2023-02-01"], "customers": ["43", "60"],
        "kept": ["30", "40"], "returned": ["10", "12"], "new": ["under 5", "8"],
        "lapsed": ["<NA>", "under 5"],
    })  # fmt: skip
    months.to_csv(tmp_path / "customers_by_period.csv", index=False)
    cohorts = pd.DataFrame(columns=["cohort", "age_months", "customers", "active"])
    cohorts.to_csv(tmp_path / "cohorts.csv", index=False)
    learnt = set(reads_retention(tmp_path).learns())
    assert learnt == {("2023-01-01", "new"), ("2023-02-01", "lapsed")}
