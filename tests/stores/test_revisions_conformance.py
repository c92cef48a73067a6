"""What every kind of store keeps of revisions."""

from __future__ import annotations

import pytest

from gitflow.core.language.snapshot import Commit
from gitflow.core.language.sources import Revision
from gitflow.core.problems import Place, Problem, Severity
from gitflow.core.record import replace
from gitflow.core.signatures import Signature, Verdict
from gitflow.stores.protocols.revisions import Acceptance, LoadedRevision, SyncPause
from gitflow.stores.sql import revisions

PROBLEM = Problem.at(Place("a.yaml", 3, 7), "unknown-step", "there is no \udcff", "a hint", Severity.WARNING)

SIGNATURE = Signature(Verdict.EXPIRED, "tag", "c" * 40, "Ada \udcff", "SHA256:x", 3.5, "it was too late")


def loaded(revision, *, workspace="w", accepted=True, at=1.0, **rest):
    return LoadedRevision(workspace, Revision(revision), at, accepted, **rest)


def listed(stores, workspace="w", **page):
    return [(row.revision.id, row.is_accepted) for row in stores.revisions.revisions(workspace, **page)]


def test_what_was_loaded_comes_back_whole(stores):
    commit = Commit("b" * 40, "Ada <ada@example.org>", "Say hello", 5.5)
    row = LoadedRevision("w", Revision("a" * 40, commit, True), 7.25, False, "main", (PROBLEM,), SIGNATURE)
    stores.revisions.add(row)
    stores.revisions.add(loaded("x", workspace="other"))
    [found] = stores.revisions.revisions("w")
    assert found == replace(row, id=found.id)


def test_the_newest_row_of_a_revision_gets_the_commit_that_its_files_are_of_now(stores):
    for name in ("a", "b", "a"):
        stores.revisions.add(LoadedRevision("w", Revision(name, None, True), 1.0, True))
    stores.revisions.add(loaded("a", workspace="other"))
    before = stores.revisions.revisions("w")
    named = Revision("a", Commit("c" * 40, "Ada", "Say hello", 5.5))
    stores.revisions.name_commit("w", named, "main")
    assert stores.revisions.revisions("w") == [replace(before[0], revision=named, branch="main"), *before[1:]]
    assert stores.revisions.revisions("other")[0].revision == Revision("a")
    stores.revisions.name_commit("w", Revision("unknown"), None)


def test_the_newest_come_first_by_the_page(stores):
    for number in range(5):
        stores.revisions.add(loaded(str(number)))
    first = stores.revisions.revisions("w", limit=2)
    assert [row.revision.id for row in first] == ["4", "3"]
    assert listed(stores, before=first[-1].id) == [("2", True), ("1", True), ("0", True)]
    assert listed(stores, "nobody") == []


def test_a_restart_tells_nothing_new_of_what_is_known(stores):
    stores.revisions.add(loaded("good"))
    stores.revisions.add(loaded("broken", accepted=False))
    before = listed(stores)
    stores.revisions.add(loaded("good"), unless_known=True)
    stores.revisions.add(loaded("broken", accepted=False), unless_known=True)
    assert listed(stores) == before
    stores.revisions.add(loaded("good"))
    stores.revisions.add(loaded("broken"), unless_known=True)
    assert listed(stores) == [("broken", True), ("good", True), *before]


def test_the_last_accepted_one_is_known_however_many_were_refused(stores, monkeypatch):
    monkeypatch.setattr(revisions, "MAX_REVISIONS", 3)
    for number in range(5):
        stores.revisions.add(loaded(f"good {number}"))
    for number in range(5):
        stores.revisions.add(loaded(f"broken {number}", accepted=False))
    assert listed(stores) == [
        ("broken 4", False),
        ("broken 3", False),
        ("broken 2", False),
        ("good 4", True),
    ]
    assert stores.revisions.last_accepted("w").revision.id == "good 4"
    assert stores.revisions.last_accepted("nobody") is None


