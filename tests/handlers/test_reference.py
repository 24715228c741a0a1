from pathlib import Path

from blocks.help import HelpLine, build_help
from bot.manifest import COMMANDS
from handlers.commands.reference import build_reference
from handlers.commands.verbs import VERBS
from tests.blocks.checks import check_reply

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_page_is_what_the_verbs_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == build_reference(), (
        "docs/commands.md is stale: uv run python -m handlers.commands.reference > docs/commands.md"
    )


def test_every_verb_explains_itself_by_example() -> None:
    for verb in VERBS.values():
        assert verb.usage.startswith(f"/cs {verb.name}")
        assert verb.purpose.endswith(".")
        assert any("`" in detail for detail in verb.details)
        check_reply(build_help([HelpLine(verb.usage, verb.shortcut, verb.purpose, verb.details)]))


def test_the_manifest_has_every_shortcut() -> None:
    commands = {command for command, _, _ in COMMANDS}
    shortcuts = {verb.shortcut.split()[0] for verb in VERBS.values() if verb.shortcut}
    assert commands == {"/cs", *shortcuts}


def test_every_example_is_understood() -> None:
    for verb in VERBS.values():
        for detail in verb.details:
            for example in (part for part in detail.split("`")[1::2] if part.startswith("/cs ")):
                _, name, *words = example.split()
                VERBS[name].parse(" ".join(words))
