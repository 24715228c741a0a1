"""What other tools call the choices of the canonical columns."""

from types import MappingProxyType

SEGMENT_WORDS = MappingProxyType(
    {
        "midmarket": "mid_market",
        "mid": "mid_market",
        "commercial": "mid_market",
        "small_business": "smb",
        "small": "smb",
        "selfserve": "self_serve",
        "self_service": "self_serve",
        "strategic": "enterprise",
    }
)
STATUS_WORDS = MappingProxyType(
    {
        "active": "live",
        "customer": "live",
        "trial": "live",
        "true": "live",
        "yes": "live",
        "1": "live",
        "inactive": "churned",
        "terminated": "churned",
        "cancelled": "churned",
        "canceled": "churned",
        "false": "churned",
        "no": "churned",
        "0": "churned",
    }
)
PERSON_WORDS = MappingProxyType(
    {
        "customer_success_manager": "csm",
        "cs_manager": "manager",
        "vp": "executive",
        "ae": "account_executive",
        "sales": "account_executive",
        "administrator": "admin",
        "cs_ops": "admin",
    }
)
CONTACT_WORDS = MappingProxyType(
    {
        "key_contact": "champion",
        "advocate": "champion",
        "executive_sponsor": "exec_sponsor",
        "sponsor": "exec_sponsor",
        "economic_buyer": "exec_sponsor",
        "decision_maker": "exec_sponsor",
        "administrator": "admin",
        "tech_lead": "technical_lead",
        "technical": "technical_lead",
        "end_user": "user",
    }
)
SEVERITY_WORDS = MappingProxyType(
    {
        "medium": "normal",
        "critical": "urgent",
        "blocker": "urgent",
        "p1": "urgent",
        "p2": "high",
        "p3": "normal",
        "p4": "low",
        "minor": "low",
        "major": "high",
    }
)
PAYMENT_WORDS = MappingProxyType(
    {
        "succeeded": "paid",
        "success": "paid",
        "declined": "failed",
        "uncollectible": "failed",
        "past_due": "open",
        "overdue": "open",
        "unpaid": "open",
        "pending": "open",
        "due": "open",
    }
)
TOUCH_WORDS = MappingProxyType(
    {
        "mtg": "meeting",
        "zoom": "meeting",
        "demo": "meeting",
        "quarterly_business_review": "qbr",
        "ebr": "qbr",
        "phone": "call",
        "phone_call": "call",
        "e_mail": "email",
        "exec": "executive",
    }
)
MOVEMENT_WORDS = MappingProxyType(
    {
        "new_business": "new",
        "upsell": "expansion",
        "upgrade": "expansion",
        "cross_sell": "expansion",
        "downsell": "contraction",
        "downgrade": "contraction",
        "churned": "churn",
        "cancellation": "churn",
        "lost": "churn",
    }
)

GOAL_WORDS = MappingProxyType(
    {"in_progress": "open", "achieved": "met", "completed": "met", "failed": "missed"}
)
