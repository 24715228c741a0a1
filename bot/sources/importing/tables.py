"""The canonical tables: their columns, what each holds, and the names other tools give them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import LiteralString

from bot.sources.importing.words import (
    CONTACT_WORDS,
    GOAL_WORDS,
    MOVEMENT_WORDS,
    PAYMENT_WORDS,
    PERSON_WORDS,
    SEGMENT_WORDS,
    SEVERITY_WORDS,
    STATUS_WORDS,
    TOUCH_WORDS,
)


class Kind(Enum):
    """What a column holds."""

    TEXT = auto()
    #: A name or an id: short enough for an index.
    NAME = auto()
    EMAIL = auto()
    #: The name of a time zone.
    ZONE = auto()
    #: An account's id; staged as our number of it.
    ACCOUNT = auto()
    #: A date that may lie ahead.
    DATE = auto()
    #: A day that has happened.
    DAY = auto()
    #: An instant that has happened.
    MOMENT = auto()
    COUNT = auto()
    BIG_COUNT = auto()
    MONEY = auto()
    NUMBER = auto()
    CHOICE = auto()
    #: Of tables that a mapping reads: any number, to the last digit; any instant.
    AMOUNT = auto()
    INSTANT = auto()
    FEATURES = auto()


#: The type of a kind's staging column, where it is not text.
STAGED_AS: Mapping[Kind, LiteralString] = MappingProxyType(
    {
        Kind.ACCOUNT: "integer",
        Kind.DATE: "date",
        Kind.DAY: "date",
        Kind.MOMENT: "timestamptz",
        Kind.COUNT: "integer",
        Kind.BIG_COUNT: "bigint",
        Kind.MONEY: "bigint",
        Kind.NUMBER: "double precision",
        Kind.AMOUNT: "numeric",
        Kind.INSTANT: "timestamptz",
        Kind.FEATURES: "smallint[]",
    }
)


@dataclass(frozen=True)
class Column:
    """A canonical column. ``target`` is the database's column where its name differs."""

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    aliases: tuple[str, ...] = ()
    target: str = ""
    choices: tuple[str, ...] = ()
    #: Other words for the choices, normalised.
    words: Mapping[str, str] = field(default_factory=dict)
    low: int | None = None
    high: int | None = None
    #: What an empty cell of a present column means, where the database wants a value.
    empty: str | None = None
    #: Negative amounts are read: exports write what was lost with a minus sign.
    signed: bool = False

    @property
    def stored(self) -> str:
        return self.target or self.name


