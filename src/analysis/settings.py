"""analysis.toml, read once into frozen and validated settings.

``load()`` is the only door. What it returns is complete: every default is filled in, every
contradiction has been refused, and relative paths have a folder (`root`) to start from.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from analysis.currencies import minor_units
from analysis.errors import SettingsError
from analysis.language import Language  # noqa: TC001 - pydantic reads the annotations
from analysis.settings_delivery import MailSettings, WebAddress, WebhookSettings
from analysis.settings_errors import explain
from analysis.settings_privacy import PrivacySettings
from analysis.settings_schedules import Every, Schedules, ScheduleSettings, refuse_repeated
from analysis.settings_tables import (
    AllTables,
    Name,
    Names,
    Part,
    Share,
    TransactionsSettings,
    zone,
)

__all__ = [
    "ChurnSettings",
    "EngineSettings",
    "LifecycleSettings",
    "MailSettings",
    "PrivacySettings",
    "ReportSettings",
    "ScheduleSettings",
    "Settings",
    "TierSettings",
    "TransactionsSettings",
    "ValueSettings",
    "WebhookSettings",
    "load",
]

FILE_NAME = "analysis.toml"

Cost = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Days = Annotated[int, Field(ge=1, le=36_500)]
Memory = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(\.[0-9]+)? ?(MB|GB)$")]


class ChurnSettings(Part):
    """When a silence counts as a loss (customers without a contract)."""

    window_days: Days | None = None
    """Silence that counts as churn; estimated from the gaps between orders when not given."""
    return_below: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.05
    """The estimated window is the silence after which fewer than this share ever return."""
    landmark_days: Days = 183
    """History before the day on which risk is scored."""
    departures_since: dt.date | None = None
    """First day whose departures the table of contracts holds; inferred when not given."""
    starts_since: dt.date | None = None
    """A contract from this day or earlier may be older than it says; inferred when not given."""
    success_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1
    """Share of the customers contacted whom that keeps or brings back, beyond those who would."""
    contact_cost: Cost = 5.0
    """Of contacting one customer, in units of the currency, with what is offered."""
    control_share: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Random part of each list to leave alone, so that the next period shows what acting did."""


class LifecycleSettings(Part):
    """The stages of a customer's life; the first rule that fits decides, in this order.

    lost, dormant: silent for at least `lost_days`, `dormant_days`; new: first order within
    `new_days`, or only one so far; loyal: at least `loyal_orders` orders in the last
    `loyal_window_days`; repeat: everyone else. Scores and value tiers look back as far.
    """

    new_days: Days = 90
    loyal_orders: Annotated[int, Field(ge=2)] = 12
    loyal_window_days: Days = 365
    dormant_days: Days = 60
    lost_days: Days = 180

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lost_days <= self.dormant_days:
            raise ValueError(
                f"a customer is dormant before being lost, so `lost_days` ({self.lost_days}) must "
                f"be more than `dormant_days` ({self.dormant_days})"
            )
        return self


class TierSettings(Part):
    """Value tiers: shares of the customers, ranked by what they spent."""

    gold_share: Share = 0.2
    silver_share: Share = 0.3

    @model_validator(mode="after")
    def _leave_bronze(self) -> Self:
        if self.gold_share + self.silver_share >= 1.0:
            raise ValueError(
                f"`gold_share` ({self.gold_share}) and `silver_share` ({self.silver_share}) must "
                "leave room for bronze: together less than 1"
            )
        return self


class ValueSettings(Part):
    """What customer lifetime value is counted in."""

    margin: Annotated[float, Field(gt=0.0, le=1.0)] = 0.25
    """Share of sales that is contribution; value is margin, not revenue."""
    annual_discount_rate: Annotated[float, Field(ge=0.0, lt=10.0)] = 0.10
    cost_to_serve: Cost | None = None
    """Of each order day, beyond what the margin leaves out; counts as 0 when not given."""
    cost_to_acquire: Cost | None = None
    """Of each customer, once; counts as 0 when not given."""
    horizon_weeks: Annotated[int, Field(ge=1, le=1040)] = 52
    holdout_weeks: Annotated[int, Field(ge=1, le=520)] = 13


