"""The fictional demo district, made by rule and chance for any number of compounds."""

from planner.district.demo.compose import AS_OF, NAME, make_demo
from planner.district.demo.messy import write_messy

__all__ = ["AS_OF", "NAME", "make_demo", "write_messy"]
