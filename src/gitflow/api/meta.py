"""The server itself: whether it lives, whether it is ready, what clients must know before they sign in."""

from __future__ import annotations

from gitflow.api.answer import Answer, answer
from gitflow.api.call import Call
from gitflow.api.route import Route


async def healthz(call: Call) -> Answer:
    return answer({"status": "ok", "version": call.server.version})


ROUTES = (Route("GET", "/healthz", healthz, "public", "Whether the process lives", answer="Health"),)
