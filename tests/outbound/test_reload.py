"""A connector's code is loaded anew while the gateway serves; no call is lost, and broken code changes nothing."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sys
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from click.testing import CliRunner

from gateway.app import reloads
from gateway.app.reload_request import request_reload
from gateway.app.reloads import Reloads
from gateway.cases.portals import Portals
from gateway.cli import main
from gateway.connectors.loader import PluginError
from gateway.connectors.registry import Registry
from gateway.settings import Settings
from tests.outbound.isolated_world import open_world
from tests.outbound.raw import answer, until

ENOUGH = 20.0
"""Seconds within which what is asked here is answered."""
NEW = ('portal_status=response.json()["at"]', 'portal_status="new: " + response.json()["at"]')


class Workshop:
    def __init__(self, made, settings):
        self.made, self.settings = made, settings
        self.reloads = Reloads(settings, made.registry, made.portals)

    def folder(self, id):
        return self.made.registry.connectors[id].folder

    def change(self, id, file, old, new):
        path = self.folder(id) / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))


@asynccontextmanager
async def workshop(folder, *isolate):
    slow = {"timeouts": {"read_seconds": 60, "total_seconds": 60}}  # a reload takes a while
    async with open_world(folder, isolate=isolate, outbound=slow) as made:
        yield Workshop(made, made.settings)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory):
    async with workshop(tmp_path_factory.mktemp("shop")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def shop(shared):
    """The shared one; afterwards the files are as before."""
    files = {path: path.read_bytes() for path in shared.folder("near").parent.glob("*/*.*")}
    yield shared
    for path, content in files.items():
        if path.read_bytes() != content:
            path.write_bytes(content)


@pytest.mark.parametrize("isolate", [(), ("near",)], ids=["here", "isolated"])
async def test_new_calls_have_the_new_code_and_those_under_way_end_with_the_old(tmp_path, isolate):
    async with workshop(tmp_path, *isolate) as shop:
        held = asyncio.Event()

        async def slowly(seen):
            if "slow" in seen.target:
                await held.wait()
            return answer(body=b'{"at": "depot"}')

        shop.made.portal.respond = slowly
        old = shop.made.portals.get("near")
        under_way = asyncio.create_task(shop.made.trace("slow", "near"))
        await until(lambda: shop.made.portal.seen)
        shop.change("near", "connector.py", *NEW)

        await shop.reloads.reload("near")

        assert (await shop.made.trace("RR1", "near")).portal_status == "new: depot"
        held.set()
        assert (await under_way).portal_status == "depot"
        assert shop.made.portals.get("near").portal_client is old.portal_client
        if old.isolated is not None:
            await until(lambda: old.isolated.pid is None)


BROKEN = {
    "import": (("connector.py", "class Carrier", "raise LookupError('half a file')\nclass Carrier"), "half a file"),
    "build": (("connector.py", "super().__init__(portal)", "raise LookupError('no depot')"), "no depot"),
    "contract": (("connector.py", "async def find_shipment", "def find_shipment"), "must be `async def`"),
    "services": (("plugin.toml", "A carrier", "Another carrier"), "have changed"),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("stage", BROKEN)
async def test_code_that_does_not_load_leaves_the_old_one_serving(shop, stage):
    spoilt, reason = BROKEN[stage]
    before = shop.made.portals.get("near")
    shop.change("near", *spoilt)

    with pytest.raises(PluginError, match=reason) as failed:
        await shop.reloads.reload("near")

    assert failed.value.stage == stage
    assert shop.made.portals.get("near") is before
    assert (await shop.made.trace("RR1", "near")).portal_status == "depot"
    assert shop.made.registry.quarantined == []


def printed(result):
    """Without what the gateway, which is this very process, logs meanwhile."""
    return json.loads(result.output[result.output.index("[\n") :])


@pytest.mark.asyncio(loop_scope="module")
async def test_the_command_asks_every_process_and_says_what_came_of_it(shop):
    def told(*more):
        given = [
            "connector",
            "reload",
            "far",
            "--config",
            str(shop.settings.state_dir / "gateway.toml"),
            "--json",
            *more,
        ]
        return CliRunner().invoke(main, given)

    shop.settings.state_dir.mkdir(exist_ok=True)
    (shop.settings.state_dir / "gateway.toml").write_text(
        f'state_dir = "{shop.settings.state_dir}"\n[plugins]\nenabled = ["near", "far"]\n'
    )
    nobody = await asyncio.to_thread(told)
    assert (nobody.exit_code, "no gateway serves" in nobody.output) == (1, True)
    await shop.reloads.start()
    try:
        shop.change("far", "connector.py", *NEW)
        done = await asyncio.to_thread(told)
        assert (done.exit_code, [each["ok"] for each in printed(done)]) == (0, [True])
        assert (await shop.made.trace("RR1", "far")).portal_status == "new: depot"
        shop.change("far", "connector.py", "class Carrier", "class Carrier(")
        failed = await asyncio.to_thread(told)
        (said,) = printed(failed)
        assert (failed.exit_code, said["ok"], said["stage"]) == (1, False, "import")
        assert said["remedy"].startswith(f"correct {shop.folder('far')}/connector.py:")
    finally:
        await shop.reloads.stop()
    assert (await asyncio.to_thread(told)).exit_code == 1


LOOKED_AT = """
import sys

