"""What follows an order: tickets, complaints, surveys, contacts; and how contracts end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.simulation.draws import dates, draw_contract_days, labels

if TYPE_CHECKING:
    from analysis.simulation.draws import Flags, Floats, Whole
    from analysis.simulation.people import People
    from analysis.simulation.truth import Truth

BEST_SCORE = 10
LONGEST_REPLY = 7
COMPLAINTS = ("delivery", "quality", "invoice")
QUESTIONS = ("order", "product", "account")
REASONS = ("price", "moved", "service")


@dataclass(frozen=True, slots=True)
class Orders:
    """All orders: who, on which day, and whether the customer leaves after it."""

    who: Whole
    day: Whole
    leaves: Flags


@dataclass(frozen=True, slots=True)
class Tickets:
    """Tickets: who, on which day, and whether it is a complaint."""

    who: Whole
    day: Whole
    is_complaint: Flags


def draw_tickets(random: np.random.Generator, truth: Truth, orders: Orders) -> Tickets:
    """Let complaints and questions follow orders by up to a week.

    A complaint comes with a chance that is higher where the customer then leaves, so that at an
    order with a complaint the odds of leaving are `complaint_odds_ratio` times those of the same
    customer without one, while the orders themselves stay those of the BG/NBD model.
    """
    odds = truth.complaint_chance / (1 - truth.complaint_chance)
    raised = odds * truth.complaint_odds_ratio
    chance = np.where(orders.leaves, raised / (1 + raised), truth.complaint_chance)
    complains = random.random(len(orders.who)) < chance
    asks = random.random(len(orders.who)) < truth.question_chance
    at = np.concatenate([np.flatnonzero(complains), np.flatnonzero(asks)])
    is_complaint = np.arange(len(at)) < complains.sum()
    day = orders.day[at] + random.integers(0, LONGEST_REPLY + 1, len(at))
    known = day < truth.days
    return Tickets(orders.who[at][known], day[known], is_complaint[known])


def tickets_table(
    random: np.random.Generator, truth: Truth, people: People, tickets: Tickets
) -> pd.DataFrame:
    """Return the tickets; most are settled within days."""
    count = len(tickets.who)
    settled = tickets.day + random.geometric(0.4, count) - 1
    kind = random.integers(0, len(COMPLAINTS), count)
    about = np.where(
        tickets.is_complaint,
        np.array(COMPLAINTS, dtype=object)[kind],
        np.array(QUESTIONS, dtype=object)[kind],
    )
    severity = np.array(["low", "normal", "high"], dtype=object)
    return pd.DataFrame(
        {
            "customer_id": people.ids[tickets.who],
            "opened": dates(truth.start, tickets.day),
            "ticket_id": labels("t", people.part, count),
            "resolved": dates(truth.start, settled, settled < truth.days),
            "category": about,
            "severity": severity[random.integers(0, 3, count)],
            "is_complaint": tickets.is_complaint,
        }
    )


def surveys_table(
    random: np.random.Generator, truth: Truth, people: People, orders: Orders, dropout: Floats
) -> pd.DataFrame:
    """Return scores: binomial, the lower the likelier a customer is to leave after an order."""
    asked = np.flatnonzero(random.random(len(orders.who)) < truth.survey_chance)
    who, day = orders.who[asked], orders.day[asked] + random.integers(0, 15, len(asked))
    who, day = who[day < truth.days], day[day < truth.days]
    share = np.clip(dropout, 1e-12, 1 - 1e-12)
    leaving = np.log(share / (1 - share))
    typical = np.log(truth.dropout[0] / truth.dropout[1])
    chance = 1 / (1 + np.exp(-(truth.score_odds + truth.score_slope * (leaving - typical))))
    return pd.DataFrame(
        {
            "customer_id": people.ids[who],
            "answered": dates(truth.start, day),
            "score": random.binomial(BEST_SCORE, chance[who]).astype(float),
            "best": float(BEST_SCORE),
            "question": "NPS",
        }
    )


def interactions_table(
    random: np.random.Generator, truth: Truth, people: People, orders: Orders
) -> pd.DataFrame:
    """Return contacts in the two weeks before an order."""
    at = np.repeat(
        np.arange(len(orders.who)), random.poisson(truth.interactions_per_order, len(orders.who))
    )
    day = orders.day[at] - random.integers(0, 15, len(at))
    at, day = at[day >= 0], day[day >= 0]
    channel = np.array(["app", "phone", "chat", "visit"], dtype=object)
    return pd.DataFrame(
        {
            "customer_id": people.ids[orders.who[at]],
            "interaction_date": dates(truth.start, day),
            "interaction_id": labels("i", people.part, len(at)),
            "channel": channel[random.choice(4, len(at), p=[0.6, 0.2, 0.15, 0.05])],
            "is_inbound": random.random(len(at)) < 0.7,
            "minutes": random.exponential(6.0, len(at)).round(1),
        }
    )


def contracts_table(
    random: np.random.Generator, truth: Truth, people: People, tickets: Tickets
) -> pd.DataFrame:
    """Return contracts that begin within a month of joining; a complaint raises their hazard."""
    member = np.flatnonzero(people.plan != "")
    start = people.joined[member] + random.integers(0, 31, len(member))
    member, start = member[start < truth.days], start[start < truth.days]
    monthly = np.array([truth.monthly_hazard[plan] for plan in people.plan[member]])
    complained = np.maximum(_first_complaint(tickets, len(people.ids))[member] - start, 0)
    days = draw_contract_days(random, monthly, complained, truth.complaint_hazard_ratio)
    end = start + np.floor(days)
    ended = end < truth.days
    reason = np.array(REASONS, dtype=object)[random.integers(0, 3, len(member))]
    return pd.DataFrame(
        {
            "customer_id": people.ids[member],
            "start_date": dates(truth.start, start),
            "end_date": dates(truth.start, np.minimum(end, truth.days), ended),
            "reason": pd.Series(reason, dtype=object).where(ended),
            "plan": people.plan[member],
        }
    )


def _first_complaint(tickets: Tickets, customers: int) -> Floats:
    """Return the day of each one's first complaint; inf without one."""
    first = np.full(customers, np.inf)
    np.minimum.at(first, tickets.who[tickets.is_complaint], tickets.day[tickets.is_complaint])
    return first


def subscriptions_table(truth: Truth, people: People, contracts: pd.DataFrame) -> pd.DataFrame:
    """Return what is paid for the contracts, month by month."""
    prices = contracts["plan"].map(truth.monthly_price).astype(float)
    return pd.DataFrame(
        {
            "customer_id": contracts["customer_id"],
            "start_date": contracts["start_date"],
            "subscription_id": labels("s", people.part, len(contracts)),
            "plan": contracts["plan"],
            "price": prices,
            "months": 1.0,
            "end_date": contracts["end_date"],
            "renews": contracts["end_date"].isna(),
        }
    )
