"""The scenarios by name, in the order of the seed's families. Each module defines some; each says what breaks and why."""

from . import memory
from .registry import ALL

__all__ = ["ALL", "memory"]
