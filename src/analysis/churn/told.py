"""All that the churn report says, in the order in which it says it."""

from analysis.churn.sentences import balance, rate, sensitivity
from analysis.churn.sentences_calls import complained, lost, to_call
from analysis.churn.sentences_departures import when, why, windows
from analysis.churn.sentences_gain import gain
from analysis.churn.sentences_record import effects, last_forecast, record, which_list
from analysis.churn.sentences_risk import accuracy, causes, level_field, outlook, proportionality
from analysis.churn.sentences_rule import definition
from analysis.churn.sentences_sampling import basis, reading_rows, sampling
from analysis.churn.sentences_staying import reading, staying

__all__ = [
    "accuracy", "balance", "basis", "causes", "complained", "definition", "effects", "gain",
    "last_forecast", "level_field", "lost", "outlook", "proportionality", "rate", "reading",
    "reading_rows", "record", "sampling", "sensitivity", "staying", "to_call", "when",
    "which_list", "why", "windows",
]  # fmt: skip
