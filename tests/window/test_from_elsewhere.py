"""What somebody's own page can make her browser do at the window, in a real browser; and what stays on a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.browser import in_browser, pages
from tests.window.served_window import Window, shared_window

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()

SCRIPT: Final = Path(__file__).with_name("from_elsewhere.mjs")
ATTACK: Final = """<!doctype html><title>x</title><a href="{url}/me?guess=AB2">a</a>
<a id="language" href="{url}/language?code=fr&amp;to=/me%3Fguess%3DAB4">b</a><button>c</button>
<script src="/attack.js"></script>"""
LEAD_ON: Final = """document.querySelector("button").onclick = () => {{
  const opened = open("{url}/me?guess=AB3");
  setInterval(() => {{ if (opened.closed) document.title = "gone"; }}, 50);
}};"""


async def test_her_browser_is_sent_and_tells_no_length(window: Window, world: Any) -> None:
    """And a page about her is gone from the screen when she has signed out in another tab."""
    case_id = (await world.order("echo.note", behave="never"))["id"]
    one = await window.signed_in()
    files: dict[str, bytes | str] = {
        "/": ATTACK.format(url=window.url),
        "/attack.js": LEAD_ON.format(url=window.url),
    }
    async with pages(files) as origin:
        elsewhere = origin.replace("127.0.0.1", "localhost")
        cookie = one.cookies["window-session"]
        seen = await in_browser(
            SCRIPT, patience=120, url=window.url, elsewhere=elsewhere, cookie=cookie, case_id=case_id
        )
    coded = {what for what, coding in seen["told"] if coding}
    assert coded == {"link of hers", "signed out"}, seen["told"]
    assert {what for what, _ in seen["told"]} >= {
        "typed", "link of hers", "link of another site", "came back to", "reloaded from another site",
        "through a redirect of ours",
    }  # fmt: skip
    assert not seen["echoed"]
