"""The settings that read a set of files: which file fills which table, and the text of it all."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import SourceError
from analysis.mappings import EVERYDAY, SYSTEMS
from analysis.mappings.decide import Section, decide
from analysis.mappings.recognise import recognise
from analysis.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from analysis.mappings.decide import Value
    from analysis.mappings.model import Part, System
    from analysis.mappings.recognise import Recognised

WIDTH = 98


@dataclass(frozen=True, slots=True)
class Draft:
    """Settings as they are to be written, and what the reader should know of them."""

    text: str
    files: tuple[str, ...]
    sections: tuple[Section, ...]
    unknown: tuple[str, ...]


def draft(paths: Sequence[Path], root: Path, system: str | None = None) -> Draft:
    """Return the settings that read the files.

    Parameters
    ----------
    paths : sequence of Path
        Exports, of one system or several.
    root : Path
        The folder where the settings will be.
    system : str, optional
        Key of the system that wrote them; found from their headers when not given.

    Raises
    ------
    SourceError
        If a file is of no system or of two, lacks a needed column, two kinds of files fill one
        table, or none holds purchases.
    """
    known = list(SYSTEMS.values()) if system is None else [SYSTEMS[system]]
    files = [recognise(path, known, EVERYDAY) for path in dict.fromkeys(paths)]
    sections = [
        decide(group, part, [_written(one.look.path, root) for one in group])
        for part, group in _tables(files)
    ]
    head, unknown = _head(files[0].system, sections)
    unknown += [f"[{one.table}] {note}" for one in sections for note in one.unknown]
    unknown += [*_left_out(files), *_apart(sections)]
    return Draft(
        text="\n".join([*_opening(files, unknown), *head, *map(_text, sections)]),
        files=tuple(
            f"{one.look.path.name}: {one.export.name} of {one.system.title}" for one in files
        ),
        sections=tuple(sections),
        unknown=tuple(unknown),
    )


def _written(path: Path, root: Path) -> str:
    path, root = path.resolve(), root.resolve()
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _tables(files: list[Recognised]) -> list[tuple[Part, list[Recognised]]]:
    """Return each table that is filled, in the order of the schemas, and the files that fill it."""
    filled: dict[str, tuple[Part, list[Recognised]]] = {}
    full = {part.table for one in files for part in one.parts if not part.is_spare}
    for one in files:
        for part in one.parts:
            if part.is_spare and part.table in full:
                continue
            first, group = filled.setdefault(part.table, (part, []))
            if first is not part:
                raise SourceError(
                    f"A table is read from files of one kind; [{part.table}] would be from "
                    f"{group[0].look.path.name} ({group[0].export.name.lower()}) and "
                    f"{one.look.path.name} ({one.export.name.lower()}). Name only one of them."
                )
            group.append(one)
    if "transactions" not in filled:
        shown = ", ".join(f"{one.look.path.name} ({one.export.name.lower()})" for one in files)
        raise SourceError(
            f"Reports need purchases; none of the {len(files)} files holds any: {shown}. Name "
            "the export of orders too."
        )
    return [filled[name] for name in TABLES if name in filled]


def _left_out(files: list[Recognised]) -> Iterator[str]:
    """Tell of tables that a file would fill, were it not for a missing column."""
    for one in files:
        for part in one.export.parts:
            missing = part.missing(one.look.header)
            if missing:
                name = part.columns.get(missing[0], (missing[0],))[0]
                yield (
                    f"[{part.table}] is not read from {one.look.path.name}: it has no column "
                    f"`{name}` for {missing[0]}."
                )


def _apart(sections: list[Section]) -> Iterator[str]:
    """Tell of tables that may call the customers otherwise than the purchases do."""
    names = {one.table: one.keys["customer_id"] for one in sections if "customer_id" in one.keys}
    for table, name in names.items():
        if name != names["transactions"]:
            yield (
                f"Whether `{name}` of [{table}] holds the same ids as "
                f"`{names['transactions']}` of [transactions]: only then do they meet."
            )


def _head(system: System, sections: list[Section]) -> tuple[list[str], list[str]]:
    """Return the first keys of the settings, and what could not be told of them."""
    unknown = []
    seen: Counter[str] = sum((one.currencies for one in sections), Counter())
    currency = seen.most_common(1)[0][0] if seen else system.currency
    if len(seen) > 1:
        others = ", ".join(f"{code} ({rows} rows)" for code, rows in seen.most_common()[1:6])
        unknown.append(f"What {others} is worth in {currency}: name a table of [rates].")
    if not currency:
        currency = "USD"
        unknown.append("The currency: the files do not name it, and USD is written.")
    zone = system.time_zone or "UTC"
    if not system.time_zone and any(one.has_offsets for one in sections):
        unknown.append(
            "The time zone in whose calendar days are counted: times in the files carry an "
            'offset, and UTC is written. Write your own, as in "America/New_York".'
        )
    title = "Customers" if system is EVERYDAY else system.title
    keys: dict[str, Value] = {"title": title, "currency": currency, "time_zone": zone}
    if system.language != "en":
        keys["language"] = system.language
    return [*_lines(keys), ""], unknown


def _opening(files: list[Recognised], unknown: list[str]) -> list[str]:
    lines = ["# Written by `analysis init`; `analysis check` says what it makes of the files.", "#"]
    for one in files:
        lines += _comment(f"{one.look.path.name}: {one.export.name} of {one.system.title}")
    if files[0].system is EVERYDAY:
        lines += _comment(
            "No system was recognised: what columns mean is guessed from their names."
        )
    if unknown:
        lines += ["#", "# What the files do not tell, and you may:"]
        lines += [line for note in unknown for line in _comment(f"- {note}")]
    return [*lines, ""]


def _text(section: Section) -> str:
    lines = [line for rule in section.rules for line in _comment(f"- {rule}")]
    return "\n".join([*lines, f"[{section.table}]", *_lines(section.keys), ""])


def _comment(text: str) -> list[str]:
    """Write a note as a comment; nothing in it can end the line."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return textwrap.wrap(
        plain, WIDTH, initial_indent="# ", subsequent_indent="#   " if text[:2] == "- " else "# ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _lines(keys: dict[str, Value]) -> list[str]:
    lines = []
    for key, value in keys.items():
        items = [_quoted(one) for one in value] if isinstance(value, tuple) else []
        line = f"{key} = [{', '.join(items)}]" if items else f"{key} = {_quoted(value)}"
        if items and len(line) > WIDTH:
            line = "\n".join([f"{key} = [", *_packed(items), "]"])
        lines.append(line)
    return lines


def _packed(items: list[str]) -> list[str]:
    lines = [" "]
    for item in items:
        if len(lines[-1]) + len(item) + 2 > WIDTH:
            lines.append(" ")
        lines[-1] += f" {item},"
    return lines


def _quoted(value: Value) -> str:
    """Write a value as TOML does: a text as in JSON, with DEL escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