class Meta(type(Connector)):
    def __getattribute__(cls, name):
        if name == "capabilities" and sys._getframe(1).f_code.co_name == "{by}":
            raise {error}
        return super().__getattribute__(name)

class Carrier(Connector, Shipping, metaclass=Meta):
"""


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("by", "error", "stage"),
    [
        ("contract_violations", "SystemExit(3)", "contract"),
        ("_refuse_changes", "SystemExit(3)", "import"),
        ("_refuse_changes", "KeyboardInterrupt()", "import"),
    ],
)
async def test_whatever_new_code_raises_is_its_own_failure(shop, by, error, stage):
    """Also where the gateway only looks at it."""
    before = shop.made.portals.get("near")
    looked_at = LOOKED_AT.format(by=by, error=error)
    shop.change("near", "connector.py", "class Carrier(Connector, Shipping):", looked_at)
    with pytest.raises(PluginError, match=error.partition("(")[0]) as failed:
        await shop.reloads.reload("near")
    assert failed.value.stage == stage
    assert shop.made.portals.get("near") is before
    assert (await shop.made.trace("RR1", "near")).portal_status == "depot"


class Imports(str):
    """A module's name; while it is looked at, another module is imported, as by another thread."""

    def startswith(self, *_):
        sys.modules["imported_meanwhile"] = sys
        return False


def test_modules_are_found_while_others_are_imported(monkeypatch):
    monkeypatch.setitem(sys.modules, "imported_meanwhile", sys)
    del sys.modules["imported_meanwhile"]
    monkeypatch.setitem(sys.modules, Imports("gateway_of_another_kind"), sys)
    assert "gateway.app.reloads" in reloads._modules("gateway")


class Failing(Reloads):
    """Each connector fails by its name."""

    async def reload(self, id):
        raise {"runtime": RuntimeError, "full": OSError, "deep": RecursionError}[id]("x")


@pytest.fixture
async def serving(tmp_path):
    """Start one that answers from `tmp_path`, and has no connectors: `serving()`, `serving(Failing)`."""
    started = []

    async def start(kind=Reloads):
        made = kind(Settings(state_dir=tmp_path), Registry(), Portals({}, {}))
        started.append(made)
        await made.start()
        return made

    yield start
    for each in started:
        await each.stop()


async def test_every_request_is_answered_whatever_became_of_the_last(serving, tmp_path):
    await serving(Failing)
    for id, reason in (("runtime", "RuntimeError"), ("full", "OSError"), ("deep", "RecursionError")):
        (said,) = await asyncio.to_thread(request_reload, tmp_path, id, ENOUGH)
        assert (said["ok"], said["reason"]) == (False, f"the gateway failed: {reason}")


async def test_one_that_cannot_write_its_answer_answers_the_next(serving, tmp_path):
    await serving()
    (name,) = [each.stem for each in (tmp_path / "reloads").glob("*.process")]
    (tmp_path / "reloads" / f"far.{name}.new").mkdir()  # in the way
    (tmp_path / "reloads" / "odd.request").write_bytes(b"\xff")
    (tmp_path / "reloads" / "far.request").write_text("1")
    for _ in range(2):  # the second time the one in the way has been met
        (said,) = await asyncio.to_thread(request_reload, tmp_path, "near", ENOUGH)
        assert said["reason"] == "it is not loaded"


async def test_two_processes_of_one_number_serve_from_one_folder(serving, tmp_path):
    """Each container has a process 1: the second must neither wait for the first nor be taken for it."""
    await serving()
    await serving()
    answers = await asyncio.to_thread(request_reload, tmp_path, "near", ENOUGH)
    assert [(each["pid"], each["stage"]) for each in answers] == [(os.getpid(), "find")] * 2


async def test_what_a_killed_process_left_is_removed_and_a_living_one_stays(serving, tmp_path):
    await serving()
    folder = tmp_path / "reloads"
    living = set(folder.iterdir())
    for name in ("1-dead.process", "near.1-dead.answer", "far.1-dead.answer"):
        (folder / name).touch()
    await serving()
    assert len(set(folder.iterdir()) - living) == 1  # its own
    assert living < set(folder.iterdir())
    with (folder / "1-dead.process").open("w") as looked_at:
        fcntl.flock(looked_at, fcntl.LOCK_SH)  # by a command, for a moment
        await serving()
