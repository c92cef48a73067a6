"""Workers: who runs steps."""

from __future__ import annotations

ROUTES = ()
