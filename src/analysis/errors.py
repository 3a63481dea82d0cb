"""The errors this package raises on purpose.

::

    AnalysisError                 every error below; its message is meant for the user
    ├── SettingsError             analysis.toml: unknown key, wrong value, file not there
    ├── SourceError               a table cannot be read, or is not what the settings say
    │   └── SourceUnavailableError  it does not answer now; later it may
    ├── EngineError               an engine cannot run a query, or cannot be started
    ├── DataError                 values break a rule of an analysis (also a ValueError)
    │   └── TooFewError           the data are in order, but too few for this analysis
    ├── FitError                  a model has no usable maximum (also a ValueError)
    ├── PeriodError               a period that does not parse or holds no data (also a ValueError)
    ├── ReportError               unknown report or parameter, failed run
    │   └── BusyError             another process is at it
    └── DeliveryError             a mail or a webhook did not get through; the reports stand

    AnalysisWarning               the result stands, but something should be known about it

A message says four things: the rule, the extent, the first offender, the way out.
"""


class AnalysisError(Exception):
    """Base of every error that this package raises on purpose."""


class SettingsError(AnalysisError):
    """The settings file is missing, malformed or contradicts itself."""


class SourceError(AnalysisError):
    """A source table cannot be read, or lacks what the settings promise."""


class SourceUnavailableError(SourceError):
    """A source does not answer now; the same question may be answered later."""


class EngineError(AnalysisError):
    """An engine cannot run a query, or cannot be started."""


class DataError(AnalysisError, ValueError):
    """Values break a rule of an analysis."""


class TooFewError(DataError):
    """The data are in order, but too few for this analysis."""


class FitError(AnalysisError, ValueError):
    """A model cannot be fitted to these data."""


class PeriodError(AnalysisError, ValueError):
    """A period does not parse, or lies outside the data."""


class ReportError(AnalysisError):
    """A report is unknown, was given wrong parameters, or failed."""


class BusyError(ReportError):
    """Another process is making what was asked for."""


class DeliveryError(AnalysisError):
    """A mail or a webhook did not get through; the reports stand."""


class AnalysisWarning(UserWarning):
    """The result stands, but the user should know something about it."""
