"""The last check of what a finished report tells of people."""

import nbformat
import pandas as pd
import pytest
from test_joining import CUSTOMERS, STAYED

from analysis import disclosure, display, exports
from analysis.charts import style
from analysis.disclosure import discretion
from analysis.exports import MIME
from analysis.findings import Finding
from analysis.reports.checking import Checked, check
from analysis.reports.execution import OUTPUT
from analysis.reports.manifest import Manifest
from analysis.settings import ReportSettings


def forget():
    """Tell the next table as if it were the first, as a faulty notebook might."""
    disclosure.use(ReportSettings())


def as_table(frame, people):
    return dict(display.table(frame, title="People", people=people).data)


def as_figure(frame, people):
    axes = style.new_axes()
    axes.plot([1, 2], [3, 4])
    return dict(
        display.figure(axes, Finding(id="a", headline="A."), data=frame, people=people).data
    )


def as_list(frame, people, folder):
    saved = exports.save(frame, "sums", folder / "tables", people=people)
    return dict(saved._repr_mimebundle_())


def checked(folder, *bundles, last=None):
    cell = nbformat.v4.new_code_cell(
        outputs=[nbformat.v4.new_output("display_data", data=data) for data in bundles]
    )
    notebook = nbformat.v4.new_notebook(cells=[cell])
    found = check(notebook, folder, last or folder / "none")
    return found, [output.data for output in notebook.cells[0].outputs]


def of_column(data, column):
    return [row[column] for row in data[display.TABLE_MIME]["rows"]]


def test_tables_that_tell_a_small_count_together_are_mended(tmp_path):
    small = CUSTOMERS.assign(customers=[3, 5, 11, 10]).rename(columns={"customers": "left"})
    first = as_table(STAYED[["segment", "stayed"]], ["stayed"])
    forget()
    second = as_table(CUSTOMERS, ["customers"])
    forget()
    third = as_table(small, ["left"])
    assert of_column(third, 1) == ["under 5", "5", "11", "5 or more"]
    assert (of_column(first, 1)[0], of_column(second, 1)[0]) == ("40", "43")  # 43 - 40 = 3
    found, shown = checked(tmp_path, first, second, third)
    assert found.exposed == 0
    assert found.mended > 0
    assert "5 or more" in (of_column(shown[0], 1)[0], of_column(shown[1], 1)[0])


def test_a_small_count_that_was_told_outright_is_hidden(tmp_path):
    data = as_table(STAYED, ["stayed", "left"])
    data[display.TABLE_MIME]["rows"][0][2] = "3"
    found, shown = checked(tmp_path, data)
    assert found == Checked(exposed=0, mended=1)
    assert of_column(shown[0], 2)[0] == "under 5"


def test_a_picture_goes_that_draws_what_must_be_hidden(tmp_path):
    told = as_figure(STAYED[["segment", "stayed"]], ["stayed"])
    forget()
    small = as_list(
        STAYED[["segment", "left"]].assign(share=[0.1, 0.2, 0.3, 0.4]), ["left"], tmp_path
    )
    forget()
    whole = as_figure(CUSTOMERS, ["customers"])
    found, shown = checked(tmp_path, told, small, whole)
    assert found == Checked(supposed=1, mended=1)
    pictures = ["image/svg+xml" in data for data in (shown[0], shown[2])]
    assert pictures.count(False) == 1
    gone = shown[2 * pictures.index(False)]
    assert "application/vnd.analysis.finding+json" in gone
    assert display.FIGURE_MIME not in gone


def test_a_list_of_sums_is_mended_in_its_file(tmp_path):
    first = as_table(STAYED[["segment", "left"]], ["left"])
    forget()
    second = as_table(STAYED[["segment", "stayed"]], ["stayed"])
    forget()
    named = CUSTOMERS.rename(columns={"segment": "=segment"}).assign(spend=[1.5, 2.0, 2.5, 3.0])
    whole = as_list(named, ["customers"], tmp_path)
    before = (tmp_path / "tables" / "sums.csv").read_text("utf-8-sig")
    found, _ = checked(tmp_path, first, second, whole)
    assert found.exposed == 0
    after = (tmp_path / "tables" / "sums.csv").read_text("utf-8-sig")
    assert before.splitlines()[0] == after.splitlines()[0] == '"\'=segment","customers","spend"'
    assert before.splitlines()[1] == '"a",43,1.5'
    assert after.splitlines()[1] == '"a","5 or more",""'
    assert after.splitlines()[4] == before.splitlines()[4]


def test_what_the_last_report_told_cannot_be_hidden_and_is_counted(tmp_path):
    months = pd.DataFrame({"month": ["2023-01", "2023-02"], "customers": [43, 60]})
    parts = months.drop(columns="customers").assign(stayed=[40, 55], left=[3, 5])
    last = tmp_path / "last"
    for frame, name in ((months, "wholes"), (parts[["month", "stayed"]], "parts")):
        exports.save(frame, name, last / "tables", people=list(frame.columns[1:]))
        forget()
    bundles = []
    for frame in (months, parts[["month", "stayed"]], parts[["month", "left"]]):
        bundles.append(as_table(frame, list(frame.columns[1:])))
        forget()
    found, _ = checked(tmp_path, *bundles, last=last)
    assert found.exposed == 1


def test_the_counts_as_they_are_do_not_stay_in_the_notebook(tmp_path):
    data = as_table(STAYED, ["stayed", "left"])
    assert data[discretion.RECORD_MIME]["counts"]["left"][0] == 3
    _, shown = checked(tmp_path, data)
    assert discretion.RECORD_MIME not in shown[0]
    assert discretion.RECORD_MIME not in (tmp_path / OUTPUT).read_text("utf-8")


def test_for_analysts_there_is_nothing_to_check(tmp_path):
    disclosure.use(ReportSettings(audience="analyst"))
    data = as_table(STAYED, ["stayed", "left"])
    found, shown = checked(tmp_path, data, as_list(STAYED, ["stayed", "left"], tmp_path))
    assert found == Checked()
    assert set(shown[1]) == {MIME, "text/html", "text/plain"}
    assert not (tmp_path / OUTPUT).exists()


@pytest.mark.parametrize(
    "report", ["data_quality", "segmentation", "retention", "churn", "clv", "summary"]
)
def test_no_small_count_of_the_sample_can_be_worked_out(sample_archive, report):
    assert Manifest.read(sample_archive.run(report)).exposed == 0


def test_no_archived_notebook_holds_the_counts_as_they_are(sample_archive, export_archive):
    for archive in (sample_archive, export_archive):
        runs = list(archive.folder.glob(f"*/{archive.period}/current/{OUTPUT}"))
        assert len(runs) == 6
        for path in runs:
            assert discretion.RECORD_MIME not in path.read_text("utf-8")
