"""What is wrong with a settings file, said in words that help to mend it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


def explain(error: ValidationError, file: Path, model: type[BaseModel]) -> str:
    """Describe the first problem in full, and name the places of the others."""
    problems = error.errors(include_url=False)
    first, others = problems[0], problems[1:]
    text = f"{file.name} breaks a rule: {_one(first, model)}"
    if others:
        places = ", ".join(dict.fromkeys(_place(problem["loc"]) for problem in others))
        text += f" ({len(others)} more to mend, at {places}.)"
    return text


def did_you_mean(name: str, known: list[str]) -> str:
    """Return the closest known names as a question, else the list of them."""
    folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold(), list(folded), n=2, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(f'`{folded[match]}`' for match in close)}?"
    shown = ", ".join(f"`{candidate}`" for candidate in known[:20])
    return f"There are: {shown}{', ...' if len(known) > 20 else ''}."


def _one(problem: ErrorDetails, model: type[BaseModel]) -> str:
    where, kind = problem["loc"], problem["type"]
    if kind == "extra_forbidden":
        known = _keys(model, where[:-1])
        return f"{_place(where)} is not a setting. {did_you_mean(str(where[-1]), known)}"
    if kind == "missing":
        return f"{_place(where)} is required and not there. Add it; README.md shows an example."
    if kind == "value_error":
        return f"{_place(where)}: {problem['ctx']['error']}."
    given = problem["input"]
    return f"{_place(where)} is {given!r}, and {_rule(problem)}. Change it, or leave it out."


def _rule(problem: ErrorDetails) -> str:
    """Say the rule, with pydantic's words made part of a sentence."""
    if problem["type"] == "string_pattern_mismatch" and problem["loc"][-1] == "currency":
        return 'must be an ISO 4217 code in capitals, as in "USD"'
    words = problem["msg"]
    for before, after in (
        ("Input should be a valid ", "must be a "),
        ("Input should be ", "must be "),
        ("Value should have ", "must have "),
        ("String should have ", "must have "),
        ("String should match pattern ", "must look like "),
    ):
        words = words.replace(before, after)
    return words.replace("must be a integer", "must be a whole number").replace(
        "must be a string", 'must be a text in quotes (as in "orders.csv")'
    )


def _place(where: tuple[int | str, ...]) -> str:
    names = [str(part) for part in where if not isinstance(part, int)]
    names = [name for name in names if "[" not in name and name not in {"str", "constrained-str"}]
    if not names:
        return "the file"
    return f"`{names[0]}`" if len(names) == 1 else f"[{names[0]}] `{'.'.join(names[1:])}`"


def _keys(model: type[BaseModel], where: tuple[int | str, ...]) -> list[str]:
    for part in where:
        if not isinstance(part, int):
            model = _part(model.model_fields[part].annotation)
    return [name for name in model.model_fields if name != "root"]


def _part(annotation: Any) -> type[BaseModel]:
    """Find the model in an annotation like ``ContractsSettings | None``."""
    candidates = (annotation, *get_args(annotation))
    return next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
