"""All tables of a simulated business, part by part, so that any number of customers fits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.simulation import people, selling, service
from analysis.simulation.draws import dates, draw_amounts, draw_purchases, labels
from analysis.simulation.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.simulation.draws import Purchases

CUSTOMERS_A_PART = 50_000


@dataclass(frozen=True, slots=True)
class Business:
    """The tables of a simulated business.

    Attributes
    ----------
    tables : mapping of name to DataFrame
        The canonical tables, with the names of the settings: money in units of the currency.
    customers : DataFrame, one row a customer
        The truth about each: customer_id; rate (orders a week while active), dropout (chance to
        leave after a repeat order), mean_spend, active (at the end).
    truth : Truth
        What all of it was drawn from.
    """

    tables: dict[str, pd.DataFrame]
    customers: pd.DataFrame
    truth: Truth


def simulate_business(n_customers: int, *, seed: int, truth: Truth | None = None) -> Business:
    """Make a business of which everything is known.

    Parameters
    ----------
    n_customers : int
        Customers, each with a first order.
    seed : int
        The same seed makes the same business.
    truth : Truth, optional
        The parameters; `Truth()` when not given.

    Returns
    -------
    Business
        All in memory; `simulate_folder` writes a business of any size part by part.
    """
    truth = truth or Truth()
    parts = list(simulate_parts(n_customers, seed=seed, truth=truth))
    tables = {
        name: pd.concat([part.tables[name] for part in parts], ignore_index=True)
        for name in parts[0].tables
    }
    customers = pd.concat([part.customers for part in parts], ignore_index=True)
    return Business(single_tables(seed, truth) | tables, customers, truth)


def single_tables(seed: int, truth: Truth) -> dict[str, pd.DataFrame]:
    """Return the tables that are not of customers."""
    return {
        "products": selling.products_table(np.random.default_rng(seed), truth),
        "campaigns": selling.campaigns_table(truth),
    }


def simulate_parts(n_customers: int, *, seed: int, truth: Truth) -> Iterator[Business]:
    """Make the customers part by part, each with its rows of every table."""
    if n_customers < 1:
        raise DataError(f"`n_customers` must be at least 1; it is {n_customers}.")
    for part, first in enumerate(range(0, n_customers, CUSTOMERS_A_PART)):
        count = min(CUSTOMERS_A_PART, n_customers - first)
        yield _part(np.random.default_rng([seed, part]), truth, part, count)


def _part(random: np.random.Generator, truth: Truth, part: int, count: int) -> Business:
    bought = draw_purchases(
        random, count, days=truth.days, joining_days=truth.joining_days,
        purchase=truth.purchase, dropout=truth.dropout, spend=truth.spend,
    )  # fmt: skip
    who = people.draw_people(random, truth, part, bought.first_day)
    contacts = selling.draw_contacts(random, truth, who)
    bought = _with_further(random, truth, bought, contacts)
    orders = service.Orders(bought.who, bought.day, bought.leaves)
    tickets = service.draw_tickets(random, truth, orders)
    contracts = service.contracts_table(random, truth, who, tickets)
    tables = {
        "transactions": _transactions(random, truth, who, bought),
        "customers": pd.DataFrame(people.customers_table(random, who)),
        "contracts": contracts.drop(columns="plan"),
        "subscriptions": service.subscriptions_table(truth, who, contracts),
        "tickets": service.tickets_table(random, truth, who, tickets),
        "surveys": service.surveys_table(random, truth, who, orders, bought.dropout),
        "interactions": service.interactions_table(random, truth, who, orders),
        "campaign_contacts": selling.contacts_table(truth, who, contacts),
        "opportunities": selling.opportunities_table(random, truth, who),
        "referrals": people.referrals_table(random, truth, who),
        "costs": selling.costs_table(random, truth, who, tickets),
        "consent": people.consent_table(truth, who),
    }
    known = pd.DataFrame(
        {
            "customer_id": who.ids,
            "rate": bought.rate,
            "dropout": bought.dropout,
            "mean_spend": bought.mean_spend,
            "active": bought.active,
        }
    )
    return Business(tables, known, truth)


def _with_further(
    random: np.random.Generator, truth: Truth, bought: Purchases, contacts: selling.Contacts
) -> Purchases:
    """Add the orders that campaigns caused, and put all in the order of their days."""
    caused = contacts.extra >= 0
    further = contacts.who[caused]
    who = np.concatenate([bought.who, further])
    day = np.concatenate([bought.day, contacts.extra[caused]])
    money = draw_amounts(random, truth.spend[0], bought.mean_spend[further])
    at = np.lexsort((who, day))
    return replace(
        bought,
        who=who[at],
        day=day[at],
        amount=np.concatenate([bought.amount, money])[at],
        leaves=np.concatenate([bought.leaves, np.zeros(len(further), bool)])[at],
    )


def _transactions(
    random: np.random.Generator, truth: Truth, who: people.People, bought: Purchases
) -> pd.DataFrame:
    count = len(bought.who)
    product = np.minimum(random.geometric(0.1, count) - 1, selling.PRODUCTS - 1)
    names = np.array([f"p{at:02d}" for at in range(selling.PRODUCTS)], dtype=object)
    groups = np.array(selling.CATEGORIES, dtype=object)
    return pd.DataFrame(
        {
            "customer_id": who.ids[bought.who],
            "order_id": labels("o", who.part, count),
            "order_date": dates(truth.start, bought.day),
            "amount": bought.amount,
            "product_id": names[product],
            "category": groups[product % len(groups)],
            "quantity": 1.0,
        }
    )
