"""A synthetic company with believable customers, as the CSV folder that `staysail import` reads."""

from bot.generator.company import GeneratedCompany, generate
from bot.generator.troubles import EFFECTS, Trouble

__all__ = ["EFFECTS", "GeneratedCompany", "Trouble", "generate"]
