"""What to do next about an account: one sentence, from what weighs on it most."""

import re

from scoring.views import ScoreExplanation, SignalPoints

#: Below this share of a signal's points something is worth doing about it.
WORTH_DOING = 0.7
_WORD = re.compile(r"[a-z]+")

# Read from the top; the first line with a word of the signal's name or dimension holds. Teams name the
# parts of their models as they like, so beginnings of words are looked for and not names.
_BY_WORD: tuple[tuple[tuple[str, ...], str], ...] = (
    (("champion",), "Find and win a new champion: ask your contacts who gains most from the product."),
    (("sponsor", "executive"), "Ask for 20 minutes with an executive sponsor before the next renewal talk."),
    (("notice", "non renewal"), "Call the decision maker about the notice, and ask what would change it."),
    (("payment", "invoice", "billing", "financ"), "Settle the open payment with their billing contact."),
    (("nps", "csat", "survey", "sentiment", "rating"), "Call whoever rated low, and say what will change."),
    (("ticket", "support", "severity"), "Go through the open tickets with support, then call with dates."),
    (("qbr", "business review"), "Book the next business review, with their goals as its agenda."),
    (("meeting", "touch", "interaction", "csm"), "Book a meeting with them this week."),
    (("renewal", "opt out"), "Start the renewal conversation now, before the date to opt out."),
    (("goal", "outcome", "milestone", "roi"), "Agree on the next goal and how both sides will measure it."),
    (("feature", "adoption", "integration"), "Ask which features they stopped using; show what they miss."),
    (("api",), "Ask their technical lead why calls to the API went down."),
    (("seat", "licen", "plan", "growth", "new user", "team"), "Offer training to those who are not in yet."),
    (("login", "usage", "active", "dau", "session", "action", "engagement"),
     "Ask the admin what keeps people from logging in, and offer a working session."),
    (("onboarding",), "Finish the onboarding: name the next step and who does it."),
    (("relationship", "community", "referral"), "Meet a second person there; one is not enough."),
)  # fmt: skip
_QUIET = "Nothing presses. Keep the cadence, and ask what would make them grow."
_UNKNOWN = "Connect the missing data first; the score says little without it."


def find_heaviest(explanation: ScoreExplanation) -> SignalPoints | None:
    """The signal with data that costs the score most points; None where none costs any."""
    known = (signal for signal in explanation.signals if signal.raw is not None)
    weighing = [signal for signal in known if compute_lost_micro(signal) > 0]
    return max(weighing, key=compute_lost_micro, default=None)


def compute_lost_micro(signal: SignalPoints) -> int:
    """The points a signal could have given and did not, in millionths; 0 where it is unknown."""
    if signal.value is None:
        return 0
    return max(0, round(signal.weight * 100_000_000) - signal.points_micro)


def compute_advice(explanation: ScoreExplanation) -> str:
    """One sentence: what to do next."""
    if explanation.score_micro is None:
        return _UNKNOWN
    heaviest = find_heaviest(explanation)
    if heaviest is None or (heaviest.value or 0.0) >= WORTH_DOING:
        return _QUIET
    return compute_advice_about(heaviest.name, heaviest.title, heaviest.dimension)


def compute_advice_about(name: str, title: str, dimension: str) -> str:
    """One sentence: what to do about a signal. Its own name says more than the dimension it is part of."""
    for called in (f"{name} {title}", dimension):
        words = " " + " ".join(_WORD.findall(called.lower()))
        for beginnings, sentence in _BY_WORD:
            if any(f" {beginning}" in words for beginning in beginnings):
                return sentence
    return f"Ask them about {title.lower()}, which weighs on the score most."


def compute_advice_without_data(title: str) -> str:
    """One sentence: what to do about a signal whose data has ended."""
    return f"Find out why there is no data on {title} any more; the account itself may be fine."
