import fcntl
import os
import signal
import subprocess
import sys
import threading

import pytest

from gitflow.core.errors import StoreError
from gitflow.stores.owners import Owners, is_server

CHILD = """
import sys
from gitflow.stores.owners import Owners
owners = Owners(sys.argv[1])
mine = owners.claim()
print(mine.id, flush=True)
{then}
sys.stdin.read()
"""


@pytest.fixture
def child(state_dir):
    """A process that owns something, and its id; it is gone when the test ends."""
    running = []

    def start(then=""):
        code = CHILD.format(then=then)
        process = subprocess.Popen(
            [sys.executable, "-c", code, state_dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_a_living_owner_is_never_taken(state_dir):
    one, other = Owners(state_dir), Owners(state_dir)
    with one.claim() as owner:
        assert other.take_dead([owner.id]) == []
        assert one.take_dead([owner.id]) == []
        assert other.alive() == [(owner.id, os.getpid())]


def test_an_owner_that_has_let_go_can_be_taken_by_one_only(state_dir):
    one, other = Owners(state_dir), Owners(state_dir)
    owner = one.claim()
    owner.close()
    owner.close()
    assert one.take_dead([owner.id]) == [owner.id]
    assert other.take_dead([owner.id]) == []
    assert one.take_dead([owner.id]) == []


def test_what_is_settled_leaves_no_file(state_dir):
    owners = Owners(state_dir)
    assert owners.take_dead(["gone"]) == ["gone"]
    owners.settled("gone")
    assert os.listdir(os.path.join(state_dir, "owners")) == []


def test_what_was_taken_but_not_settled_can_be_taken_by_the_next(state_dir):
    one, other = Owners(state_dir), Owners(state_dir)
    assert one.take_dead(["gone"]) == ["gone"]
    one.close()
    assert other.take_dead(["gone"]) == ["gone"]
    other.close()


def test_a_killed_owner_is_dead_and_a_stopped_one_is_not(state_dir, child):
    process, id = child()
    owners = Owners(state_dir)
    process.send_signal(signal.SIGSTOP)
    assert owners.take_dead([id]) == []
    process.kill()
    process.wait()
    assert owners.alive() == []
    assert owners.take_dead([id]) == [id]


def test_a_program_that_an_owner_started_does_not_keep_it_alive(state_dir, child):
    process, id = child(
        "import subprocess; cat = subprocess.Popen(['cat'], stdin=subprocess.PIPE); print(cat.pid, flush=True)"
    )
    assert process.stdout.readline().strip().isdigit()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert Owners(state_dir).take_dead([id]) == [id]


def test_of_many_who_take_at_once_one_wins(state_dir):
    everyone = [Owners(state_dir) for _ in range(8)]
    for number in range(20):
        together = threading.Barrier(len(everyone))
        won = []

        def take(owners, id=f"dead{number}", together=together, won=won):
            together.wait()
            won.extend(owners.take_dead([id]))

        threads = [threading.Thread(target=take, args=[owners]) for owners in everyone]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1


def files(state_dir):
    return sorted(os.listdir(os.path.join(state_dir, "owners")))


def test_files_of_dead_owners_without_jobs_are_removed_and_no_others(state_dir, child):
    process, killed = child()
    _, stopped = child()
    other, killed_too = child()
    with_jobs = child()
    for each in (process, other, with_jobs[0]):
        each.kill()
        each.wait()
    os.open(os.path.join(state_dir, "owners", "notes.txt"), os.O_CREAT)
    owners = Owners(state_dir)
    with owners.claim() as mine:
        assert sorted(owners.clear(lambda: {with_jobs[1]})) == sorted({killed, killed_too})
        assert files(state_dir) == sorted([f"{id}.lock" for id in (stopped, with_jobs[1], mine.id)] + ["notes.txt"])
        assert owners.clear(lambda: {with_jobs[1]}) == []


def test_an_owner_that_died_after_making_a_job_is_left_to_those_who_settle_it(state_dir):
    """It died between the look at the store and the lock."""
    owners, other = Owners(state_dir), Owners(state_dir)
    owner = owners.claim()
    path, fd = owner._path, owner._fd
    asked = []

    def with_jobs():
        asked.append(1)
        if len(asked) == 1:
            os.close(fd)  # it dies just now, and had made a job
            return set()
        return {owner.id}

    assert other.clear(with_jobs) == []
    assert len(asked) == 2
    assert os.path.exists(path)
    assert other.take_dead([owner.id]) == [owner.id]
    other.close()


def test_owners_that_come_while_others_clear_keep_their_files(state_dir):
    ended = threading.Event()

    def clear():
        owners = Owners(state_dir)
        while not ended.is_set():
            owners.clear(set)

    clearing = [threading.Thread(target=clear) for _ in range(3)]
    for thread in clearing:
        thread.start()
    try:
        for _ in range(300):
            owners = Owners(state_dir)
            with owners.claim() as owner:
                assert files(state_dir).count(f"{owner.id}.lock") == 1
                assert Owners(state_dir).take_dead([owner.id]) == []
    finally:
        ended.set()
        for thread in clearing:
            thread.join()
    assert files(state_dir) == []


def test_the_dead_are_settled_once_however_many_take_and_settle(state_dir):
    """Whoever takes after the first has settled finds a new file, never the removed one."""
    one, other = Owners(state_dir), Owners(state_dir)
    for _ in range(50):
        assert one.take_dead(["x"]) == ["x"]
        assert other.take_dead(["x"]) == []
        one.settled("x")
        assert other.take_dead(["x"]) == ["x"]
        assert one.take_dead(["x"]) == []
        other.settled("x")


def test_nobody_holds_a_name_whose_file_was_removed_in_between(state_dir, monkeypatch):
    """Between another's opening of the file and its locking, the holder removes it and lets go."""
    one, other, third = (Owners(state_dir) for _ in range(3))
    assert one.take_dead(["x"]) == ["x"]
    lock = fcntl.flock

    def late(fd, how):
        monkeypatch.undo()
        one.settled("x")
        assert third.take_dead(["x"]) == ["x"]
        lock(fd, how)

    monkeypatch.setattr(fcntl, "flock", late)
    assert other.take_dead(["x"]) == []


def test_an_id_that_is_no_file_name_is_refused(state_dir):
    with pytest.raises(StoreError, match="cannot be the id"):
        Owners(state_dir).take_dead(["../../etc/passwd"])


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file/owners"):
        Owners(str(tmp_path / "file")).claim()


def test_the_id_of_an_owner_says_what_it_is(state_dir):
    owners = Owners(state_dir)
    with owners.claim() as line, owners.claim("server") as server:
        assert (line.id.partition("-")[0], is_server(line.id)) == ("run", False)
        assert (server.id.partition("-")[0], is_server(server.id)) == ("server", True)
    assert not is_server("0123456789abcdef")
