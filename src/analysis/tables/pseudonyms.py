"""Customers under another name: ids replaced before anything is computed of them.

Replaced in the engine, no id can reach a page, a list, a figure or a kept notebook. The same key
gives the same customer the same name in every table, run and period; without the key nobody gets
from the name to the customer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from analysis.columns import quote
from analysis.schemas import TABLES
from analysis.tables.checks import rejects_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.engines import DuckDBEngine, Engine
    from analysis.keys import Key
    from analysis.tables.source import Load

__all__ = ["PERSONS", "ids_of", "pseudonym", "rename_customers"]

PERSONS = ("customer_id", "referred_id")
"""Columns whose values are ids of customers."""
_BYTES = 10  # in base 32 these are 16 letters; two of a billion customers share none


def pseudonym(customer_id: str, secret: bytes) -> str:
    """Return the name that stands for a customer: HMAC-SHA-256, shortened."""
    digest = hmac.digest(secret, customer_id.encode(), hashlib.sha256)
    return base64.b32encode(digest[:_BYTES]).decode().lower()


def rename_customers(engine: DuckDBEngine, loads: Sequence[Load], key: Key) -> list[Load]:
    """Give all customers of an engine their pseudonyms.

    What was set aside keeps file, line, column and rule, and loses its value, which may be an
    id or a name. An order that had no id of its own is named after its customer's new name.

    Returns
    -------
    list of Load
        As given, without the values set aside.
    """
    places = _places(engine, (load.table for load in loads))
    ids = ids_of(engine, places)
    secret = key.derive("pseudonyms")
    names = pa.table({"id": ids, "name": [pseudonym(one, secret) for one in ids]})
    engine.connection.register("names", names)
    for table, columns in places.items():
        _rename(engine, table, columns)
        engine.connection.execute(f"UPDATE {rejects_of(table)} SET value = NULL")  # noqa: S608
    engine.connection.unregister("names")
    return [replace(load, rejects=load.rejects.assign(value=None)) for load in loads]


def ids_of(engine: Engine, tables: Iterable[str]) -> list[str]:
    """Return the ids of all customers that these tables name, in order."""
    places = _places(engine, tables)
    each = " UNION ".join(
        f"SELECT {name} AS id FROM {table}"  # noqa: S608
        for table, names in places.items()
        for name in names
    )
    found = engine.run(f"SELECT id FROM ({each}) WHERE id IS NOT NULL ORDER BY id")  # noqa: S608
    return [str(one) for one in found["id"].to_pylist()]


def _places(engine: Engine, tables: Iterable[str]) -> dict[str, list[str]]:
    """Return the columns of each table that hold ids of customers."""
    there = {table: engine.run(f"FROM {table} LIMIT 0").column_names for table in tables}
    return {table: [name for name in PERSONS if name in names] for table, names in there.items()}


def _rename(engine: DuckDBEngine, table: str, columns: Sequence[str]) -> None:
    if not columns:
        return
    new = [f"{name}_names.name AS {name}" for name in columns]
    derived = [column for column in TABLES[table].columns if "customer_id" in column.otherwise]
    for column in derived:
        made = column.otherwise.replace("customer_id", f"{table}.customer_id")
        renamed = column.otherwise.replace("customer_id", "customer_id_names.name")
        given = f"{table}.{quote(column.name)}"
        new.append(f"CASE WHEN {given} = {made} THEN {renamed} ELSE {given} END AS {column.name}")
    joins = " ".join(
        f"LEFT JOIN names AS {name}_names ON {table}.{name} = {name}_names.id" for name in columns
    )
    engine.connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS "  # noqa: S608
        f"SELECT {table}.* REPLACE ({', '.join(new)}) FROM {table} {joins}"
    )
