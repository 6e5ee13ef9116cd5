"""A script's text becomes its tree, or the list of everything that is wrong with it. Nothing is read or written."""

from __future__ import annotations

from .format import format
from .reader import parse

__all__ = ["format", "parse"]
