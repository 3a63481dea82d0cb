"""What several test files share: the sample, opened once."""

from pathlib import Path

import pytest

from analysis import language, settings, tables

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _english():
    """Start every test in English, whatever the one before spoke."""
    language.use("en")


@pytest.fixture(scope="session")
def sample_settings():
    """Return the settings of the repository, which name the sample."""
    return settings.load(ROOT / "analysis.toml")


@pytest.fixture(scope="session")
def sample(sample_settings):
    """Return the opened Complete Journey data."""
    return tables.open_source(sample_settings)
