"""How a simulated business sells: campaigns with a control group, opportunities, costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.simulation.draws import dates, labels

if TYPE_CHECKING:
    from analysis.simulation.draws import Flags, Whole
    from analysis.simulation.people import People
    from analysis.simulation.service import Tickets
    from analysis.simulation.truth import Truth

PRODUCTS = 40
CATEGORIES = ("kitchen", "garden", "office", "toys")
FIRST_CAMPAIGN = 90
CAMPAIGN_COST = 500.0


@dataclass(frozen=True, slots=True)
class Contacts:
    """Customers in campaigns: which campaign, who, whether left alone, day of the further order.

    The day is -1 where there was no further order.
    """

    campaign: Whole
    who: Whole
    is_control: Flags
    extra: Whole


def campaign_days(truth: Truth) -> Whole:
    """Return the day of each campaign, such that the days of its lift are in the data."""
    step = 365.25 / max(truth.campaigns_a_year, 1e-9)
    return np.arange(FIRST_CAMPAIGN, truth.days - truth.lift_days - 1, step).astype("int64")


def campaigns_table(truth: Truth) -> pd.DataFrame:
    """Return the campaigns, by mail."""
    days = campaign_days(truth)
    return pd.DataFrame(
        {
            "campaign_id": [f"k{number:03d}" for number in range(len(days))],
            "name": [f"Campaign {number}" for number in range(1, len(days) + 1)],
            "channel": "mail",
            "start_date": dates(truth.start, days),
            "end_date": dates(truth.start, days + truth.lift_days),
            "cost": CAMPAIGN_COST,
        }
    )


def draw_contacts(random: np.random.Generator, truth: Truth, people: People) -> Contacts:
    """Meet all who may be met but for a random control group; some order once more for it."""
    days = campaign_days(truth)
    met = [np.flatnonzero(people.may_be_met(int(day))) for day in days]
    campaign = np.repeat(np.arange(len(days)), [len(who) for who in met])
    who = np.concatenate([np.empty(0, "int64"), *met])
    is_control = random.random(len(who)) < truth.control_share
    orders = ~is_control & (random.random(len(who)) < truth.lift)
    day = days[campaign] + 1 + random.integers(0, truth.lift_days, len(who))
    return Contacts(campaign, who, is_control, np.where(orders, day, -1))


def contacts_table(truth: Truth, people: People, contacts: Contacts) -> pd.DataFrame:
    """Return whom each campaign met, and whom it left alone."""
    campaigns = np.array(campaigns_table(truth)["campaign_id"], dtype=object)
    return pd.DataFrame(
        {
            "campaign_id": campaigns[contacts.campaign],
            "customer_id": people.ids[contacts.who],
            "contact_date": dates(truth.start, campaign_days(truth)[contacts.campaign]),
            "is_control": contacts.is_control,
            "response_date": dates(truth.start, contacts.extra, contacts.extra >= 0),
            "cost": np.where(contacts.is_control, np.nan, truth.contact_cost),
        }
    )


def products_table(random: np.random.Generator, truth: Truth) -> pd.DataFrame:
    """Return the products, whose costs leave the margin."""
    price = random.lognormal(3.0, 0.6, PRODUCTS).round(2)
    number = np.arange(PRODUCTS)
    return pd.DataFrame(
        {
            "product_id": [f"p{at:02d}" for at in number],
            "name": [f"Product {at + 1}" for at in number],
            "category": np.array(CATEGORIES, dtype=object)[number % len(CATEGORIES)],
            "price": price,
            "cost": (price * (1 - truth.margin)).round(2),
        }
    )


def opportunities_table(random: np.random.Generator, truth: Truth, people: People) -> pd.DataFrame:
    """Return opportunities, won as their stage tells, with estimates that are too high."""
    left = (truth.days - people.joined) / 365.25
    who = np.repeat(np.arange(len(people.ids)), random.poisson(truth.opportunities_a_year * left))
    opened = people.joined[who] + random.random(len(who)) * (truth.days - people.joined[who])
    decided = opened + random.exponential(truth.days_to_decision, len(who))
    stages = np.array(list(truth.win_probability), dtype=object)
    stage = random.integers(0, len(stages), len(who))
    chance = np.array(list(truth.win_probability.values()))[stage]
    stated = 1 / (1 + np.exp(-(np.log(chance / (1 - chance)) + truth.optimism)))
    is_decided = decided < truth.days
    won = random.random(len(who)) < chance
    return pd.DataFrame(
        {
            "opportunity_id": labels("d", people.part, len(who)),
            "customer_id": people.ids[who],
            "opened": dates(truth.start, opened),
            "stage": stages[stage],
            "amount": random.lognormal(6.0, 0.8, len(who)).round(2),
            "win_probability": stated.round(4),
            "expected_close": dates(truth.start, opened + truth.days_to_decision),
            "closed": dates(truth.start, np.minimum(decided, truth.days), is_decided),
            "is_won": pd.Series(won, dtype="boolean").where(is_decided),
        }
    )


def costs_table(
    random: np.random.Generator, truth: Truth, people: People, tickets: Tickets
) -> pd.DataFrame:
    """Return what winning each customer and answering each ticket cost."""
    customers, answered = len(people.ids), len(tickets.who)
    means = np.repeat([truth.acquisition_cost, truth.ticket_cost], [customers, answered])
    who = np.concatenate([np.arange(customers), tickets.who])
    return pd.DataFrame(
        {
            "cost_date": dates(truth.start, np.concatenate([people.joined, tickets.day])),
            "kind": np.repeat(
                np.array(["acquisition", "service"], dtype=object), [customers, answered]
            ),
            "amount": (random.exponential(1.0, len(who)) * means).round(2),
            "customer_id": people.ids[who],
        }
    )
