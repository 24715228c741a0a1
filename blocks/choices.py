"""Which account? A menu of those that may be meant."""

from blocks.elements import Reply, actions, menu, section
from blocks.ids import Action
from blocks.text import escape
from blocks.values import write_score_value
from bot.accounts.name_index import NameMatch
from bot.accounts.score_card import AccountChoice


def build_choice(choice: AccountChoice) -> Reply:
    """A menu that answers with the card of the account chosen."""
    called = escape(choice.called)
    if choice.fits:
        more = f" and {choice.more} more, for which type more of the name" if choice.more else ""
        said = f"{len(choice.options)} accounts fit “{called}”{more}. Which one?"
    else:
        said = f"I know no account called “{called}”. Is it one of these?"
    options = [
        (_label(option, choice), write_score_value(option.account_id, choice.model, choice.as_of))
        for option in choice.options
    ]
    return Reply(said, (section(said), actions(menu(Action.SCORE_CHOOSE, "Choose an account…", options))))


def _label(option: NameMatch, choice: AccountChoice) -> str:
    """The name, and what tells namesakes apart where there are some."""
    namesakes = [other for other in choice.options if other.name == option.name]
    apart = "" if len(namesakes) == 1 else f" · {option.domain or option.external_id}"
    # The end of a long name may go, what tells it apart may not.
    return f"{option.name[: 70 - len(apart)]}{apart}{'' if option.live else ' (churned)'}"
