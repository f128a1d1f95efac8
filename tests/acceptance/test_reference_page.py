"""The reference of the API as a page: of the gateway alone, under a strict policy, readable on a telephone."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from gateway.api.reference import routes
from tests.browser import in_browser

from .conftest import World
from .shared import IN_ONE_LOOP, problem, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()
SCRIPT = Path(__file__).with_name("reference_page.mjs")
ASSETS = Path(routes.__file__).with_name("assets")


async def test_page_shows_the_api_on_a_telephone(world: World) -> None:
    seen = await in_browser(SCRIPT, url=f"{world.url}/docs")
    assert (seen["ready"], seen["refused"]) == ("yes", [])
    assert len(seen["operations"]) == 3
    assert {urlsplit(each).netloc for each in seen["asked"] if not each.startswith(("data:", "blob:"))} == {
        urlsplit(world.url).netloc
    }
    assert (seen["width"], seen["wide"]) == (390, [])


async def test_page_is_under_a_strict_policy(world: World) -> None:
    page = await world.web.get(f"{world.url}/docs")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page.text)
    assert scripts
    assert all("src=" in attributes and not inline for attributes, inline in scripts)
    for name in re.findall(r'(?:src|href)="/docs/([^"]+)"', page.text):
        asset = await world.web.get(f"{world.url}/docs/{name}")
        assert asset.status_code == 200, name
        assert asset.headers["content-encoding"] == "gzip"
        again = await world.web.get(f"{world.url}/docs/{name}", headers={"If-None-Match": asset.headers["etag"]})
        assert again.status_code == 304
    plain = await world.web.get(f"{world.url}/docs/reference.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == (ASSETS / "reference.js").read_bytes()
    for other in ("page.html", "nothing.js", "..%2froutes.py", "__init__.py"):
        problem(await world.web.get(f"{world.url}/docs/{other}"), 404, "not_found")


async def test_redoc_is_the_version_that_is_named() -> None:
    """As `.ci/redoc.py` wrote it, with its licence, and without the one foreign address that it had."""
    script = (ASSETS / "redoc.standalone.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() == SHA256
    assert b"cdn.redoc.ly" not in script
    licence = (ASSETS / "redoc.standalone.js.LICENSE.txt").read_text(encoding="utf-8")
    assert "MIT License" in licence
    assert 'Version: "2.5.4"' in licence


SHA256 = "a3cc0b0a0380a574fe6545b8b1a68f91e3cd3737bd26e118eb8871cf74f25819"
