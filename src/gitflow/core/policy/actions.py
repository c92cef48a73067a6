"""Rules about what runs: ``forbid_actions``, ``pin_images``, ``forbid_raw``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes import texts
from gitflow.core.policy import descriptions, subjects
from gitflow.core.policy.records import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.policy.records import Case, Rule


def forbid_actions(rule: Rule, case: Case) -> Iterator[Finding]:
    for used in subjects.used_actions(rule, case.head):
        found = descriptions.why(rule.value, used.action)
        if found is not None:
            key, why = found
            message = f"{used.what} {why}, which is forbidden here"
            yield Finding(used.kind, used.name, used.where, message, key=(key,))


def pin_images(rule: Rule, case: Case) -> Iterator[Finding]:
    for used in subjects.used_actions(rule, case.head):
        image = descriptions.image_of(used.action)
        if image is not None and not descriptions.is_pinned(image):
            message = f'{used.what} has the image "{image}", which is not pinned by its digest'
            hint = "write it as name@sha256:…; a tag can be moved"
            yield Finding(used.kind, used.name, used.where, message, hint, key=("image",))


def forbid_raw(rule: Rule, case: Case) -> Iterator[Finding]:
    for used in subjects.used_actions(rule, case.head):
        found = texts.raw_in(texts.of_action(used.action))
        if found:
            message = f"{used.what} pastes {{{{ {found[0][1].strip()} }}}} into its script"
            hint = "leave `| raw` out: the value then travels in an environment variable"
            yield Finding(used.kind, used.name, used.where, message, hint, key=("cmd",))
