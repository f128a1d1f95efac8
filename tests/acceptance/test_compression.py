"""Large answers are sent compressed where they are about nobody, and only there."""

from __future__ import annotations

import gzip

import httpx
import pytest

from gateway.api.http.route_rules import rule_of

from .conftest import World
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

ABOUT_NOBODY = {
    *("services.list", "services.read", "guide.list", "guide.read", "problems.list", "problems.read"),
    "receipts.page",
    *("indicators.list", "posts.list", "slots.list"),
}
PUBLIC = ["/v1/services", "/v1/services/watiqa.birth-extract", "/guide", "/problems", "/schema/openapi.json"]
GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


async def raw(world: World, path: str, headers: dict[str, str], method: str = "GET") -> tuple[httpx.Response, bytes]:
    """The answer and its content as it came over the wire."""
    async with world.web.stream(method, world.url + path, headers=headers) as answer:
        return answer, b"".join([piece async for piece in answer.aiter_raw()])


@pytest.mark.parametrize("path", PUBLIC)
async def test_public_answers_are_compressed_on_request(world: World, path: str) -> None:
    plain, whole = await raw(world, path, PLAIN)
    packed, small = await raw(world, path, GZIP)
    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    assert gzip.decompress(small) == whole
    assert len(small) < len(whole) / 2
    assert packed.headers["content-length"] == str(len(small))
    for answer in (plain, packed):
        assert len(answer.headers.get_list("vary")) <= 2  # CORS has its own
        assert "accept-encoding" in answer.headers["vary"].lower()
    refused, again = await raw(world, path, {"Accept-Encoding": "gzip;q=0, br"})
    assert (refused.headers.get("content-encoding"), again) == (None, whole)


async def test_head_tells_the_length_of_the_compressed_answer(world: World) -> None:
    _, small = await raw(world, "/v1/services", GZIP)
    head, nothing = await raw(world, "/v1/services", GZIP, "HEAD")
    assert (nothing, head.headers["content-length"]) == (b"", str(len(small)))
    assert head.headers["content-encoding"] == "gzip"


async def test_slots_and_posts_are_compressed(world: World) -> None:
    token = {"Authorization": f"Bearer {await world.citizen()}"}
    for path in ("/v1/slots?service=rendezvous.legalisation&post=lyon", "/v1/posts?service=rendezvous.legalisation"):
        answer, small = await raw(world, path, GZIP | token)
        assert answer.headers["content-encoding"] == "gzip"
        assert len(small) < 4_000


async def test_answers_about_a_person_are_never_compressed(world: World) -> None:
    for n in range(3):
        await world.post("/v1/cases", {"service": "echo.note", "form": {"text": f"x{n}"}})
    token = {"Authorization": f"Bearer {await world.citizen()}"}
    paths = ("/v1/cases", "/v1/services/watiqa.birth-extract", "/v1/me/accesses", "/v1/tracking/barid/RR123456785MA")
    for path in paths:
        answer, content = await raw(world, path, GZIP | token)
        assert answer.status_code == 200, content
        assert "content-encoding" not in answer.headers, path
        if path != paths[-1]:
            assert len(content) > 1_024


async def test_compressed_answers_have_a_weak_tag_that_is_known_again(world: World) -> None:
    for path in PUBLIC[:3]:
        packed, _ = await raw(world, path, GZIP)
        plain, _ = await raw(world, path, PLAIN)
        assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
        for tag in (packed.headers["etag"], plain.headers["etag"]):
            answer, content = await raw(world, path, GZIP | {"If-None-Match": tag})
            assert (answer.status_code, content) == (304, b"")
        other, _ = await raw(world, path, GZIP | {"If-None-Match": tag, "Accept-Language": "ar"})
        assert other.status_code == 200
        assert plain.headers["cache-control"] == "public, max-age=10"


async def test_small_answers_stay_as_they_are(world: World) -> None:
    token = {"Authorization": f"Bearer {await world.citizen()}"}
    answer, content = await raw(world, "/v1/posts?service=echo.visit&post=lyon", GZIP | token)
    assert ("content-encoding" in answer.headers, len(content) < 1_024) == (False, True)


async def test_errors_stay_as_they_are(world: World) -> None:
    answer, content = await raw(world, "/problems/nothing", GZIP)
    assert (answer.status_code, "content-encoding" in answer.headers, len(content) > 1_024) == (404, False, True)


async def test_only_routes_about_nobody_are_compressed(world: World) -> None:
    """One more is a decision: docs/decisions/compression.md."""
    app = world.gateway.routes()
    rules = [rule_of(handler) for route in app.routes for handler in getattr(route, "route_handlers", ())]
    ours = {rule.operation for rule in rules if rule.compress and "." in rule.operation}
    assert ours == ABOUT_NOBODY
