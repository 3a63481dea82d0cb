"""Small exports made by hand, and the settings that are written for them."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from analysis import settings, tables
from analysis.mappings.draft import draft

EXPORTS = Path(__file__).parent / "exports"


def prepared(folder, *names, system=None):
    """Copy exports, write the settings for them and open the source."""
    for name in names:
        shutil.copy(EXPORTS / name, folder / name)
    made = draft([folder / name for name in names], folder, system)
    (folder / "analysis.toml").write_text(made.text, "utf-8")
    return made, tables.open_source(settings.load(folder / "analysis.toml"))


def keys_of(folder):
    return tomllib.loads((folder / "analysis.toml").read_text("utf-8"))


def reasons(source, table="transactions"):
    load = source.loads[table]
    assert load.rows_in == load.rows_kept + load.rows_set_aside
    return dict(zip(load.by_rule["rule"], load.by_rule["rows"], strict=True))
