"""A portal that numbers its demands in another way is not one that does not know them.

A connector lets only references of the known form into an address. A demand that was taken under another form must
not be kept, or each later question would be answered "not found" by ourselves.
"""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from gateway.connectors.contract import PortalError, Refused
from gateway.connectors.loader import load_one
from gateway.connectors.sources import Source
from gateway.testing.exchanges import connector_for, read_recording, recordings, typed

PLUGINS = Path(__file__).parents[2] / "plugins"
ODD = "DOSSIER/2026 n 1"


def filing(plugin: str) -> Path | None:
    """The first recording of a demand that the portal took."""
    taken = (path for path in recordings(PLUGINS / plugin) if "error" not in json.loads(path.read_bytes()))
    return next((path for path in taken if path.name.startswith("file-")), None)


NAMES = sorted(path.parent.name for path in PLUGINS.glob("*/plugin.toml") if filing(path.parent.name) is not None)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", NAMES)
async def test_a_reference_of_another_form_is_not_kept(name: str) -> None:
    plugin = load_one(Source(id=name, package=f"plugins.{name}", folder=PLUGINS / name, origin="test"))
    path = filing(name)
    assert plugin is not None
    assert path is not None
    values = dict.fromkeys(plugin.manifest.secrets, "x" * 32)
    recorded = read_recording(path, values)
    reference = recorded.result["reference"]
    turns = [each.response.built() for each in recorded.wire]

    async def wire(_: httpx.Request) -> httpx.Response:
        answer = turns.pop(0)
        content = answer.content.replace(reference.encode(), ODD.encode())
        assert content != answer.content
        return httpx.Response(
            answer.status_code, headers={"content-type": answer.headers["content-type"]}, content=content
        )

    async with connector_for(plugin, wire, values, recorded.options) as connector:
        made = connector.file(**typed(connector.file, recorded.arguments))  # type: ignore[attr-defined]
        with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever it is, the core calls it unexpected
            await made
    assert not isinstance(raised.value, Refused)
    assert not isinstance(raised.value, PortalError) or raised.value.code == "portal_answer_unexpected"


def test_every_filing_portal_is_tried() -> None:
    assert NAMES == ["alhalalmadania", "chikaya", "echo", "passeport", "rendezvous", "rokhas", "watiqa"]
