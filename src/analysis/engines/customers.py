"""Conditions that choose customers, for `Engine.where`: the same ones on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["among", "between", "drawn"]

_ID = exp.column("customer_id")
_STEPS = 16**8
"""Of the hash, its first eight digits count."""


def among(customers: Iterable[str]) -> str:
    """Customers with one of these ids."""
    chosen: list[exp.Expr] = [exp.Literal.string(customer) for customer in customers]
    return _ID.isin(*chosen or [exp.Null()]).sql("duckdb")


def between(first: str | None, after: str | None) -> str:
    """Customers from an id on, up to but without another one; None is no limit."""
    limits = [
        kind(this=_ID.copy(), expression=exp.Literal.string(limit)).sql("duckdb")
        for kind, limit in ((exp.GTE, first), (exp.LT, after))
        if limit is not None
    ]
    return " AND ".join(limits) or "TRUE"


def drawn(share: float) -> str:
    """About this share of the customers, at random, and always the same ones: by a hash."""
    limit = min(round(share * _STEPS), _STEPS - 1)
    return f"MD5(customer_id) < '{limit:08x}'"
