"""Charts of stages, segments, concentration, migration and profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from analysis import disclosure, wording
from analysis.charts.labels import name_cells, name_rows, row_height
from analysis.charts.style import ACCENT, GREY, INK, LIGHT, format_axis, label_end, new_axes
from analysis.disclosure import discretion
from analysis.language import say, translate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_OF_GRID = ["recency_score", "value_score", "segment", "customers"]
_OF_MOVES = ["before", "after", "customers", "of", "share"]
_PEOPLE = ("customers", "customers_before", "of", "in_group")
_SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", ACCENT])
_DARK = 0.65  # share of the strongest shade from which text turns white
_FULL_SHADE = 0.25  # share of movers that has the strongest shade, unless more moved


def group_bars(sizes: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the customers of each group as bars, and where they stood at the earlier date.

    Parameters
    ----------
    sizes : DataFrame
        group, customers, share_of_customers, customers_before (see `sizes_over_time`).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    axes = new_axes(ax, height=row_height(len(sizes)))
    rows = np.arange(len(sizes))
    counted = sizes[["group", "customers", "share_of_customers", "customers_before"]]
    drawn = discretion.drawn(counted, _PEOPLE)
    axes.barh(rows, drawn["customers"], height=0.62, color=ACCENT)
    axes.vlines(drawn["customers_before"], rows - 0.4, rows + 0.4, color=INK, linewidth=1.6)
    longest = drawn[["customers", "customers_before"]].max(axis=1).fillna(0)
    for row, text in enumerate(_told(counted, "{0}  ({1})")):
        label_end(axes, longest.iloc[row], row, text)
    name_rows(axes, sizes["group"])
    axes.set_xlim(0, 1.14 * max(drawn["customers"].max(), drawn["customers_before"].max(), 1))
    format_axis(axes, "x", wording.count)
    has_before = sizes["customers_before"].notna().any()
    axes.set_xlabel(
        say("customers (black line: at the earlier date)") if has_before else say("customers")
    )
    return axes


def shares_of_groups(sizes: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw each group's share of the customers beside its share of the spend.

    Parameters
    ----------
    sizes : DataFrame
        group, customers, share_of_customers, share_of_spend, spend_low, spend_high
        (see `group_sizes`); drawn with the highest spend on top.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    drawn = discretion.drawn(sizes, _PEOPLE)
    table = drawn[sizes["customers"] > 0].sort_values("share_of_spend", ascending=False)
    axes = new_axes(ax, height=row_height(len(table)))
    rows = np.arange(len(table))
    axes.hlines(rows, table["share_of_customers"], table["share_of_spend"], color=LIGHT, lw=3)
    axes.hlines(rows, table["spend_low"], table["spend_high"], color=ACCENT, lw=1.4)
    axes.plot(table["share_of_customers"], rows, "o", color=GREY, markersize=8)
    axes.plot(table["share_of_spend"], rows, "o", color=ACCENT, markersize=8)
    name_rows(axes, table["group"])
    for column, colour, text in (
        ("share_of_customers", INK, say("share of\ncustomers")),
        ("share_of_spend", ACCENT, say("share of\nspend")),
    ):
        axes.annotate(
            text, (np.nan_to_num(table[column].iloc[0]), 0), xytext=(0, 9),
            textcoords="offset points", ha="center", va="bottom", color=colour, fontsize=9,
            annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(left=0)
    axes.margins(x=0.05)
    format_axis(axes, "x", lambda value: wording.percent(value, 0))
    axes.set_xlabel(say("share of all customers, and of all spend with its 95% interval"))
    return axes


def score_grid(cells: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the customers of each cell of recency and value score as a heat map.

    Parameters
    ----------
    cells : DataFrame
        recency_score, value_score, segment, customers (see `rfm_grid`).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    axes = new_axes(ax, height=4.2)
    drawn = discretion.drawn(cells[_OF_GRID], _OF_GRID[3:])
    table = drawn.pivot_table(
        index="recency_score", columns="value_score", values="customers", dropna=False
    )
    table = table.sort_index(ascending=False)
    cells = drawn.assign(told=discretion.written(cells[_OF_GRID], _OF_GRID[3:])["customers"])
    axes.imshow(table.to_numpy(float), cmap=_SHADES, aspect="auto", vmin=0)
    strongest = np.nanmax(table.to_numpy(float), initial=1)
    for row, recency in enumerate(table.index):
        for column, value in enumerate(table.columns):
            cell = cells[(cells["recency_score"] == recency) & (cells["value_score"] == value)]
            customers, segment = cell["customers"].iloc[0], translate(str(cell["segment"].iloc[0]))
            colour = "white" if customers > _DARK * strongest else INK
            axes.text(column, row - 0.1, cell["told"].iloc[0], ha="center", va="center",
                      color=colour, fontsize=11, fontweight="bold")  # fmt: skip
            axes.text(column, row + 0.22, segment, ha="center", va="center", color=colour,
                      fontsize=8)  # fmt: skip
    name_cells(axes, [str(score) for score in table.columns], [str(score) for score in table.index])
    axes.set_xlabel(say("value score: how often and for how much (5 is best)"))
    axes.set_ylabel(say("recency score (5: bought last)"))
    return axes


def lorenz_curve(lorenz: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what share of the spend the lowest-spending customers bring.

    Parameters
    ----------
    lorenz : DataFrame
        share_of_customers, share_of_spend (see `concentration`).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    axes = new_axes(ax, height=4.4)
    if lorenz.empty:
        return axes
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1.2)
    axes.plot(lorenz["share_of_customers"], lorenz["share_of_spend"], color=ACCENT)
    axes.fill_between(
        lorenz["share_of_customers"], lorenz["share_of_spend"], lorenz["share_of_customers"],
        color=ACCENT, alpha=0.08,
    )  # fmt: skip
    axes.annotate(say("if all spent the same"), (0.5, 0.5), xytext=(-8, 8), ha="right",
                  textcoords="offset points", color="#4a5462", fontsize=9)  # fmt: skip
    for share in (0.5, 0.8):
        at = (lorenz["share_of_customers"] - share).abs().argmin()
        spend = float(lorenz["share_of_spend"].iloc[at])
        axes.plot(share, spend, "o", color=ACCENT, markersize=7)
        axes.annotate(
            say(
                "the lower {lower} bring {their_spend},\nthe top {top} bring {top_spend}",
                lower=wording.percent(share, 0),
                their_spend=wording.percent(spend, 0),
                top=wording.percent(1 - share, 0),
                top_spend=wording.percent(1 - spend, 0),
            ),
            (share, spend), xytext=(10, -6), textcoords="offset points", va="top", color=INK,
            fontsize=9, annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(0, 1.3)
    axes.set_ylim(0, 1)
    axes.set_xticks(np.linspace(0, 1, 6))
    for which in ("x", "y"):
        format_axis(axes, which, lambda value: wording.percent(value, 0))
    axes.set_xlabel(say("share of the customers, lowest spend first"))
    axes.set_ylabel(say("share of the spend"))
    return axes


def migration_matrix(moves: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw where the customers of each group went; who stayed is grey, who moved coloured.

    Parameters
    ----------
    moves : DataFrame
        before, after, customers, of, share (see `migration`); groups that are empty on
        their side are left out.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    shares = discretion.drawn(moves[_OF_MOVES], _PEOPLE)["share"]
    drawn = moves.assign(share=shares.fillna(0.0))
    table = drawn.pivot_table(
        index="before", columns="after", values=["customers", "share"], observed=False
    )
    counts, shares = table["customers"], table["share"].fillna(0.0)
    froms = [name for name in counts.index if counts.loc[name].sum() > 0]
    tos = [name for name in counts.columns if counts[name].sum() > 0]
    of = moves.drop_duplicates("before").set_index("before")["of"]
    rows = [f"{translate(str(name))} ({disclosure.people(of[name])})" for name in froms]
    made = moves.loc[moves["customers"] > 0, _OF_MOVES]
    told = {
        (row.before, row.after): text
        for row, text in zip(made.itertuples(), _told(made, "{1}\n{0}"), strict=True)
    }
    axes = new_axes(ax, height=1.3 + 0.55 * max(len(froms), 2))
    shade = np.array(
        [[shares.loc[a, b] if a in tos and a != b else 0.0 for b in tos] for a in froms]
    )
    axes.imshow(shade, cmap=_SHADES, aspect="auto", vmin=0, vmax=max(shade.max(), _FULL_SHADE))
    for row, a in enumerate(froms):
        for column, b in enumerate(tos):
            _migration_cell(axes, (column, row), told.get((a, b), ""), a == b,
                            shade[row, column] > _DARK * max(shade.max(), _FULL_SHADE))  # fmt: skip
    name_cells(axes, [translate(str(name)) for name in tos], rows)
    axes.set_xlabel(say("now"))
    axes.set_ylabel(say("earlier (customers)"))
    return axes


def attribute_shares(levels: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of the group at each level of an attribute, with its interval.

    Parameters
    ----------
    levels : DataFrame
        attribute, level, customers, share, low, high, overall (see `profile`); only the
        attribute with the smallest `p_adjusted` is drawn.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ranked = levels.sort_values("p_adjusted", kind="stable", na_position="last")
    name = ranked["attribute"].iloc[0] if len(ranked) else ""
    table = levels[levels["attribute"] == name]
    drawn = discretion.drawn(table, _PEOPLE)
    axes = new_axes(ax, height=row_height(max(len(table), 2)))
    rows = np.arange(len(table))
    axes.vlines(drawn["overall"], rows - 0.5, rows + 0.5, color=GREY, linewidth=1.2)
    axes.hlines(rows, drawn["low"], drawn["high"], color=ACCENT, linewidth=2)
    axes.plot(drawn["share"], rows, "o", color=ACCENT, markersize=8)
    labels = [
        f"{level} ({disclosure.people(n)})"
        for level, n in zip(table["level"], table["customers"], strict=True)
    ]
    name_rows(axes, labels)
    axes.set_xlim(0, 1)
    format_axis(axes, "x", lambda value: wording.percent(value, 0))
    axes.set_xlabel(say("share who are gold (grey line: all with attributes)"))
    axes.set_ylabel(say("{attribute} (customers)", attribute=wording.label(str(name)).lower()))
    return axes


def _migration_cell(axes: Axes, at: tuple[int, int], text: str, stayed: bool, dark: bool) -> None:
    """Write share and count into one cell; nothing where nobody went."""
    if stayed:
        axes.add_patch(Rectangle((at[0] - 0.5, at[1] - 0.5), 1, 1, facecolor=LIGHT, zorder=1))
    colour = "white" if dark and not stayed else INK
    axes.text(*at, text, ha="center", va="center", color=colour, fontsize=8.5)


def _told(table: pd.DataFrame, form: str) -> list[str]:
    """Write the customers of each row and their share; a share that tells too few is left out."""
    people = [name for name in table if name in _PEOPLE]
    share = next(name for name in table if str(name).startswith("share"))
    left_out = discretion.tell(table, people).left_out.get(str(share), [False] * len(table))
    counts = discretion.written(table, people)["customers"]
    return [
        count if out else form.format(count, wording.percent(share))
        for count, share, out in zip(counts, table[share], left_out, strict=True)
    ]
