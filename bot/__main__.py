"""``python -m bot``: the same as ``staysail``."""

from bot.cli import main

main()
