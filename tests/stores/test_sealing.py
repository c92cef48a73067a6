"""Sealed values: they open with the key they name, where they were written, and nothing else opens them."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import tempfile

import pytest

from gitflow.core.errors import StoreError
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.jobs.job import SentEvent, StepRun, Steps
from gitflow.core.language.definition import Field, Task
from gitflow.core.record import replace
from gitflow.core.values import MASK
from gitflow.stores.registry import open_stores
from gitflow.stores.sealing import KEY_FILE, MARK, Sealer

SECRET = "hunter-two"


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / KEY_FILE)


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def test_what_is_sealed_opens_again_also_in_another_process(path):
    sealed = Sealer(path).seal('{"a": "ü\\ud800"}', "output of job x")
    assert sealed.startswith(MARK)
    assert SECRET not in sealed
    assert Sealer(path).open(sealed, "output of job x") == '{"a": "ü\\ud800"}'


def test_the_same_value_is_never_sealed_alike(path):
    sealer = Sealer(path)
    assert len({sealer.seal("same", "here") for _ in range(20)}) == 20


def test_a_sealed_value_opens_only_where_it_was_written_and_unchanged(path):
    sealer = Sealer(path)
    sealed = sealer.seal(SECRET, "output of job x")
    changed = sealed[:-5] + ("A" if sealed[-5] != "A" else "B") + sealed[-4:]
    for text, place in ((sealed, "output of job y"), (changed, "output of job x"), (sealed[:-8], "output of job x")):
        with pytest.raises(StoreError, match="has been changed"):
            sealer.open(text, place)


def test_the_key_file_is_made_once_for_its_owner_alone(path):
    assert not os.path.exists(path)
    first, second = Sealer(path), Sealer(path)
    one, other = first.seal("a", "p"), second.seal("b", "p")
    assert (second.open(one, "p"), first.open(other, "p")) == ("a", "b")
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.listdir(os.path.dirname(path)) == [KEY_FILE]


def test_processes_that_make_it_at_once_agree_on_one_key(path):
    program = f"from gitflow.stores.sealing import Sealer; print(Sealer({path!r}).seal('x', 'p'))"
    started = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    sealed = [process.communicate(timeout=30)[0].strip() for process in started]
    assert [Sealer(path).open(one, "p") for one in sealed] == ["x"] * 4


def test_a_new_key_seals_and_old_keys_still_open(path):
    old = Sealer(path).seal(SECRET, "p")
    with open(path) as file:
        before = file.read()
    with open(path, "w") as file:
        file.write(f"{new_key()}\n{before}")
    rotated = Sealer(path)
    assert rotated.open(old, "p") == SECRET
    new = rotated.seal(SECRET, "p")
    assert new.split(":")[1] != old.split(":")[1]


def test_a_digest_tells_the_same_text_with_the_key_that_made_it_and_nothing_without(path):
    digest = Sealer(path).digest(SECRET)
    assert Sealer(path).digest(SECRET, like=digest) == digest
    assert Sealer(path).digest("another", like=digest) != digest
    assert hashlib.sha256(SECRET.encode()).hexdigest() not in digest
    with open(path) as file:
        before = file.read()
    with open(path, "w") as file:
        file.write(f"{new_key()}\n{before}")
    assert Sealer(path).digest(SECRET) != digest
    assert Sealer(path).digest(SECRET, like=digest) == digest


def test_a_request_whose_key_is_lost_is_not_taken_for_the_same(tmp_path):
    with open_stores(str(tmp_path)) as stores:
        stores.jobs.put_idempotency_key("ada", "k", "request", "job-1", 1.0)
    (tmp_path / KEY_FILE).write_text(new_key())
    with open_stores(str(tmp_path)) as stores:
        assert stores.jobs.idempotency_key("ada", "k", "request") == (False, "job-1", 1.0)
        stores.jobs.put_idempotency_key("ada", "k", "request", "job-2", 2.0)
        assert stores.jobs.idempotency_key("ada", "k", "request") == (True, "job-2", 2.0)


def test_a_key_put_back_is_found_without_a_new_start(path):
    sealed = Sealer(path).seal(SECRET, "p")
    os.rename(path, path + ".away")
    sealer = Sealer(path)
    with pytest.raises(StoreError, match=f"key {sealed.split(':')[1]}.*put the key file back"):
        sealer.open(sealed, "p")
    os.rename(path + ".away", path)
    assert sealer.open(sealed, "p") == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused(path, mode):
    Sealer(path).seal("x", "p")
    os.chmod(path, mode)
    with pytest.raises(StoreError, match="chmod 600"):
        Sealer(path).seal("x", "p")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(("mode", "is_taken"), [(0o440, True), (0o640, True), (0o444, False), (0o460, False)])
def test_a_key_of_root_may_be_read_by_the_group_that_it_is_given_to(mode, is_taken):
    """As the Secrets of Kubernetes are: files of root's, with the group of the pod."""
    nobody = 65534
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, KEY_FILE)
        Sealer(path).seal("x", "p")
        os.chown(path, 0, nobody)
        os.chmod(path, mode)

        def seal() -> None:
            os.setgroups([])
            os.setgid(nobody)
            os.setuid(nobody)
            Sealer(path).seal("x", "p")

        assert (run_in_child(seal) == "") is is_taken


