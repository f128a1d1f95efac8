"""A connector's code is loaded anew while the gateway serves; no call is lost, and broken code changes nothing."""

from __future__ import annotations

import asyncio
import json
import os

import pytest
from click.testing import CliRunner

from gateway.app.reload_request import request_reload
from gateway.app.reloads import Reloads
from gateway.cli.connector import command
from gateway.connectors.loader import PluginError
from tests.outbound.raw import answer, until
from tests.outbound.test_isolation import world  # noqa: F401  # a fixture

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


@pytest.fixture
async def shop(world, tmp_path):  # noqa: F811
    made = await world(outbound={"timeouts": {"read_seconds": 60, "total_seconds": 60}})  # a reload takes a while
    return Workshop(made, made.settings)


@pytest.mark.parametrize("id", ["near", "far"])
async def test_new_calls_have_the_new_code_and_those_under_way_end_with_the_old(shop, portal, id):
    held = asyncio.Event()

    async def slowly(seen):
        if "slow" in seen.target:
            await held.wait()
        return answer(body=b'{"at": "depot"}')

    portal.respond = slowly
    old = shop.made.portals.get(id)
    under_way = asyncio.create_task(shop.made.trace("slow", id))
    await until(lambda: portal.seen)
    shop.change(id, "connector.py", *NEW)

    await shop.reloads.reload(id)

    assert (await shop.made.trace("RR1", id)).portal_status == "new: depot"
    held.set()
    assert (await under_way).portal_status == "depot"
    assert shop.made.portals.get(id).portal_client is old.portal_client
    if old.isolated is not None:
        await until(lambda: old.isolated.pid is None)


BROKEN = {
    "import": (("connector.py", "class Carrier", "raise LookupError('half a file')\nclass Carrier"), "half a file"),
    "build": (("connector.py", "super().__init__(portal)", "raise LookupError('no depot')"), "no depot"),
    "contract": (("connector.py", "async def find_shipment", "def find_shipment"), "must be `async def`"),
    "services": (("plugin.toml", "A carrier", "Another carrier"), "have changed"),
}


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


async def test_the_command_asks_every_process_and_says_what_came_of_it(shop):
    def told(*more):
        given = ["reload", "near", "--config", str(shop.settings.state_dir / "gateway.toml"), "--json", *more]
        return CliRunner().invoke(command, given)

    shop.settings.state_dir.mkdir(exist_ok=True)
    (shop.settings.state_dir / "gateway.toml").write_text(
        f'state_dir = "{shop.settings.state_dir}"\n[plugins]\nenabled = ["near"]\n'
    )
    nobody = await asyncio.to_thread(told)
    assert (nobody.exit_code, "no gateway serves" in nobody.output) == (1, True)
    await shop.reloads.start()
    try:
        shop.change("near", "connector.py", *NEW)
        done = await asyncio.to_thread(told)
        assert (done.exit_code, [each["ok"] for each in printed(done)]) == (0, [True])
        assert (await shop.made.trace("RR1", "near")).portal_status == "new: depot"
        shop.change("near", "connector.py", "class Carrier", "class Carrier(")
        failed = await asyncio.to_thread(told)
        (said,) = printed(failed)
        assert (failed.exit_code, said["ok"], said["stage"]) == (1, False, "import")
        assert said["remedy"].startswith(f"correct {shop.folder('near')}/connector.py:")
    finally:
        await shop.reloads.stop()
    assert (await asyncio.to_thread(told)).exit_code == 1


async def test_two_processes_of_one_number_serve_from_one_folder(shop):
    """Each container has a process 1: the second must neither wait for the first nor be taken for it."""
    other = Reloads(shop.settings, shop.made.registry, shop.made.portals)
    await shop.reloads.start()
    await other.start()
    try:
        answers = await asyncio.to_thread(request_reload, shop.settings.state_dir, "near", 60.0)
        assert [(each["pid"], each["ok"]) for each in answers] == [(os.getpid(), True)] * 2
    finally:
        await other.stop()
        await shop.reloads.stop()
