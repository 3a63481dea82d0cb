"""Runs that need not start from nothing.

A run takes two processes, one that executes the notebook and its kernel, and each of them
imports for seconds. Here one process imports it all once and forks the two for each run. What
runs in them is the same as without: `child` in the one, a kernel of ipykernel in the other.
"""

from analysis.reports.warm.client import FORKED, Child, Forks, can_fork

__all__ = ["FORKED", "Child", "Forks", "can_fork"]