@dataclass(frozen=True)
class Table:
    """A canonical file. ``key`` names the stored columns that tell its rows apart."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    #: The database's table.
    target: str = ""
    #: The feed of ``feed_day``; empty where a row has no day of its own.
    feed: str = ""
    #: The stored column that holds a row's own day or instant.
    own_day: str = ""
    aliases: tuple[str, ...] = ()

    def get_column(self, name: str) -> Column:
        """The column called ``name``; KeyError when there is none."""
        return next(column for column in self.columns if column.name == name)

    @property
    def required(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.required)


SEGMENTS = ("enterprise", "mid_market", "smb", "self_serve")
ACCOUNT_ALIASES = (
    "account",
    "account external id",
    "customer id",
    "client id",
    "company id",
    "org id",
    "organization id",
)
ACCOUNT = Column("account_id", Kind.ACCOUNT, required=True, aliases=ACCOUNT_ALIASES)

ACCOUNTS = Table(
    "accounts",
    (
        Column("id", Kind.NAME, True, ("account id", *ACCOUNT_ALIASES[1:]), "external_id"),
        Column(
            "name",
            Kind.NAME,
            required=True,
            aliases=("account name", "client name", "customer name", "company name", "company", "client"),
        ),
        Column("domain", Kind.NAME, aliases=("website", "account domain", "email domain")),
        Column(
            "segment",
            Kind.CHOICE,
            aliases=("tier", "customer segment", "company size", "client type"),
            choices=SEGMENTS,
            words=SEGMENT_WORDS,
        ),
        Column("stage", Kind.NAME, aliases=("lifecycle stage", "lifecycle", "journey stage")),
        Column(
            "arr",
            Kind.MONEY,
            aliases=("total contract amount", "annual recurring revenue", "annual revenue", "acv", "arr usd"),
            target="arr_cents",
        ),
        Column("currency", aliases=("currency code",), empty="USD"),
        Column(
            "started_on",
            Kind.DATE,
            aliases=("start date", "signup date", "customer since", "contract start", "contract start date"),
        ),
        Column(
            "renewal_on",
            Kind.DATE,
            aliases=("next renewal date", "renewal date", "end date", "contract end", "contract end date"),
        ),
        Column("notice_days", Kind.COUNT, aliases=("notice period", "notice period days")),
        Column("contract_months", Kind.COUNT, aliases=("contract term", "term months", "contract length")),
        Column("seats", Kind.COUNT, aliases=("license count", "licenses", "seats purchased", "quantity")),
        Column("plan", Kind.NAME, aliases=("plan tier", "plan name", "product plan")),
        Column("plan_limit", Kind.COUNT, aliases=("usage limit",)),
        Column(
            "csm_email",
            Kind.EMAIL,
            aliases=("csm", "owner email", "owner user account", "assigned csm email", "csm owner"),
            target="csm_id",
        ),
        Column("ae_email", Kind.EMAIL, aliases=("account executive email", "am email"), target="ae_id"),
        Column(
            "parent_id",
            Kind.NAME,
            aliases=("parent account external id", "parent account id", "parent"),
            target="parent_id",
        ),
        Column(
            "status",
            Kind.CHOICE,
            aliases=("is active", "account status", "client status", "customer status"),
            choices=("live", "churned"),
            words=STATUS_WORDS,
            empty="live",
        ),
        Column("churned_on", Kind.DATE, aliases=("churn date", "churned date", "cancelled on")),
        Column("churn_reason", aliases=("reason code", "cancellation reason")),
    ),
    key=("external_id",),
    target="account",
    aliases=("account", "customers", "customer", "clients", "client", "companies", "company"),
)

PEOPLE = Table(
    "people",
    (
        Column("email", Kind.EMAIL, required=True, aliases=("user email", "email address", "work email")),
        Column("name", Kind.NAME, aliases=("full name", "user name", "display name")),
        Column(
            "role",
            Kind.CHOICE,
            choices=("csm", "manager", "executive", "account_executive", "admin"),
            words=PERSON_WORDS,
            empty="csm",
        ),
        Column("manager_email", Kind.EMAIL, aliases=("manager", "reports to"), target="manager_id"),
        Column("slack_id", Kind.NAME, aliases=("slack user id", "slack member id", "member id")),
        Column("timezone", Kind.ZONE, aliases=("time zone", "tz")),
        Column(
            "deputy_email",
            Kind.EMAIL,
            aliases=("deputy", "stand in", "backup", "covered by"),
            target="deputy_id",
        ),
        Column(
            "away_from", Kind.DATE, aliases=("out of office from", "leave start", "absent from", "ooo start")
        ),
        Column(
            "away_until", Kind.DATE, aliases=("out of office until", "leave end", "absent until", "ooo end")
        ),
    ),
    key=("email",),
    target="person",
    aliases=("team", "users", "csms", "owners"),
)

CONTACTS = Table(
    "contacts",
    (
        ACCOUNT,
        Column("email", Kind.EMAIL, required=True, aliases=("contact email", "email address")),
        Column("name", aliases=("contact name", "full name")),
        Column("title", aliases=("job title", "position")),
        Column(
            "role",
            Kind.CHOICE,
            aliases=("badge", "contact role"),
            choices=("champion", "exec_sponsor", "admin", "technical_lead", "user"),
            words=CONTACT_WORDS,
        ),
        Column("since", Kind.DATE, aliases=("created at", "created on", "start date")),
        Column("left_on", Kind.DATE, aliases=("departed at", "departed on", "left")),
    ),
    key=("account_id", "email"),
    target="contact",
    feed="contacts",
    aliases=("contact",),
)

USAGE = Table(
    "usage_daily",
    (
        ACCOUNT,
        Column("day", Kind.DAY, True, ("date", "usage date", "activity date")),
        Column("active_users", Kind.COUNT, aliases=("dau", "daily active users", "users active")),
        Column("logins", Kind.COUNT, aliases=("sessions", "login count")),
        Column("core_actions", Kind.COUNT, aliases=("actions", "key actions", "events", "usage count")),
        Column("api_calls", Kind.BIG_COUNT, aliases=("api requests", "api usage")),
        Column("new_users", Kind.COUNT, aliases=("users added", "invites accepted")),
        Column("seats_used", Kind.COUNT, aliases=("licenses used", "seats provisioned", "active seats")),
        Column("features", Kind.FEATURES, aliases=("features used", "feature names")),
    ),
    key=("account_id", "day"),
    target="usage_daily",
    feed="usage",
    own_day="day",
    aliases=("usage", "daily usage", "activity"),
)

TICKETS = Table(
    "tickets",
    (
        Column(
            "id", Kind.NAME, True, ("ticket id", "case id", "case number", "ticket number"), "external_id"
        ),
        ACCOUNT,
        Column("opened_at", Kind.MOMENT, True, ("created at", "submitted at", "opened", "created date")),
        Column("closed_at", Kind.MOMENT, aliases=("resolved at", "solved at", "closed", "closed date")),
        Column(
            "severity",
            Kind.CHOICE,
            aliases=("priority", "ticket priority"),
            choices=("low", "normal", "high", "urgent"),
            words=SEVERITY_WORDS,
            empty="normal",
        ),
        Column(
            "rating",
            Kind.COUNT,
            aliases=("satisfaction score", "satisfaction", "csat", "satisfaction rating"),
            low=1,
            high=5,
        ),
    ),
    key=("external_id",),
    target="ticket",
    feed="tickets",
    own_day="opened_at",
    aliases=("ticket", "support tickets", "cases"),
)

SURVEYS = Table(
    "surveys",
    (
        ACCOUNT,
        Column("kind", Kind.CHOICE, True, ("survey type", "survey", "type"), choices=("nps", "csat")),
        Column("score", Kind.COUNT, True, ("answer", "response score", "value"), low=0, high=10),
        Column(
            "answered_at",
            Kind.MOMENT,
            True,
            ("responded at", "submitted at", "response date", "answered on"),
        ),
        Column("contact_email", Kind.EMAIL, aliases=("respondent email", "email")),
        Column("comment", aliases=("feedback", "verbatim", "response text")),
    ),
    key=("account_id", "kind", "answered_at", "contact_email"),
    target="survey",
    feed="surveys",
    own_day="answered_at",
    aliases=("survey", "nps", "survey responses"),
)

PAYMENTS = Table(
    "payments",
    (
        Column("id", Kind.NAME, True, ("payment id", "invoice id", "invoice number"), "external_id"),
        ACCOUNT,
        Column("due_on", Kind.DATE, True, ("due date", "due", "invoice due date")),
        Column("paid_on", Kind.DATE, aliases=("paid at", "paid date", "payment date")),
        Column(
            "status",
            Kind.CHOICE,
            True,
            ("payment status", "invoice status"),
            choices=("paid", "failed", "open"),
            words=PAYMENT_WORDS,
        ),
        Column(
            "amount",
            Kind.MONEY,
            aliases=("amount due", "total", "amount usd", "invoice amount"),
            target="amount_cents",
        ),
    ),
    key=("external_id",),
    target="payment",
    feed="payments",
    own_day="due_on",
    aliases=("payment", "invoices", "billing"),
)

TOUCHES = Table(
    "touches",
    (
        ACCOUNT,
        Column(
            "kind",
            Kind.CHOICE,
            True,
            ("activity type", "touch type", "type", "interaction type"),
            choices=("meeting", "qbr", "call", "email", "executive", "note"),
            words=TOUCH_WORDS,
        ),
        Column("at", Kind.MOMENT, True, ("occurred at", "activity date", "touch date", "timestamp")),
        Column("by_email", Kind.EMAIL, aliases=("owner email", "user email", "author email")),
        Column("note", aliases=("notes", "subject", "summary", "description")),
    ),
    key=("account_id", "kind", "at", "by_email"),
    target="touch",
    feed="touches",
    own_day="at",
    aliases=("touch", "activities", "interactions", "engagements"),
)

GOALS = Table(
    "goals",
    (
        ACCOUNT,
        Column("objective", Kind.NAME, required=True, aliases=("goal", "goal name", "success criterion")),
        Column("metric", aliases=("kpi", "measure")),
        Column("baseline", aliases=("start value",)),
        Column("target", aliases=("target value",)),
        Column("due_on", Kind.DATE, aliases=("due date", "target date")),
        Column(
            "status",
            Kind.CHOICE,
            aliases=("goal status",),
            choices=("open", "met", "missed"),
            words=GOAL_WORDS,
            empty="open",
        ),
        Column("met_on", Kind.DATE, aliases=("achieved on", "completed on", "met date")),
    ),
    key=("account_id", "objective"),
    target="goal",
    feed="goals",
    aliases=("goal", "objectives", "success goals"),
)

MOVEMENTS = Table(
    "arr_movements",
    (
        ACCOUNT,
        Column("on", Kind.DATE, True, ("date", "effective date", "movement date"), "moved_on"),
        Column(
            "kind",
            Kind.CHOICE,
            True,
            ("type", "movement type", "change type"),
            choices=("new", "expansion", "contraction", "churn"),
            words=MOVEMENT_WORDS,
        ),
        Column("amount", Kind.MONEY, True, ("arr change", "arr delta", "arr"), "amount_cents", signed=True),
    ),
    key=("account_id", "moved_on", "kind"),
    target="arr_movement",
    feed="arr_movements",
    own_day="moved_on",
    aliases=("arr movement", "arr changes", "revenue movements"),
)

PRODUCTS = Table(
    "products",
    (
        ACCOUNT,
        Column("product", Kind.NAME, required=True, aliases=("product name", "product code")),
        Column("arr", Kind.MONEY, True, ("product arr", "amount", "recurring"), "arr_cents"),
    ),
    key=("account_id", "product"),
    target="account_product",
    feed="products",
    aliases=("product", "account products"),
)

SIGNALS = Table(
    "signals",
    (
        ACCOUNT,
        Column("day", Kind.DAY, True, ("date",)),
        Column("name", Kind.NAME, required=True, aliases=("signal", "signal name", "metric")),
        Column("value", Kind.NUMBER, True, ("signal value", "number")),
    ),
    key=("name", "account_id", "day"),
    target="signal_value",
    feed="signals",
    own_day="day",
    aliases=("signal", "signal values"),
)

#: In the order in which they are loaded: what others refer to comes first.
TABLES = (
    PEOPLE,
    ACCOUNTS,
    CONTACTS,
    PRODUCTS,
    USAGE,
    TICKETS,
    SURVEYS,
    PAYMENTS,
    TOUCHES,
    GOALS,
    MOVEMENTS,
    SIGNALS,
)
BY_NAME: Mapping[str, Table] = MappingProxyType({table.name: table for table in TABLES})
