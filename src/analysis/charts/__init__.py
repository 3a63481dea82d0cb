"""Charts: a tidy table in, Axes out; nothing is computed here.

One file a topic. Colours and fonts stand in `analysis.mplstyle` alone.
"""
