"""The canonical tables of a shop in the SQL of engines that no test can start."""

import tomllib
from pathlib import Path

from dialect_snapshots import DIALECTS, FOLDER
from shop_tables import NAMES, SHOP, shop_toml

from analysis.engines.connections.connection import kind_of
from analysis.engines.customers import between, drawn
from analysis.engines.dialects import translate
from analysis.engines.remote import RemoteEngine
from analysis.schemas import TABLES
from analysis.settings import Settings
from analysis.tables import mapping
from analysis.tables.canonical import Canonical
from analysis.tables.in_place import reading_in_place


def snapshot(dialect):
    """Return what is asked to open the shop's tables, and to read them."""
    asked = _asked(dialect)
    return "\n".join(
        f"-- {what}, generated for {dialect}; not run by any test\n{_shown(text)};\n"
        for what, text in asked.items()
    )


def file_of(dialect):
    """Return where it is kept."""
    return FOLDER / f"{dialect}_tables.sql"


def _asked(dialect):
    settings = Settings(**tomllib.loads(shop_toml("duckdb:///x", "source")), root=Path())
    engine, asked = RemoteEngine(dialect, None), {}
    for name, raw in NAMES.items():
        schema, section = TABLES[name], settings.table(name)
        kinds = {field.name: kind_of(field) for field in SHOP[raw].schema}
        names = mapping.of(schema, section).find(list(kinds), raw)
        table = Canonical.of(
            schema,
            reading_in_place(schema, section, settings),
            place=raw,
            raw=f'"{raw}"',
            names=names,
            kinds={given: kinds[column] for given, column in names.items()},
        )
        engine = engine.with_table(name, table.kept())
        if name == "transactions":
            asked = {"counts": table.counts(), "rejects": table.aside()}
    asked |= {name: f"SELECT * FROM {name}" for name in NAMES}
    said = {what: translate(text, dialect, {}, engine.relations) for what, text in asked.items()}
    some = engine.where(between("a", "b")).where(drawn(0.5)).relations
    said["some customers of consent"] = translate(asked["consent"], dialect, {}, some)
    return said


def _shown(text):
    """Show characters that do not show themselves, but for ends of lines."""
    return "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape").decode()
        for sign in text
    )


def write():
    """Keep what is generated now."""
    for dialect in DIALECTS:
        file_of(dialect).write_text(snapshot(dialect), "utf-8")


if __name__ == "__main__":
    write()
