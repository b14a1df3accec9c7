"""`Session`: an open conversation with a firmware, whatever runs it."""

from __future__ import annotations
