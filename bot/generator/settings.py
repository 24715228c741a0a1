"""What the generated company is made of: every rate and strength, in one place.

Rates are a year unless said otherwise, strengths are in logits or in units of health (its standard
deviation over accounts and time is about one). The values the data must then show are in docs/generator.md
and in tests/generator/test_calibration.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """How one market segment buys, stays and behaves."""

    name: str
    share: float
    seats_median: float
    seats_sigma: float
    seat_price_median: float
    #: Contract length in months and its share.
    contracts: tuple[tuple[int, float], ...]
    #: Logit of not renewing at health zero, for a yearly or longer and for a monthly contract.
    leave: float
    leave_monthly: float
    #: Failed payments and closures end an account at this multiple of the company's rate.
    involuntary: float
    notice_days: int
    contacts: tuple[int, int]
    touches_a_week: float
    qbr_every_weeks: int
    executive_every_weeks: int
    #: Share with an API integration.
    api: float
    sponsor: float
    invoice_months: tuple[tuple[int, float], ...]


SEGMENTS = (
    Segment(
        name="smb",
        share=0.50,
        seats_median=8.4,
        seats_sigma=0.60,
        seat_price_median=511,
        contracts=((1, 0.40), (12, 0.60)),
        leave=-2.64,
        leave_monthly=-5.05,
        involuntary=1.55,
        notice_days=30,
        contacts=(2, 4),
        touches_a_week=0.07,
        qbr_every_weeks=0,
        executive_every_weeks=0,
        api=0.40,
        sponsor=0.15,
        invoice_months=((1, 0.6), (3, 0.4)),
    ),
    Segment(
        name="mid_market",
        share=0.35,
        seats_median=37,
        seats_sigma=0.50,
        seat_price_median=550,
        contracts=((12, 0.85), (24, 0.15)),
        leave=-3.17,
        leave_monthly=0.0,
        involuntary=0.55,
        notice_days=60,
        contacts=(3, 7),
        touches_a_week=0.30,
        qbr_every_weeks=13,
        executive_every_weeks=0,
        api=0.65,
        sponsor=0.70,
        invoice_months=((1, 0.4), (3, 0.6)),
    ),
    Segment(
        name="enterprise",
        share=0.15,
        seats_median=163,
        seats_sigma=0.55,
        seat_price_median=605,
        contracts=((12, 0.60), (24, 0.25), (36, 0.15)),
        leave=-3.82,
        leave_monthly=0.0,
        involuntary=0.25,
        notice_days=90,
        contacts=(6, 12),
        touches_a_week=0.80,
        qbr_every_weeks=13,
        executive_every_weeks=13,
        api=0.85,
        sponsor=0.90,
        invoice_months=((3, 0.6), (12, 0.4)),
    ),
)

#: Share of accounts, time zone of their working day, and how they are named.
REGIONS = (("americas", 0.50), ("emea", 0.35), ("apac", 0.15))

# Latent health.
HEALTH_ACCOUNT_SD = 0.75
HEALTH_WEEK_SD = 0.62
HEALTH_WEEK_MEMORY = 0.965
CHAMPION_LEAVES = 0.24
CHAMPION_SHOCK = -1.0
CHAMPION_RECOVERY_WEEK = 0.02
CHAMPION_SEEN = 0.60
CHAMPION_SEEN_LATE_DAYS = (7, 42)
INCIDENTS = 2.0
INCIDENT_SHOCK = (-0.5, -0.2)
INCIDENT_RECOVERY_WEEK = 0.20
BUDGET_SHOCK = 0.06
BUDGET_LASTS_WEEKS = 30

# The decision, 3-12 weeks before a renewal (1-3 before a monthly one), from the health of the 8 weeks before.
DECISION_WEEKS = (3, 12)
DECISION_WEEKS_MONTHLY = (1, 3)
DECISION_MEMORY_WEEKS = 8
DECISION_HEALTH = -1.35
DECISION_BUDGET = 1.7
DECISION_FIRST = 0.35
DECISION_PRICE_RISE = 0.55
PRICE_RISE = 0.15
FADERS = 0.65
FADE_WEEK = (0.05, 0.30)
FAILED_PAYMENT_CHURN = 0.0175
CLOSURE_CHURN = 0.0080

# Use of the product.
USAGE_LEVEL = 0.28
USAGE_HEALTH = 0.75
USAGE_NOISE_SD = 0.35
USAGE_NOISE_MEMORY = 0.90
DAILY_LEVEL = 0.30
DAILY_HEALTH = 0.35
ONBOARDING_WEEKS = 4.0
LOGIN_SHAPE = 6.0
FEATURES_HEALTH = 2.0
FEATURES_TASTE_SD = 1.3

# Support.
TICKETS_WEEK = 0.045
TICKETS_SEATS = 0.6
TICKETS_HEALTH = -0.3
TICKETS_ONBOARDING = 1.2
TICKETS_AFTER_DECISION = 0.5
RATING_ANSWERED = 0.22
RATING_MEAN = 4.30
RATING_HEALTH = 0.35
RATING_SEVERITY = {"low": 0.15, "normal": 0.05, "high": -0.30, "urgent": -0.60}
RATING_SD = 1.05

# Surveys.
NPS_EVERY_DAYS = 91
NPS_ASKED_MOST = 10
NPS_ANSWER = -1.86
NPS_ANSWER_HEALTH = 0.4
NPS_MEAN = 8.15
NPS_HEALTH = 0.85
NPS_SD = 1.7

# Meetings and payments.
ATTEND = 1.3
ATTEND_HEALTH = 0.8
LATE = -2.41
LATE_HEALTH = -0.5
LATE_BUDGET = 0.9
LATE_HABIT_SD = 0.8
FAILED_ATTEMPT = -4.2

# Revenue.
EXPAND_AT_RENEWAL = 0.0
EXPAND_HEALTH = 0.9
CONTRACT_AT_RENEWAL = -2.7
EXPAND_BETWEEN = 0.45

# The last weeks before the end: share of live accounts in trouble, and one sudden fall per so many.
TROUBLED = 0.08
ACCOUNTS_A_FALL = 130
