"""Source tables in, checked canonical tables out."""

from analysis.tables.frames import as_source, from_frame
from analysis.tables.links import unknown_ids
from analysis.tables.report import check_command
from analysis.tables.simulate import (
    SimulatedContracts,
    SimulatedTransactions,
    simulate_contracts,
    simulate_transactions,
)
from analysis.tables.source import Load, Quality, Source
from analysis.tables.sources import open_source

__all__ = [
    "Load",
    "Quality",
    "SimulatedContracts",
    "SimulatedTransactions",
    "Source",
    "as_source",
    "check_command",
    "from_frame",
    "open_source",
    "simulate_contracts",
    "simulate_transactions",
    "unknown_ids",
]
