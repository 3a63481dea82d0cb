"""The terms of trade that a report uses, in one sentence each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.language import current, say, translate
from analysis.reports.html.phrases import interval

if TYPE_CHECKING:
    from analysis.reports.html.blocks import Content

__all__ = ["Term", "terms_used"]


@dataclass(frozen=True, slots=True)
class Term:
    """A term, what it means, and other forms under which an English text may hold it."""

    name: str
    meaning: str
    forms: tuple[str, ...] = ()


TERMS = (
    Term(
        "95% interval",
        "The range that holds the true number in 95 of 100 cases like this one.",
        ("95% intervals",),
    ),
    Term(
        "90% interval",
        "The range that holds the true number in 90 of 100 cases like this one.",
        ("90% intervals",),
    ),
    Term("usual range", "What the periods before let one expect; a number inside it is no news."),
    Term("percentage points", "The difference between two percentages.", ("points on",)),
    Term("median", "The middle one: half are below it and half above."),
    Term("decile", "A tenth of the customers, ranked by a number.", ("deciles",)),
    Term("cohort", "The customers who placed their first order in the same period.", ("cohorts",)),
    Term("churn", "The loss of customers; without contracts, a silence longer than a stated one."),
    Term("margin", "The part of sales that is left after the costs that grow with them."),
    Term("at stake", "The money that an action is about: what may be lost, or won back."),
    Term("discounted", "Counted as less the later it comes, since money now is worth more."),
    Term("RFM", "How recently, how frequently and for how much money a customer bought."),
    Term(
        "Gini coefficient",
        "How unequally money is spread: 0 when all spend the same, near 1 when one spends it all.",
        ("Gini",),
    ),
    Term(
        "customer lifetime value",
        "The margin that a customer will bring in the time ahead, discounted to today.",
        ("lifetime value", "CLV"),
    ),
    Term(
        "control group",
        "A random part that is left alone, so that what acting did can be seen.",
        ("random part", "left alone"),
    ),
    Term(
        "hazard ratio",
        "How many times as fast one group leaves as another.",
        ("hazard ratios", "hazard"),
    ),
    Term(
        "survival curve",
        "The share of customers who are still there, by the time since they began.",
        ("survival curves", "Kaplan-Meier"),
    ),
    Term("holdout", "Recent data kept from a model, to see how well it foretells them."),
    Term("MBG/NBD", "A model of how often customers buy, and after which order they stop."),
    Term("Pareto/NBD", "A model of how often customers buy, and when they stop."),
    Term("gamma-gamma", "A model of how much a customer spends on an order."),
    Term("bootstrap", "Counting again on customers drawn anew, to see how much chance moves it."),
)
"""In English; name and meaning of each have a translation."""


def terms_used(content: Content) -> list[Term]:
    """Return the terms that stand in a report, with their meaning, in the language spoken."""
    text = "\n".join(_texts(content))
    used = [term for term in TERMS if _stands_in(term, text)]
    return sorted(
        (Term(_capital(translate(term.name)), translate(term.meaning)) for term in used),
        key=lambda term: term.name.casefold(),
    )


def _stands_in(term: Term, text: str) -> bool:
    if current() != "en":
        return translate(term.name) in text
    forms = "|".join(re.escape(form) for form in (term.name, *term.forms))
    return re.search(rf"(?<![\w/])(?:{forms})(?![\w/])", text, re.IGNORECASE) is not None


def _texts(content: Content) -> list[str]:
    """Return what a reader meets first: findings, prose, notes and headings of tables."""
    texts = [content.title, *(figure.shown.subtitle for figure in content.figures)]
    for finding, _ in content.findings:
        texts += [finding.headline, interval(finding), finding.comparison, finding.action]
        if finding.at_stake is not None:
            texts.append(say("At stake"))
    for section in content.sections:
        texts.append(section.title)
        for block in section.blocks:
            if block.kind == "prose":
                texts.append(str(block.content))
            elif block.kind == "note":
                texts.append(block.content.text)
            elif block.kind == "table":
                texts += [block.content.title, *block.content.columns]
    return texts


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