def run_in_child(work) -> str:
    """What goes wrong in a copy of this process; empty if nothing does."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    with os.fdopen(read) as said:
        return said.read()


@pytest.mark.parametrize("text", ["not base64!\n", "c2hvcnQ=\n"])
def test_a_damaged_key_file_is_refused_and_left_as_it_is(path, text):
    with open(path, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(text)
    with pytest.raises(StoreError, match="base64 of 32 bytes"):
        Sealer(path).seal("x", "p")
    with open(path) as file:
        assert file.read() == text


def test_a_configured_key_file_is_never_made(path):
    with pytest.raises(StoreError, match=r"secrets_key_file.*openssl rand"):
        Sealer(path, is_configured=True).seal("x", "p")
    assert not os.path.exists(path)


def secret_job(job_of, plan):
    step = StepRun("build", item=SECRET, input={"a": SECRET}, output={"k": [SECRET], SECRET: 1, "n": 2})
    return job_of(
        steps=Steps.of({"build": step}),
        input={"own": SECRET},
        output={"build": f"x{SECRET}y"},
        hook={"error_message": SECRET},
        sent_events=(SentEvent("e1", "go", {"word": SECRET}, "ada", 1.0),),
        secrets=(SECRET,),
        plan=plan,
    )


def in_files(folder) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_every_value_of_a_job_that_holds_a_secret_is_sealed_and_comes_back(tmp_path, job_of, plan, plan_of):
    job = secret_job(job_of, plan)
    with open_stores(str(tmp_path / "state")) as stores:
        stores.jobs.create(job, ())
        assert stores.jobs.load(job.id, plan_of) == job
    with open_stores(str(tmp_path / "state")) as stores:
        loaded = stores.jobs.load(job.id, plan_of)
        assert loaded == job
        assert loaded.secrets == (SECRET,)
    assert in_files(tmp_path) == []


def test_what_people_read_of_a_job_is_masked_for_good(tmp_path, job_of, plan_of, save):
    with open_stores(str(tmp_path / "state")) as stores:
        job = job_of("build", secrets=(SECRET,), error_message=f"no {SECRET}", labels={"for": SECRET})
        entry = HistoryEntry(1.0, "worker", "step.failed", "build", 1, {"error_message": f"it said {SECRET}"})
        stores.jobs.create(job, [entry])
        save(stores.jobs, job, build={"error_message": SECRET, "skip_reason": SECRET, "attempt": 1})
        loaded = stores.jobs.load(job.id, plan_of)
        assert loaded.error_message == f"no {MASK}"
        assert loaded.labels == {"for": MASK}
        assert (loaded.steps["build"].error_message, loaded.steps["build"].skip_reason) == (MASK, MASK)
        assert stores.jobs.attempts(job.id)[0].error_message == MASK
        assert stores.jobs.history(job.id)[0].details == {"error_message": f"it said {MASK}"}
    assert in_files(tmp_path) == []


def test_an_input_that_is_marked_secret_is_sealed_however_short_it_is(tmp_path, job_of, plan):
    hidden = replace(plan, task=Task("hello", {}, input={"pin": Field("pin", secret=True)}))
    with open_stores(str(tmp_path / "state")) as stores:
        job = job_of(input={"pin": "7#"}, plan=hidden)
        stores.jobs.create(job, ())
        assert stores.jobs.load(job.id, lambda *names: hidden).input == {"pin": "7#"}
    assert not any(b'"7#"' in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_what_people_give_a_job_is_sealed_on_its_way(tmp_path, job_of):
    with open_stores(str(tmp_path / "state")) as stores:
        stores.jobs.create(job_of(owner_id="me"), ())
        job_id = stores.jobs.open_jobs("me")[0]
        stores.jobs.add_request(job_id, "decide", {"step": "gate", "input": {"pin": SECRET}}, "ada", 1.0)
        assert stores.jobs.requests("me")[0].arguments == {"step": "gate", "input": {"pin": SECRET}}
    assert in_files(tmp_path) == []


def test_a_lost_key_refuses_that_job_and_leaves_the_others_readable(tmp_path, job_of, plan, plan_of):
    state = tmp_path / "state"
    with open_stores(str(state)) as stores:
        sealed, other = secret_job(job_of, plan), job_of("build")
        stores.jobs.create(sealed, ())
        stores.jobs.create(other, ())
    os.unlink(state / KEY_FILE)
    with open_stores(str(state)) as stores:
        with pytest.raises(StoreError, match="put the key file back"):
            stores.jobs.load(sealed.id, plan_of)
        assert stores.jobs.load(other.id, plan_of) == other
        stores.jobs.history(sealed.id)


def test_nothing_is_imported_or_made_for_jobs_without_secrets(tmp_path):
    program = (
        "import sys; from gitflow.stores.registry import open_stores\n"
        f"with open_stores({str(tmp_path)!r}): pass\n"
        "assert not {'cryptography', 'gitflow.stores.sealing', 'hashlib'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
    assert not (tmp_path / KEY_FILE).exists()
