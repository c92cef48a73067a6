"""Opening a file: made once, migrated under a lock, refused with a sentence."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import contextmanager

import pytest

from gitflow.core.errors import StoreError
from gitflow.core.record import replace
from gitflow.stores.registry import open_stores
from gitflow.stores.sqlite.database import JOB_MIGRATIONS, open_database
from gitflow.stores.sqlite.migrations import newest_version

CREATE = "CREATE TABLE thing (name TEXT NOT NULL) STRICT;"


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state" / "some.db")


@pytest.fixture
def migrations(tmp_path):
    """A folder of migrations, and a way to add one."""
    folder = tmp_path / "migrations"
    folder.mkdir()

    def add(number, sql):
        (folder / f"{number:04d}_x.sql").write_text(sql)
        return str(folder)

    add(1, CREATE)
    return add


def things(database):
    return [name for (name,) in database.connection.execute("SELECT name FROM thing ORDER BY name")]


def put(path, folder, *names):
    database = open_database(path, folder)
    database.connection.executemany("INSERT INTO thing VALUES (?)", [(name,) for name in names])
    database.close()


@contextmanager
def file_sizes_limited(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_new_file_is_whole_private_and_synced(path):
    database = open_database(path, JOB_MIGRATIONS)
    ask = lambda setting: database.connection.execute(f"PRAGMA {setting}").fetchone()[0]  # noqa: E731
    assert (ask("journal_mode"), ask("synchronous"), ask("foreign_keys")) == ("wal", 2, 1)
    assert (ask("integrity_check"), ask("user_version")) == ("ok", newest_version(JOB_MIGRATIONS))
    assert os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert not os.path.exists(path + ".new")
    database.close()


def test_closing_leaves_the_last_changes_in_the_log_where_the_next_finds_them(path):
    """Emptying the log would cost every command several syncs."""
    for number in range(3):
        database = open_database(path, JOB_MIGRATIONS)
        database.connection.execute("INSERT INTO meta VALUES (?, ?)", (f"{number}", "here"))
        database.close()
        assert os.path.getsize(path + "-wal") > 0
    database = open_database(path, JOB_MIGRATIONS)
    assert database.connection.execute("SELECT count(*) FROM meta").fetchone() == (3,)
    database.close()


def test_normal_is_a_setting(path):
    database = open_database(path, JOB_MIGRATIONS, synchronous="normal")
    assert database.connection.execute("PRAGMA synchronous").fetchone() == (1,)
    database.close()


def test_ten_processes_that_open_a_fresh_directory_at_once_all_succeed(path):
    code = (
        "import sys; from gitflow.stores.sqlite.database import *; sys.stdin.read(1)\n"
        "d = open_database(sys.argv[1], JOB_MIGRATIONS)\n"
        "d.connection.execute('INSERT INTO meta VALUES (?, ?)', (sys.argv[2], 'here')); d.close()"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, path, str(number)], stdin=subprocess.PIPE) for number in range(10)
    ]
    for process in running:
        process.stdin.write(b"g")
        process.stdin.flush()
    for process in running:
        process.communicate()
    assert [process.returncode for process in running] == [0] * 10
    database = open_database(path, JOB_MIGRATIONS)
    assert database.connection.execute("SELECT count(*) FROM meta").fetchone() == (10,)
    database.close()


def test_an_older_file_is_backed_up_and_migrated(path, migrations):
    put(path, migrations(1, CREATE), "a")
    folder = migrations(2, "ALTER TABLE thing ADD COLUMN size INTEGER;")
    database = open_database(path, folder)
    assert database.connection.execute("SELECT name, size FROM thing").fetchall() == [("a", None)]
    database.close()
    backup = sqlite3.connect(path + ".v1.backup")
    assert backup.execute("PRAGMA user_version").fetchone() == (1,)
    assert backup.execute("SELECT * FROM thing").fetchall() == [("a",)]
    backup.close()


def test_nothing_is_migrated_while_another_process_has_the_file_open(path, migrations):
    old = open_database(path, migrations(1, CREATE))
    folder = migrations(2, "ALTER TABLE thing ADD COLUMN size INTEGER;")
    with pytest.raises(StoreError, match=r"is in use; stop process 17, 23 first"):
        open_database(path, folder, timeout_s=0.0, blockers=lambda: [("a", 17), ("b", 23)])
    assert things(old) == []
    old.close()
    open_database(path, folder, timeout_s=0.0).close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(path, migrations):
    put(path, migrations(1, CREATE), "a")
    folder = migrations(2, "DELETE FROM thing; CREATE TABLE thing (x);")
    with pytest.raises(StoreError) as refused:
        open_database(path, folder)
    assert str(refused.value) == (
        f"{path} has schema 1 and cannot be brought to schema 2 (table thing already exists): somebody has changed its "
        f"tables; nothing was lost, and a copy is in {path}.v1.backup: put a backup in its place, or go on with the "
        "gitflow that wrote it"
    )
    os.unlink(os.path.join(folder, "0002_x.sql"))
    database = open_database(path, folder)
    assert things(database) == ["a"]
    database.close()


def test_a_migration_that_the_disk_has_no_room_for_leaves_the_file_as_it_was(path, migrations):
    put(path, migrations(1, CREATE), "a" * 100_000)
    folder = migrations(2, "CREATE TABLE other AS SELECT name || name AS twice FROM thing;")
    with file_sizes_limited(160 * 1024), pytest.raises(StoreError, match=r"some\.db: .*; (make room|look for)"):
        open_database(path, folder)
    open_database(path, folder).close()


def test_a_newer_file_is_refused_and_both_versions_named(path, migrations):
    put(path, migrations(2, "CREATE TABLE other (x);"), "a")
    folder = migrations(1, CREATE)
    os.unlink(os.path.join(folder, "0002_x.sql"))
    with pytest.raises(
        StoreError, match=r"some\.db has schema 2, and this gitflow knows schemas up to 1; use the newer"
    ):
        open_database(path, folder)


def test_a_database_of_somebody_else_is_refused(path):
    os.makedirs(os.path.dirname(path))
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(StoreError, match="is not a store of gitflow"):
        open_database(path, JOB_MIGRATIONS)


def test_an_empty_file_becomes_a_store(path):
    os.makedirs(os.path.dirname(path))
    open(path, "w").close()
    open_database(path, JOB_MIGRATIONS).close()


def test_a_file_that_went_without_its_last_changes_is_not_replaced(path):
    open_database(path, JOB_MIGRATIONS).close()
    os.rename(path, path + "-wal")
    with pytest.raises(StoreError, match=r"-wal still holds its last changes; put it back, or remove both"):
        open_database(path, JOB_MIGRATIONS)


def test_what_is_not_a_database_is_refused(path):
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as file:
        file.write("not a database at all" * 100)
    with pytest.raises(StoreError, match=r"some\.db: the file is not a database .*put a backup in its place"):
        open_database(path, JOB_MIGRATIONS)


@pytest.fixture
def damaged(state_dir, reopened, job_of):
    """A store of fifty jobs, that can be opened again with some of its bytes cut or written over."""
    stores = reopened()
    jobs = [job_of("build", "test", input={"text": "x" * 500}) for _ in range(50)]
    for job in jobs:
        stores.jobs.create(job, [])
    stores.close()
    path = f"{state_dir}/gitflow.db"
    shutil.copy(path, path + ".good")

    def read(harm, plan_of):
        shutil.copy(path + ".good", path)
        harm(path)
        opened = reopened()
        try:
            return [opened.jobs.load(job.id, plan_of).id == job.id for job in jobs]
        finally:
            opened.close()

    return read


def scribble(at):
    def harm(path):
        with open(path, "rb+") as file:
            file.seek(at)
            file.write(b"\xff" * 3000)

    return harm


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_that_was_cut_is_a_sentence(damaged, plan_of, share):
    with pytest.raises(StoreError, match=r"gitflow\.db: the file is damaged"):
        damaged(lambda path: os.truncate(path, int(os.path.getsize(path) * share)), plan_of)


def test_scribbled_bytes_are_a_sentence_or_were_not_read(damaged, plan_of):
    """Never another kind of error: what is done with it is the same everywhere."""
    said = []
    for at in range(100, 400_000, 5_000):
        try:
            assert all(damaged(scribble(at), plan_of))
        except StoreError as error:
            said.append(str(error))
    assert len(said) > 3
    assert all("gitflow.db" in sentence for sentence in said)


def test_a_place_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file.*must be a folder: move it away"):
        open_database(str(tmp_path / "file" / "state" / "some.db"), JOB_MIGRATIONS)


@pytest.fixture
def somebody(tmp_path):
    """Not root, who may write anywhere; with a folder of its own that it can reach."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        before = os.geteuid()
        if before == 0:
            os.chown(place, 65534, 65534)
            os.seteuid(65534)
        try:
            yield place
        finally:
            os.seteuid(before)


