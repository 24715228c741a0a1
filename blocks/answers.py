"""The answer to a question about one account, whichever it turns out to be."""

from blocks.choices import build_choice
from blocks.elements import Reply
from blocks.score_card import build_score_card
from bot.accounts.score_card import AccountChoice, ScoreCard


def build_score_answer(view: ScoreCard | AccountChoice) -> Reply:
    """The card, or the choice of accounts that may be meant."""
    return build_choice(view) if isinstance(view, AccountChoice) else build_score_card(view)
