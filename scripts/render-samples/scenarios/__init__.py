"""The scenarios by name, in the order of the seed's families. Each module defines some; each says what breaks and why."""

from . import application, config, images, loose, memory, node, probes, quiet, roots, security
from .registry import ALL

__all__ = ["ALL", "application", "config", "images", "loose", "memory", "node", "probes", "quiet", "roots", "security"]
