"""Plays: what to do about an account, step by step, as files."""

from playbooks.definition import PRECEDENCE, Playbook
from playbooks.load import Library, find_play, find_playbook_files, get_library, load_library

__all__ = [
    "PRECEDENCE",
    "Library",
    "Playbook",
    "find_play",
    "find_playbook_files",
    "get_library",
    "load_library",
]
