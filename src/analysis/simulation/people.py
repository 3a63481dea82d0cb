"""Who the customers of a simulated business are: where they come from, and what they allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.simulation.draws import dates, labels

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from analysis.simulation.draws import Flags, Floats, Whole
    from analysis.simulation.truth import Truth

CHANNELS = ("search", "shop", "partner")
REGIONS = ("north", "east", "south", "west")


@dataclass(frozen=True, slots=True)
class People:
    """Some of the customers, one element each.

    Attributes
    ----------
    part : int
        Number of this part of the customers.
    joined : array
        Day of the first order.
    referrer : array
        Number of the customer who brought this one; -1: nobody.
    plan : array
        Of the contract; empty without one.
    allowed : array
        Whether contact was allowed at joining.
    withdrawn : array
        Day on which that was withdrawn; inf: never.
    """

    part: int
    ids: npt.NDArray[np.object_]
    joined: Whole
    referrer: Whole
    plan: npt.NDArray[np.object_]
    allowed: Flags
    withdrawn: Floats

    def may_be_met(self, day: int) -> Flags:
        """Whether each has ordered before the day and allows contact on it."""
        return (self.joined < day) & self.allowed & (self.withdrawn > day)


def draw_people(random: np.random.Generator, truth: Truth, part: int, joined: Whole) -> People:
    """Draw what customers are, who join on given days."""
    count = len(joined)
    plans = np.array(list(truth.monthly_hazard), dtype=object)
    is_member = random.random(count) < truth.member_share
    allowed = random.random(count) < truth.consent_share
    wait = random.exponential(1.0, count) * 365.25 / max(truth.yearly_withdrawal, 1e-12)
    return People(
        part=part,
        ids=labels("c", part, count),
        joined=joined,
        referrer=_referrers(random, truth, joined),
        plan=np.where(is_member, plans[random.integers(0, len(plans), count)], ""),
        allowed=allowed,
        withdrawn=np.where(allowed, joined + 1 + wait, np.inf),
    )


def _referrers(random: np.random.Generator, truth: Truth, joined: Whole) -> Whole:
    """Choose for some one of those who joined before them, each as likely as another."""
    by_day = np.argsort(joined, kind="stable")
    earlier = np.searchsorted(joined[by_day], joined, side="left")
    chosen = (random.random(len(joined)) * earlier).astype("int64")
    brought = (random.random(len(joined)) < truth.referred_share) & (earlier > 0)
    return np.where(brought, by_day[chosen], -1)


def customers_table(random: np.random.Generator, people: People) -> dict[str, Any]:
    """Describe the customers; region and channel say nothing about how they behave."""
    count = len(people.ids)
    channel = np.array(CHANNELS, dtype=object)[random.integers(0, len(CHANNELS), count)]
    return {
        "customer_id": people.ids,
        "channel": np.where(people.referrer >= 0, "referral", channel),
        "region": np.array(REGIONS, dtype=object)[random.integers(0, len(REGIONS), count)],
        "plan": np.where(people.plan == "", "none", people.plan),
    }


def consent_table(truth: Truth, people: People) -> pd.DataFrame:
    """Return the decision at joining, and the withdrawals up to the end."""
    left = people.withdrawn < truth.days
    who = np.concatenate([np.arange(len(people.ids)), np.flatnonzero(left)])
    day = np.concatenate([people.joined, people.withdrawn[left]])
    granted = np.concatenate([people.allowed, np.zeros(left.sum(), bool)])
    return pd.DataFrame(
        {
            "customer_id": people.ids[who],
            "decided": dates(truth.start, day),
            "is_granted": granted,
        }
    )


def referrals_table(random: np.random.Generator, truth: Truth, people: People) -> pd.DataFrame:
    """Return who brought whom, up to two weeks before the first order, and who was asked in vain.

    In vain are as many as were brought.
    """
    brought = np.flatnonzero(people.referrer >= 0)
    by = people.referrer[brought]
    day = np.maximum(
        people.joined[brought] - random.integers(0, 15, len(brought)), people.joined[by]
    )
    vain = random.integers(0, len(people.ids), len(brought))
    later = people.joined[vain] + random.random(len(vain)) * (truth.days - people.joined[vain])
    nobody = np.full(len(vain), None, dtype=object)
    return pd.DataFrame(
        {
            "customer_id": people.ids[np.concatenate([by, vain])],
            "referral_date": dates(truth.start, np.concatenate([day, later])),
            "referred_id": np.concatenate([people.ids[brought], nobody]),
            "reward": np.repeat([truth.referral_reward, np.nan], len(brought)),
        }
    )
