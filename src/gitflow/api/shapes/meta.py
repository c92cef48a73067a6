"""Shapes of the server itself."""

from __future__ import annotations

from gitflow.api.shapes.writing import TEXT, one_of, shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SHAPES: Mapping[str, JsonObject] = {
    "Health": shape("The process lives.", {"status": one_of("ok"), "version": TEXT}),
}
