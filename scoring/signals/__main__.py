"""Prints docs/signals.md."""

import sys

from scoring.signals.documenting import build_page

sys.stdout.write(build_page())