class ReportSettings(Part):
    """Which reports, how often, and where to."""

    folder: Name = "reports"
    names: Names = ("data_quality", "segmentation", "retention", "churn", "clv", "summary")
    kind: Every = "month"
    minimum_customers: Annotated[int, Field(ge=1)] = 30
    """Groups with fewer customers get "not enough data" instead of a number."""
    keep: Annotated[int, Field(ge=1)] = 24
    """Runs of each report to keep; the latest of each period stays in any case."""
    audience: Literal["manager", "analyst"] = "manager"
    """Who reads them: small counts of people are told to analysts only."""
    smallest_count: Annotated[int, Field(ge=1, le=1000)] = 5
    """Counts of people from 1 to below this are told to managers as "under 5"."""
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    """Further attempts after a failure that may pass: a timeout, a dead kernel, a silent source."""
    retry_wait_seconds: Annotated[float, Field(ge=0.0, le=3600.0)] = 30.0
    """Before the first of them; each further wait is four times as long."""
    base_url: WebAddress | None = None
    """Where readers find the folder of reports in the web; mails name its path when not given."""
    pdf: bool = False
    """Whether to lay a PDF beside each report, where Chromium is installed."""


class EngineSettings(Part):
    """Where queries run, and the limits of the embedded engine."""

    memory: Memory | None = None
    """As in "4GB"; half of the machine's memory when not given."""
    threads: Annotated[int, Field(ge=1, le=256)] | None = None
    """All processors when not given."""
    run: Literal["here", "source"] = "here"
    """Whether tables of a database are copied and asked here, or asked where they are."""
    customers_at_once: Annotated[int, Field(ge=100)] = 1_000_000
    """Rows of how many customers an analysis holds in memory; the others wait on the disk."""


class Settings(AllTables):
    """Everything in analysis.toml; beside what stands here, a section for each further table."""

    title: Name = "Customers"
    currency: Currency = "USD"
    language: Language = "en"
    time_zone: str = "UTC"
    simulated: bool = False
    """Whether the data are made up, which every report on them then says."""
    root: Path = Path()
    transactions: TransactionsSettings
    churn: ChurnSettings = ChurnSettings()
    lifecycle: LifecycleSettings = LifecycleSettings()
    tiers: TierSettings = TierSettings()
    value: ValueSettings = ValueSettings()
    reports: ReportSettings = ReportSettings()
    schedule: Schedules = ()
    """When reports are due; see `schedules`."""
    mail: MailSettings | None = None
    webhook: WebhookSettings | None = None
    engine: EngineSettings = EngineSettings()
    privacy: PrivacySettings = PrivacySettings()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return zone(name)

    @model_validator(mode="after")
    def _one_customers_table(self) -> Self:
        if self.transactions.sample is not None and self.table("customers") is not None:
            raise ValueError(
                "the sample brings its own [customers]; remove that section, or `sample`"
            )
        return self

    @model_validator(mode="after")
    def _each_scheduled_once(self) -> Self:
        refuse_repeated(self.schedule, self.reports.names)
        return self

    @property
    def schedules(self) -> tuple[ScheduleSettings, ...]:
        """Every [[schedule]]; without one, all reports for each period of [reports] `kind`."""
        return self.schedule or (ScheduleSettings(every=self.reports.kind),)

    @property
    def minor_units(self) -> int:
        """Minor units in one unit of the currency: 100 cents to a dollar, 1 to a yen."""
        return minor_units(self.currency)


def load(path: str | Path | None = None) -> Settings:
    """Read analysis.toml: which data, in which columns, and how to count.

    Parameters
    ----------
    path : str or Path, optional
        The settings file. When it is not given or empty, the first `analysis.toml` in the
        working folder and the folders above it.

    Returns
    -------
    Settings
        Frozen; `root` is the folder of the file.

    Raises
    ------
    SettingsError
        No file, not TOML, an unknown key, a wrong value, or values that contradict each other.
    """
    file = _find() if path is None or str(path) == "" else Path(path).resolve()
    if not file.is_file():
        raise SettingsError(
            f"The settings must be a file; there is none at {file}. "
            f"Name an existing one, or write {FILE_NAME} (README.md shows five lines of it)."
        )
    try:
        values = tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{file} must be TOML in UTF-8; it is not: {error}. "
            'Texts stand in quotes (path = "orders.csv"), sections in brackets ([transactions]).'
        ) from None
    if "root" in values:
        raise SettingsError(
            f"`root` in {file} is not a setting: it is the folder of the file. Remove it."
        )
    try:
        return Settings(**values, root=file.parent)
    except ValidationError as error:
        raise SettingsError(explain(error, file, Settings)) from None


def _find() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise SettingsError(
        f"{FILE_NAME} must be in the working folder or one above it; none is, from {here} upwards. "
        "Change into the project's folder, name the file, or write one: analysis init orders.csv"
    )