def test_a_read_only_directory_is_a_sentence(somebody, job_of):
    state_dir = f"{somebody}/state"
    with open_stores(state_dir) as stores:
        stores.jobs.create(job_of("build"), [])
    for path in (f"{state_dir}/gitflow.db", f"{state_dir}/gitflow.db.lock"):
        os.chmod(path, 0o400)
    os.chmod(state_dir, 0o500)
    with pytest.raises(StoreError, match=r"gitflow\.db.*make the file and its folder writable"):
        open_stores(state_dir)
    os.chmod(f"{state_dir}/gitflow.db.lock", 0o600)
    with pytest.raises(StoreError, match=r"gitflow\.db: .*make the file and its folder writable"):
        open_stores(state_dir).jobs.create(job_of("build"), [])
    os.chmod(state_dir, 0o700)


def test_a_fresh_store_in_a_read_only_directory_is_a_sentence(somebody):
    os.chmod(somebody, 0o500)
    with pytest.raises(StoreError, match=r"Permission denied; make the file and its folder writable"):
        open_stores(f"{somebody}/state")
    os.chmod(somebody, 0o755)


def test_a_full_disk_loses_nothing_that_was_saved(reopened, job_of, plan_of):
    stores = reopened()
    saved = job_of("build")
    stores.jobs.create(saved, [])
    pages = stores.jobs._driver.connection.execute("PRAGMA page_count").fetchone()[0]
    stores.jobs._driver.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    large = job_of("build", input={"text": "x" * 100_000})
    with pytest.raises(StoreError, match=r"gitflow\.db: the disk is full .*what was saved before is kept"):
        stores.jobs.create(large, [])
    with pytest.raises(StoreError, match="the disk is full"), stores.jobs.transaction():
        stores.jobs.create(large, [])
    assert stores.jobs.load(saved.id, plan_of) == saved
    stores.jobs._driver.connection.execute("PRAGMA max_page_count = 1000000")
    stores.jobs.create(large, [])
    stores.close()
    assert reopened().jobs.load(large.id, plan_of) == large


def test_a_file_that_may_not_grow_loses_nothing_that_was_saved(reopened, job_of, plan_of, state_dir):
    stores = reopened()
    saved = job_of("build")
    stores.jobs.create(saved, [])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(f"{state_dir}/gitflow.db-wal"), before[1]))
    try:
        with pytest.raises(StoreError, match=r"cannot be read or written|disk is full"):
            stores.jobs.create(job_of("build", input={"text": "x" * 500_000}), [])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    later = replace(saved, id="later")
    stores.jobs.create(later, [])
    stores.close()
    opened = reopened()
    assert [opened.jobs.load(job.id, plan_of) for job in (saved, later)] == [saved, later]
