"""The signals: named, documented columns of numbers that scoring models weigh."""

from scoring.signals import money, own, product_usage, relationship, support
from scoring.signals.registry import SIGNALS, Raw, Signal, compute_needs, compute_raws

#: Importing a module registers its signals.
MODULES = (product_usage, support, money, relationship, own)

__all__ = ["MODULES", "SIGNALS", "Raw", "Signal", "compute_needs", "compute_raws"]
