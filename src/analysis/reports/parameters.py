"""What a report may be asked for: one typed model for each notebook.

A notebook would take any name and any text for a parameter; papermill only warns, and
writes the name into the code. So nothing starts before its parameters have passed the
model here, and before the notebook's own parameters cell has been found to agree with it.
"""

from __future__ import annotations

import ast
import difflib
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

from analysis.errors import PeriodError, ReportError
from analysis.periods import Period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

__all__ = ["SET_BY_RUNNER", "ReportParameters", "check", "check_texts", "model_for"]

SET_BY_RUNNER = ("period", "settings_path", "tables_dir", "previous_dir", "findings_dir")
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


def _period_key(text: str) -> str:
    return Period.parse(text).key


class ReportParameters(BaseModel):
    """What every notebook takes; the runner sets all of these but the period."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, protected_namespaces=())

    period: Annotated[str, AfterValidator(_period_key)]
    settings_path: str = ""
    tables_dir: str = ""
    previous_dir: str = ""

    @classmethod
    def own(cls) -> tuple[str, ...]:
        """Return the names that a person may set for this report."""
        return tuple(name for name in cls.model_fields if name not in SET_BY_RUNNER)


class QualityParameters(ReportParameters):
    """01_data_quality."""


class SegmentationParameters(ReportParameters):
    """02_segmentation."""

    key_account_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.01
    seed: Annotated[int, Field(ge=0)] = 1


class RetentionParameters(ReportParameters):
    """03_retention."""

    cohort_age_months: Annotated[int, Field(ge=1, le=120)] = 3
    second_order_days: Annotated[int, Field(ge=1, le=3650)] = 60


class ChurnParameters(ReportParameters):
    """04_churn."""

    segment: Annotated[str, Field(min_length=1)] = "pace"
    window_by: str = "pace"
    recent_days: Annotated[int, Field(ge=7, le=364, multiple_of=7)] = 56
    attributes: str = ""


class ValueParameters(ReportParameters):
    """05_clv."""

    horizon_weeks: Annotated[int, Field(ge=0, le=1040)] = 0


class SummaryParameters(ReportParameters):
    """06_summary, which reads what the other reports of the period found."""

    findings_dir: str = ""


MODELS: dict[str, type[ReportParameters]] = {
    "data_quality": QualityParameters,
    "segmentation": SegmentationParameters,
    "retention": RetentionParameters,
    "churn": ChurnParameters,
    "clv": ValueParameters,
    "summary": SummaryParameters,
}
"""Models of the reports of this project; another notebook gets its model from its own cell."""


def model_for(report: str, notebook: NotebookNode) -> type[ReportParameters]:
    """Return the model of a report, after making sure that its notebook agrees with it.

    Parameters
    ----------
    report : str
        Name of the report, such as 'churn'.
    notebook : NotebookNode
        Its notebook; of its cells exactly one is tagged `parameters`.

    Raises
    ------
    ReportError
        The notebook has no such cell, the cell holds more than plain annotated
        assignments, or model and cell differ.
    """
    declared = _declared(report, notebook)
    model = MODELS.get(report) or _model_from(report, declared)
    expected = {name: _declaration(model, name) for name in model.model_fields}
    for name in sorted({*declared, *expected}):
        kind, default = declared.get(name, ("nothing", None))
        if expected.get(name, ("nothing", None))[0] != kind or (
            name not in SET_BY_RUNNER and expected[name][1] != default
        ):
            raise ReportError(
                f"The parameters cell of {report!r} and its model must agree; for {name!r} the "
                f"cell says {_shown(declared.get(name))} and {model.__name__} says "
                f"{_shown(expected.get(name))}. Change the one that is behind."
            )
    return model


def check(report: str, model: type[ReportParameters], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters of a run, or refuse them before anything starts."""
    return _validated(report, model, values, "python")


def check_texts(
    report: str, model: type[ReportParameters], texts: Mapping[str, str]
) -> dict[str, Any]:
    """Return the parameters that a person wrote as texts, converted to their types.

    Only those are returned; what the runner sets may not be among them.
    """
    for name in texts:
        if name in SET_BY_RUNNER:
            raise ReportError(
                f"{name!r} is set by the runner and not by hand; leave it out"
                f"{' and give --period' if name == 'period' else ''}."
            )
    complete = _validated(report, model, {"period": "2000", **texts}, "strings")
    return {name: complete[name] for name in texts}


def _validated(
    report: str,
    model: type[ReportParameters],
    values: Mapping[str, Any],
    written: Literal["python", "strings"],
) -> dict[str, Any]:
    for name in values:
        if name not in model.model_fields:
            raise ReportError(_unknown(report, model, name))
    try:
        read = model.model_validate if written == "python" else model.model_validate_strings
        return read(dict(values)).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, PeriodError):
            raise cause from None
        name = str(first["loc"][0])
        raise ReportError(
            f"Parameter {name!r} of {report!r}: {first['msg']}; got {first['input']!r}."
        ) from None


def _unknown(report: str, model: type[ReportParameters], name: str) -> str:
    if not name.isidentifier():
        return f"The name of a parameter is a plain identifier; {name!r} is none."
    near = difflib.get_close_matches(name, model.own(), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    own = ", ".join(model.own()) or "none"
    return f"{report!r} has no parameter {name!r}.{hint} It has: {own}."


def _declared(report: str, notebook: NotebookNode) -> dict[str, tuple[str, Any]]:
    """Return type and default of each parameter, as the notebook's cell writes them."""
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise ReportError(
            f"A notebook has one cell tagged 'parameters'; that of {report!r} has {len(tagged)}."
        )
    declared: dict[str, tuple[str, Any]] = {}
    for statement in ast.parse(tagged[0].source).body:
        match statement:
            case ast.AnnAssign(
                target=ast.Name(id=name), annotation=ast.Name(id=kind), value=ast.expr() as value
            ) if kind in _TYPES and _is_literal(value):
                declared[name] = (kind, ast.literal_eval(value))
            case _:
                raise ReportError(
                    f"The parameters cell of {report!r} holds lines like `weeks: int = 52`, of "
                    f"type {', '.join(_TYPES)}; line {statement.lineno} is another."
                )
    return declared


def _is_literal(value: ast.expr) -> bool:
    inner = value.operand if isinstance(value, ast.UnaryOp) else value
    return isinstance(inner, ast.Constant)


def _model_from(report: str, declared: Mapping[str, tuple[str, Any]]) -> type[ReportParameters]:
    fields: dict[str, Any] = {
        name: (_TYPES[kind], default)
        for name, (kind, default) in declared.items()
        if name not in ReportParameters.model_fields
    }
    return create_model(f"Parameters of {report}", __base__=ReportParameters, **fields)


def _declaration(model: type[ReportParameters], name: str) -> tuple[str, Any]:
    declared = model.model_fields[name]
    kind = declared.annotation
    return (kind.__name__ if isinstance(kind, type) else str(kind)), declared.get_default()


def _shown(declaration: tuple[str, Any] | None) -> str:
    if declaration is None:
        return "nothing"
    return f"`{declaration[0]} = {declaration[1]!r}`"
