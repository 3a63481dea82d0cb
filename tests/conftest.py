"""What several test files share: data opened once, reports rendered once."""

import os
import re
from pathlib import Path

import archives
import hypothesis
import pytest
import servers

from analysis import clv, disclosure, language, retention, settings, tables
from analysis.periods import Period

ROOT = Path(__file__).parents[1]


hypothesis.settings.register_profile("thorough", deadline=None, max_examples=500)
hypothesis.settings.register_profile("busy", deadline=None, max_examples=50)
hypothesis.settings.load_profile("busy")  # a machine may have more to do than these tests

MISSING_PART = re.compile("installed|could not import|needs")
"""What a test says that skips for want of something that can be installed."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Fail a test that lacks a part where ANALYSIS_REQUIRE_PARTS says that all are there."""
    report = yield
    if os.environ.get("ANALYSIS_REQUIRE_PARTS") and report.skipped and call.excinfo is not None:
        reason = str(call.excinfo.value)
        if not hasattr(report, "wasxfail") and MISSING_PART.search(reason):
            report.outcome = "failed"
            report.longrepr = f"skipped, though all parts should be there: {reason}"
    return report


LONGEST = (
    "test_engines", "test_end_to_end", "test_reports_languages", "test_in_place",
    "test_reports_browser",
)  # fmt: skip
"""Files that take longest; none of the first three waits for what another of them renders."""


def pytest_collection_modifyitems(items):
    """Begin with the longest files and the notebooks: no worker is left with one at the end."""
    places = {name: place for place, name in enumerate(LONGEST)}

    def place(item):
        notebook = len(places) + (item.path.suffix != ".ipynb")
        return places.get(item.path.stem, notebook)

    items.sort(key=place)


@pytest.fixture(autouse=True)
def _english():
    """Start every test in English, and leave it so for what later tests share."""
    language.use("en")
    yield
    language.use("en")


@pytest.fixture(autouse=True)
def _nothing_told():
    """Start every test as a report starts: without tables that were told before."""
    disclosure.use(settings.ReportSettings())


@pytest.fixture(scope="session")
def sample_settings():
    """Return the settings of the repository, which name the sample."""
    return settings.load(ROOT / "analysis.toml")


@pytest.fixture(scope="session")
def sample(sample_settings):
    """Return the opened Complete Journey data."""
    return tables.open_source(sample_settings)


@pytest.fixture(scope="session")
def value_check(sample, sample_settings):
    """Return the check of the value report of the sample, at its end."""
    end = Period.parse("2017-12").end
    burn_in = retention.burn_in_days(sample, end, sample_settings.churn)
    return clv.check_holdout(sample, end, sample_settings, burn_in_days=burn_in)


@pytest.fixture(scope="session")
def value_study(sample, sample_settings, value_check):
    """Return the study of the value report of the sample, at its end."""
    end = Period.parse("2017-12").end
    return clv.study_value(sample, end, sample_settings, value_check)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory, worker_id):
    """Return the folder that all processes of this test run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def sample_archive(run_folder):
    """Return all reports of the sample for its last month."""
    return archives.once(run_folder, "sample", archives.render_sample)


@pytest.fixture(scope="session")
def chinese_archive(run_folder):
    """Return the same reports in Chinese."""
    return archives.once(run_folder, "chinese", archives.render_chinese)


@pytest.fixture(scope="session")
def export_archive(run_folder):
    """Return all reports of a small export whose names would like to be code."""
    return archives.once(run_folder, "export", archives.render_export)


@pytest.fixture(scope="session")
def spark():
    """Return the session of a Spark cluster that is there for these tests alone."""
    with servers.spark_session() as session:
        yield session


@pytest.fixture(scope="session")
def postgresql():
    """Return the URL of a PostgreSQL server of this test run."""
    with servers.postgresql_server() as url:
        yield url
