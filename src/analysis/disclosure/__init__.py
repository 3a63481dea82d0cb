"""What managers are told of people: counts, tables, findings; and what would give small ones back.

`counts` writes single numbers, which is what most callers want and all that is here; `discretion`
makes tables safe, by `suppression`, which asks `narrowing` what a reader can work out and `joining`
what the tables of a report tell together; `discreet` bounds the shares of findings.
"""

from analysis.disclosure.counts import (
    bound,
    bound_in_data,
    earlier,
    hidden,
    least,
    only_told,
    people,
    plural,
    share,
    tables,
    use,
    withhold,
)

__all__ = [
    "bound",
    "bound_in_data",
    "earlier",
    "hidden",
    "least",
    "only_told",
    "people",
    "plural",
    "share",
    "tables",
    "use",
    "withhold",
]
