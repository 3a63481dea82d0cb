"""The parameters of a simulated business: what an analysis of its tables should find again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from analysis.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Everything that the tables are drawn from.

    Attributes
    ----------
    start, end : date
        First and last day of the data.
    joining_days : int
        Days from `start` over which first orders are spread evenly.
    purchase : (r, alpha)
        Gamma distribution of orders a week, as in the BG/NBD model.
    dropout : (a, b)
        Beta distribution of the chance to leave after a repeat order.
    spend : (p, q, v)
        Gamma-gamma distribution of the money of an order.
    margin : float
        Share of the sales that is margin; products cost the rest of their price.
    complaint_chance : float
        That a complaint follows an order after which the customer stays.
    complaint_odds_ratio : float
        How much higher the odds of leaving are at an order with a complaint than at one of the
        same customer without.
    question_chance : float
        That a ticket that is no complaint follows an order.
    monthly_hazard : mapping of plan to hazard
        Rate at which the contract of a plan ends, a month, before any complaint.
    member_share : float
        Share of the customers with a contract.
    complaint_hazard_ratio : float
        Of the end of a contract after the first complaint, to before.
    monthly_price : mapping of plan to money
        Of the subscription that goes with the contract.
    survey_chance : float
        That an order is followed by a survey, with a score of 0 to 10.
    score_odds : float
        Log odds of a point for a customer who is as likely to leave as the middle one; points
        are binomial.
    score_slope : float
        Change of these log odds for each log odds of leaving.
    interactions_per_order : float
        Mean number, Poisson.
    campaigns_a_year : int
        Each meets all who ordered before it, but for a random control group.
    control_share : float
        Chance to be in the control group.
    lift : float
        Further orders that a contact causes, on average (0 or 1 each, within `lift_days`).
    lift_days : int
        Days after the contact within which they come, evenly spread.
    contact_cost : float
        Of each customer met.
    opportunities_a_year : float
        Of each customer, Poisson.
    win_probability : mapping of stage to share
        Share of the opportunities of a stage that are won.
    optimism : float
        What sellers' estimates add to the true log odds of winning.
    days_to_decision : float
        Mean, exponential.
    referred_share : float
        Share of the customers whom an earlier customer brought, where there is one.
    referral_reward : float
        For each customer who was brought.
    acquisition_cost, ticket_cost : float
        Means, exponential, of winning a customer and of a ticket.
    consent_share : float
        Share of the customers who allow contact when they join.
    yearly_withdrawal : float
        Rate at which those withdraw, a year.
    """

    start: dt.date = dt.date(2020, 1, 1)
    end: dt.date = dt.date(2021, 12, 31)
    joining_days: int = 365
    purchase: tuple[float, float] = (0.6, 4.0)
    dropout: tuple[float, float] = (0.8, 2.5)
    spend: tuple[float, float, float] = (6.0, 4.0, 15.0)
    margin: float = 0.3
    complaint_chance: float = 0.02
    complaint_odds_ratio: float = 6.0
    question_chance: float = 0.05
    monthly_hazard: dict[str, float] = field(default_factory=lambda: {"basic": 0.06, "plus": 0.03})
    member_share: float = 0.6
    complaint_hazard_ratio: float = 2.5
    monthly_price: dict[str, float] = field(default_factory=lambda: {"basic": 9.0, "plus": 19.0})
    survey_chance: float = 0.15
    score_odds: float = 1.0
    score_slope: float = -0.3
    interactions_per_order: float = 0.8
    campaigns_a_year: int = 4
    control_share: float = 0.2
    lift: float = 0.05
    lift_days: int = 28
    contact_cost: float = 0.6
    opportunities_a_year: float = 0.3
    win_probability: dict[str, float] = field(
        default_factory=lambda: {"lead": 0.1, "qualified": 0.25, "proposal": 0.5, "agreed": 0.8}
    )
    optimism: float = 0.4
    days_to_decision: float = 60.0
    referred_share: float = 0.1
    referral_reward: float = 10.0
    acquisition_cost: float = 12.0
    ticket_cost: float = 4.0
    consent_share: float = 0.8
    yearly_withdrawal: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if not 1 <= self.joining_days <= self.days:
            raise DataError(
                f"`joining_days` must lie between 1 and the {self.days} days from {self.start} to "
                f"{self.end}; it is {self.joining_days}. Choose fewer, or a later `end`."
            )
        chances = (
            *("margin", "complaint_chance", "question_chance", "member_share", "survey_chance"),
            *("control_share", "lift", "referred_share", "consent_share"),
        )
        wrong = [name for name in chances if not 0 <= getattr(self, name) <= 1]
        if wrong:
            raise DataError(
                f"`{wrong[0]}` must be a share of 0 to 1; it is {getattr(self, wrong[0])}."
            )
        if set(self.monthly_hazard) != set(self.monthly_price):
            raise DataError("`monthly_hazard` and `monthly_price` must name the same plans.")

    @property
    def days(self) -> int:
        """Days of the data."""
        return (self.end - self.start).days + 1
