"""What several test files share: the sample, opened once."""

from pathlib import Path

import pytest

from analysis import settings, tables

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def sample_settings():
    """Return the settings of the repository, which name the sample."""
    return settings.load(ROOT / "analysis.toml")


@pytest.fixture(scope="session")
def sample(sample_settings):
    """Return the opened Complete Journey data."""
    return tables.open_source(sample_settings)
