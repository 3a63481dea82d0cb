"""Customer segmentation, survival-based churn and lifetime value.

Each name below is a module; imports point down this list only::

    tables        source tables in, checked canonical tables out
    consent       who must be left out of lists for action
    summary       one row a customer
    survival      curves, comparisons and regressions for times to an event
    segmentation  who the customers are
    churn         who is leaving
    retention     who is staying
    clv           what customers are worth
    overview      the period as a whole
    charts        a tidy table in, Axes out
    findings      a conclusion with its number, interval and action
    forecasts     what is kept to be held against what comes
    past          what earlier reports told, as the course of a number
    display       figures, tables and notes as notebook outputs
    exports       lists that are safe to open in a spreadsheet
    reports       notebooks in, self-contained HTML reports out
"""

__all__ = [
    "charts",
    "churn",
    "clv",
    "consent",
    "display",
    "exports",
    "findings",
    "forecasts",
    "overview",
    "past",
    "reports",
    "retention",
    "segmentation",
    "summary",
    "survival",
    "tables",
]
