"""A server refuses a revision that breaks the policy in force, and never the revision in force."""

from __future__ import annotations

import pytest
from repositories import BROKEN, Repository, Server

from gitflow.stores.protocols.revisions import Acceptance, SyncPause
from gitflow.workspaces.folder import FolderWorkspace

SHORT = "rules: {short: {max_timeout: 1h, except: [{name: slow, until: 2026-01-10, reason: disks}]}}\n"
QUICK = "tasks: {t: {timeout: 1m, flow: {a: {type: shell, cmd: ls}}}}\n"
SLOW = QUICK.replace("1m", "2h")
EXEMPT = SLOW.replace("t:", "slow:", 1)
TRAILER = "rules: {promised: {allow_breaking: trailer}}\n"
NEEDY = QUICK.replace("flow", "input: {x: {required: true}}, flow")
DAY_S = 86400.0
#: 2026-01-05T00:00:00Z.
START = 1767571200.0


@pytest.fixture
def repository(tmp_path) -> Repository:
    return Repository(tmp_path / "remote")


@pytest.fixture
def server(tmp_path) -> Server:
    made = Server(tmp_path)
    made.now = START
    return made


def refused(served) -> list[str]:
    candidate = served.get("w").candidate
    return [problem.rule for problem in candidate.problems] if candidate else []


def test_a_violation_is_refused_like_an_error_and_shown(repository, server):
    repository.commit(SHORT, ".workflows/policy.yaml")
    good = repository.push(QUICK)
    with server.serving(w=server.git(repository)) as served:
        assert served.refresh("w")
        bad = repository.push(SLOW)
        assert not served.refresh("w")
        assert (served.get("w").revision.id, served.get("w").candidate.revision.id) == (good, bad)
        assert refused(served) == ["short"]


def test_a_revision_cannot_loosen_the_policy_it_is_judged_by(repository, server):
    repository.commit(SHORT, ".workflows/policy.yaml")
    good = repository.push(QUICK)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        repository.commit("rules: {}\n", ".workflows/policy.yaml")
        repository.push(SLOW)
        served.refresh("w")
        assert (served.get("w").revision.id, refused(served)) == (good, ["short"])
        loosened = repository.push(QUICK)
        assert served.refresh("w")
        assert served.get("w").revision.id == loosened
        repository.push(SLOW)
        assert served.refresh("w")


def test_a_first_revision_is_judged_by_its_own_policy(repository, server):
    repository.commit(SHORT, ".workflows/policy.yaml")
    repository.push(SLOW)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        assert (served.get("w").snapshot, refused(served)) == (None, ["short"])


def accept(server, revision: str) -> None:
    server.acceptances["w", revision] = Acceptance("w", revision, START, "ann", "disks")


def test_a_revision_that_was_accepted_is_served_although_it_breaks_the_policy_and_no_other(repository, server):
    repository.commit(SHORT, ".workflows/policy.yaml")
    repository.push(QUICK)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        bad = repository.push(SLOW)
        served.refresh("w")
        assert served.get("w").candidate.breaks_policy
        accept(server, bad)
        assert served.refresh("w")
        assert (served.get("w").revision.id, served.get("w").candidate) == (bad, None)
        next_one = repository.push(SLOW.replace("ls", "df"))
        assert not served.refresh("w")
        assert served.get("w").candidate.revision.id == next_one
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        assert served.get("w").revision.id == bad


def test_a_pause_holds_back_an_accepted_revision_too(repository, server):
    repository.commit(SHORT, ".workflows/policy.yaml")
    good = repository.push(QUICK)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        bad = repository.push(SLOW)
        served.refresh("w")
        server.pauses["w"] = SyncPause("w", START, "ann", "an incident")
        accept(server, bad)
        assert not served.refresh("w")
        assert served.get("w").revision.id == good
        server.pauses.clear()
        assert served.refresh("w")
        assert served.get("w").revision.id == bad


def test_errors_in_definitions_are_refused_also_where_the_revision_was_accepted(repository, server):
    repository.commit(SHORT, ".workflows/policy.yaml")
    good = repository.push(QUICK)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        broken = repository.push(BROKEN)
        accept(server, broken)
        assert not served.refresh("w")
        assert (served.get("w").revision.id, served.get("w").candidate.breaks_policy) == (good, False)


def test_a_revision_with_a_broken_policy_is_refused(repository, server):
    repository.commit(SHORT, ".workflows/policy.yaml")
    repository.push(QUICK)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        repository.push("rules: {a: {}}\n", ".workflows/policy.yaml")
        served.refresh("w")
        assert refused(served) == ["exactly-one"]


def test_an_exception_that_ended_refuses_what_is_new_and_not_what_is_in_force(repository, server):
    repository.commit(SHORT, ".workflows/policy.yaml")
    good = repository.push(EXEMPT)
    with server.serving(w=server.git(repository)) as served:
        assert served.refresh("w")
    server.now = START + 30 * DAY_S
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        assert (served.get("w").revision.id, refused(served)) == (good, [])
        repository.push(EXEMPT + "# more\n")
        served.refresh("w")
        assert (served.get("w").revision.id, refused(served)) == (good, ["short"])


def test_after_a_restart_the_policy_that_was_in_force_still_judges(repository, server):
    repository.commit(SHORT, ".workflows/policy.yaml")
    good = repository.push(QUICK)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
    repository.commit("rules: {}\n", ".workflows/policy.yaml")
    repository.push(SLOW)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        assert (served.get("w").revision.id, refused(served)) == (good, ["short"])


def test_a_breaking_change_needs_the_trailer_in_one_of_its_commits(repository, server):
    repository.commit(TRAILER, ".workflows/policy.yaml")
    repository.push(QUICK)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        repository.push(NEEDY)
        served.refresh("w")
        assert refused(served) == ["promised"]
        repository.commit("note\n", "note.txt", "Note\n\nBreaking: yes")
        declared = repository.push("note more\n", "note.txt", "Note more")
        assert served.refresh("w")
        assert served.get("w").revision.id == declared


def test_owners_and_warnings_refuse_nothing_on_a_server(repository, server):
    rules = "rules: {owned: {owners: [ann]}, short: {max_timeout: 1h, level: warning}}\n"
    repository.commit(rules, ".workflows/policy.yaml")
    repository.push(QUICK)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        slow = repository.push(SLOW)
        assert served.refresh("w")
        assert served.get("w").revision.id == slow


def test_a_folder_is_judged_as_long_as_the_server_runs(server, tmp_path):
    folder = tmp_path / "w"
    (folder / ".workflows").mkdir(parents=True)
    (folder / ".workflows/policy.yaml").write_text(SHORT)
    (folder / ".workflows/a.yaml").write_text(QUICK)
    with server.serving(w=FolderWorkspace(str(folder), cache_dir=server.cache)) as served:
        assert served.refresh("w")
        (folder / ".workflows/policy.yaml").unlink()
        (folder / ".workflows/a.yaml").write_text(SLOW)
        assert not served.refresh("w")
        assert refused(served) == ["short"]
