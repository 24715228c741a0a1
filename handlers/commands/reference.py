"""`docs/commands.md`, written from the verbs.

uv run python -m handlers.commands.reference > docs/commands.md
"""

import sys

from handlers.commands.verbs import VERBS, Verb

_HEAD = """# Commands

Written from `handlers/commands/verbs.py` by `uv run python -m handlers.commands.reference`; change it there.

Answers are for your eyes only. An account is found by its name, a part of it, its domain, its id or one of
its aliases (your own column `aliases`), whatever the case, accents, legal form and, within reason, the
spelling. Where several fit you choose from a menu; where none does, the nearest three are offered.
"""
_FOOT = """
## Buttons

- **Share in channel** posts the card for everyone in the channel, without figures in money: a channel can
  hold guests and people of other companies. In the team's own alerts and digest channels (`alerts_channel`
  and `digest_channel` in `staysail.yaml`; a private one by its id) money stays, if the one who shares may
  see it.
- **All signals** opens a table of every signal: value, weight and points, which add up to the score.
- **Next 20** and **Previous 20** turn the pages of a portfolio, at most ten.

On an alert, as far as its state allows; its owner, the account's CSM, their managers, whoever was called in,
admins, and who stands in for one of them may press these, and everybody else is told so privately:

- **Acknowledge** tells everyone that you have it. The first click counts; whoever comes second is told who
  was first.
- **Snooze** silences it for a day, three days, a week, until the score changes, or until the
  morning of a date, with a reason if you like. **Wake** ends a snooze.
- **Start play** writes the plan of the suggested play into the thread, with its days.
- **Why** explains the rule and the score. Under the dots: **Assign**, **Timeline** (what happened, and what
  comes by itself and when), **Escalate**, **Resolve**, **Reopen**, **Dismiss** (with a reason).
- **Still on it** and **Resolve** or **Not over yet** answer what the alert asks.
- **Useful** and **Not useful**, with a reason, are for everybody of the team, at any time; the later answer
  replaces the earlier.

## Who sees what

Staysail knows people by `people.csv`: by `slack_id`, or the first time by their e-mail address in Slack
(scopes `users:read` and `users:read.email`), which it then remembers. Anyone else can ask too, sees no
figure in money, and is told why. People of other workspaces (Slack Connect) are never matched by e-mail.
"""


def build_reference() -> str:
    """The page, whole."""
    return "\n".join((_HEAD, *(_describe(verb) for verb in VERBS.values()))) + _FOOT


def _describe(verb: Verb) -> str:
    short = f" or `{verb.shortcut}`" if verb.shortcut else ""
    details = "\n".join(f"- {detail}" for detail in verb.details)
    return f"## {verb.name}\n\n`{verb.usage}`{short}\n\n{verb.purpose}\n\n{details}\n"


if __name__ == "__main__":
    sys.stdout.write(build_reference())
