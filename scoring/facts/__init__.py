"""Facts about accounts as columns, seen as they were known at the end of any day."""

from scoring.facts.loaded import BlockFacts, Facts, FactsAsOf
from scoring.facts.needs import Needs, merge_needs

__all__ = ["BlockFacts", "Facts", "FactsAsOf", "Needs", "merge_needs"]