def test_what_was_seen_is_known_by_when_it_was_seen_first(stores):
    assert stores.revisions.first_seen("w", "a") is None
    stores.revisions.see("w", "a", 5.0)
    stores.revisions.see("w", "a", 7.0)
    stores.revisions.see("w", "a", 3.0)
    assert stores.revisions.first_seen("w", "a") == 5.0
    assert (stores.revisions.first_seen("other", "a"), stores.revisions.first_seen("w", "b")) == (None, None)


def test_what_was_loaded_was_seen_then(stores):
    stores.revisions.see("w", "a", 5.0)
    stores.revisions.add(loaded("a", at=4.0, accepted=False))
    stores.revisions.add(loaded("b", at=9.0))
    stores.revisions.add(loaded("b", at=11.0))
    assert (stores.revisions.first_seen("w", "a"), stores.revisions.first_seen("w", "b")) == (4.0, 9.0)


def test_what_was_seen_long_ago_is_forgotten_where_there_is_much(stores, monkeypatch):
    monkeypatch.setattr(revisions, "MAX_SEEN", 3)
    for number in range(5):
        stores.revisions.see("w", str(number), float(number))
    stores.revisions.see("other", "0", 1.0)
    found = [stores.revisions.first_seen("w", str(number)) for number in range(5)]
    assert found == [None, None, 2.0, 3.0, 4.0]
    assert stores.revisions.first_seen("other", "0") == 1.0


def test_a_pause_is_kept_until_it_is_dropped(stores):
    pause = SyncPause("w", 5.0, "ann", "an incident")
    assert (stores.revisions.pauses(), stores.revisions.pause("w")) == ([], None)
    stores.revisions.put_pause(pause)
    assert (stores.revisions.pauses(), stores.revisions.pause("w")) == ([pause], pause)
    assert (stores.revisions.drop_pause("other"), stores.revisions.drop_pause("w")) == (False, True)
    assert stores.revisions.pauses() == []


def test_an_acceptance_is_kept_and_shown_with_its_revision(stores):
    accepted = Acceptance("w", "a", 5.123456789012345, "ann", "disks")
    stores.revisions.put_acceptance(accepted)
    for each in (loaded("a", accepted=False), loaded("b"), loaded("a")):
        stores.revisions.add(each)
    assert stores.revisions.acceptances() == stores.revisions.acceptances("w") == [accepted]
    assert stores.revisions.acceptances("other") == []
    assert [row.acceptance for row in stores.revisions.revisions("w")] == [accepted, None, accepted]


def test_an_acceptance_takes_the_place_of_the_one_before(stores):
    first = Acceptance("w", "a", 5.0, "ann", "disks", expires_at=9.0)
    ended = replace(first, ended_at=6.0, ended_by="bob", ended_reason="no")
    for each in (first, ended):
        stores.revisions.put_acceptance(each)
        assert stores.revisions.acceptances() == [each]
    assert [first.counts(8.9), first.counts(9.0), ended.counts(7.0)] == [True, False, False]


def test_problems_are_bounded(stores, monkeypatch):
    monkeypatch.setattr(revisions, "MAX_PROBLEMS", 2)
    stores.revisions.add(loaded("x", accepted=False, problems=(PROBLEM,) * 5))
    assert len(stores.revisions.revisions("w")[0].problems) == 2


def test_revisions_of_jobs_are_those_of_their_snapshots(stores):
    assert stores.revisions.of_jobs() == set()
    with stores.jobs.transaction():
        stores.jobs.put_snapshot("w", "a", b"x")
    assert stores.revisions.of_jobs() == {("w", "a")}


def test_what_is_told_in_a_transaction_that_fails_is_not_kept(stores):
    def fail():
        with stores.jobs.transaction():
            stores.revisions.add(loaded("x"))
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert listed(stores) == []
