"""A connector that cannot be made is left out; the others are connected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.app import open_portals

BUILDS = {
    "raises": "raise LookupError('no such register')",
    "exits": "raise SystemExit(3)",
}


@pytest.mark.parametrize("name", BUILDS)
async def test_a_connector_that_cannot_be_made_is_left_out_alone(workshop, name):
    made = workshop.make("alpha")
    workshop.make("sound")
    key = workshop.folder / "key"
    key.write_text("a-key-of-the-portal")
    secret = {"secrets": {"api_key": {"file": str(key)}}}
    settings = workshop.settings("alpha", "sound", portals={"alpha": secret, "sound": secret})
    registry = workshop.load("alpha", "sound")

    class Broken(registry.connectors["alpha"].connector_class):
        def __init__(self, portal):
            exec(compile(BUILDS[name], str(made / "connector.py"), "exec"))

    registry.connectors["alpha"] = replace(registry.connectors["alpha"], connector_class=Broken)
    portals = open_portals(settings, registry, lambda: None, None)
    await portals.close()

    out = registry.why_out("alpha")
    assert list(registry.connectors) == ["sound"]
    assert out.stage == "build"
    assert out.remedy == f"correct {made}/connector.py:1"
    assert out.trace
