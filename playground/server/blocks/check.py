"""Entry points: errors of a message's blocks and of a view, in Slack's words, empty when all is well."""

from playground.server.kinds import Json


def check_message_blocks(blocks: list[Json]) -> list[str]:
    return []


def check_view(view: Json) -> list[str]:
    return []
