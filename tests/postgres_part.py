"""A PostgreSQL for tests: a cluster of their own in a temporary folder, on a free port of this machine.

PostgreSQL refuses to run as root; then it runs as another user. Each test gets a database of its own, copied from one
that has the tables already.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

import parts

#: Where Debian and Fedora put the programs, besides the path.
FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
#: Users that a machine may have, as one of which the server runs where the tests run as root.
USERS = ("postgres", "nobody")


def find_programs() -> Path | None:
    """The folder of the newest version."""
    found = [Path(folder) for pattern in FOLDERS for folder in Path("/").glob(pattern[1:])]
    on_path = shutil.which("postgres")
    found += [Path(on_path).parent] if on_path else []
    usable = [folder for folder in found if os.access(folder / "initdb", os.X_OK)]
    return max(usable, key=lambda folder: [int(part) for part in folder.parts if part.isdigit()], default=None)


#: All rows and all days of the log go, and what is connected.
_EMPTY = """
DO $$
DECLARE tables text; day regclass;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid();
    FOR day IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'chunk'::regclass LOOP
        EXECUTE 'DROP TABLE ' || day;
    END LOOP;
    SELECT string_agg(quote_ident(relname), ', ') INTO tables FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
       AND relname NOT IN ('engine', 'schema_version');
    EXECUTE 'TRUNCATE ' || tables || ' RESTART IDENTITY';
    UPDATE engine SET epoch = 0, turn = 0, owner_id = NULL, until = NULL, url = NULL;
END $$
"""


class Cluster:
    """A running server. Its files are gone with ``with``."""

    def __init__(
        self,
        programs: Path,
        folder: Path,
        user: pwd.struct_passwd,
        *,
        is_durable: bool,
        within: Sequence[str] = (),
        seen: Path | None = None,
    ) -> None:
        """``within``: words before each command, which enter a namespace where the folder is another; ``seen``: that
        folder, from outside."""
        self._within = within
        self._seen = seen or folder
        self._programs = programs
        self._data = folder / "data"
        self._folder = folder
        self._user = user
        self._is_durable = is_durable
        self.port = _free_port()
        self._numbers = count(1)
        self._has_template = False
        self._free: list[str] = []  #: databases that no test uses

    def _run(self, program: str, *arguments: str) -> None:
        uid, gid = self._user.pw_uid, self._user.pw_gid
        as_user = {} if os.geteuid() or self._within else {"user": uid, "group": gid, "extra_groups": []}
        before = self._within and (*self._within, "setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
        done = subprocess.run(
            [*before, self._programs / program, "-D", self._data, *arguments],
            cwd="/" if self._within else self._folder, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **as_user,
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stdout}\n{self._log()}"

    def _log(self) -> str:
        log = self._seen / "log"
        return log.read_text() if log.exists() else ""

    def create(self) -> None:
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--username=gitflow", "--no-sync")
        settings = {
            "listen_addresses": "'127.0.0.1'", "port": self.port, "unix_socket_directories": f"'{self._folder}'",
            "fsync": "on" if self._is_durable else "off", "max_connections": 200, "shared_buffers": "64MB",
            "full_page_writes": "on" if self._is_durable else "off", "autovacuum_naptime": "10s",
        }  # fmt: skip
        with (self._seen / "data" / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())
        self.start()

    def create_replica_of(self, primary: Cluster) -> None:
        """A standby without which the primary acknowledges nothing from now on."""
        where = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", "gitflow")
        self._run("pg_basebackup", *where, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        with (self._seen / "data" / "postgresql.conf").open("a") as conf:
            conf.write(f"port = {self.port}\nunix_socket_directories = '{self._folder}'\n")
        self.start()
        primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.run("SELECT pg_reload_conf()")

    def promote(self) -> None:
        self._run("pg_ctl", "promote", "-w", "-t", "60")

    def start(self) -> None:
        self._run("pg_ctl", "start", "-w", "-t", "60", "-l", str(self._folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    @property
    def is_running(self) -> bool:
        return (self._seen / "data" / "postmaster.pid").exists()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://gitflow@127.0.0.1:{self.port}/{database}"

    def run(self, sql: str, database: str = "postgres") -> list[tuple]:
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """The address of a database that has the tables, and nothing in them. It is emptied and used again."""
        name = self._free.pop() if self._free else self._copy_template()
        try:
            yield self.url(name)
        finally:
            self.run(_EMPTY, name)
            self._free.append(name)

    def _copy_template(self) -> str:
        number = next(self._numbers)
        if not self._has_template:
            self._make_template()
            self._has_template = True
        self.run(f"CREATE DATABASE test_{number} TEMPLATE gitflow_new")
        return f"test_{number}"

    def empty_database(self) -> str:
        name = f"empty_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def _make_template(self) -> None:
        from gitflow.stores.postgres.store import open_database

        self.run("CREATE DATABASE gitflow_new")
        open_database(self.url("gitflow_new")).close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _other_user() -> pwd.struct_passwd:
    if os.geteuid():
        return pwd.getpwuid(os.geteuid())
    known = {user.pw_name: user for user in pwd.getpwall()}
    for name in USERS:
        if name in known:
            return known[name]
    return parts.lack("PostgreSQL does not run as root, and there is no other user")


def _place(is_durable: bool) -> str:
    """Memory, where what is written need not outlive the machine. A socket's path must be short."""
    memory = "/dev/shm"
    if is_durable or not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < 1 << 30:
        return "/tmp"
    return memory


@contextmanager
def running_cluster(
    *, is_durable: bool = False, place: Path | None = None, within: Sequence[str] = (), seen: Path | None = None
) -> Iterator[Cluster]:
    """``place``: a folder for its files; ``within``: what enters the namespace where that is a disk of its own, which
    is ``seen`` there from outside."""
    programs = find_programs()
    if programs is None:
        parts.lack("PostgreSQL is not installed")
    pytest.importorskip("psycopg")
    user = _other_user()
    with tempfile.TemporaryDirectory(prefix="gf-pg-", dir=place or _place(is_durable)) as own:
        folder = place or Path(own)
        if not os.geteuid() and not within:
            os.chown(folder, user.pw_uid, user.pw_gid)
        cluster = Cluster(programs, folder, user, is_durable=is_durable, within=within, seen=seen)
        cluster.create()
        try:
            yield cluster
        finally:
            if cluster.is_running:
                cluster.stop("immediate")


@contextmanager
def running_pair() -> Iterator[tuple[Cluster, Cluster]]:
    """A primary, and a synchronous standby."""
    with running_cluster() as primary, tempfile.TemporaryDirectory(prefix="gf-pg-", dir=_place(False)) as own:
        programs, folder, user = find_programs(), Path(own), _other_user()
        assert programs is not None
        if not os.geteuid():
            os.chown(folder, user.pw_uid, user.pw_gid)
        standby = Cluster(programs, folder, user, is_durable=False)
        standby.create_replica_of(primary)
        try:
            yield primary, standby
        finally:
            standby.stop("immediate")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One for all tests of a process; what it writes does not outlive the machine."""
    with running_cluster() as running:
        yield running


@pytest.fixture
def new_database(cluster: Cluster) -> Iterator[str]:
    """The address of an empty store."""
    with cluster.new_database() as url:
        yield url
