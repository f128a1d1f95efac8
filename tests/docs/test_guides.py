"""The guides are run, word for word, against a gateway and its sandboxes; so are the examples they name."""

from __future__ import annotations

import asyncio
import os
import re
import runpy
import sys
from pathlib import Path

import httpx
import jwt
import pytest

from gateway.sandbox.sample_files import sample_file
from tests.acceptance.conftest import CARD, World, world_in
from tests.ports import free_port
from tests.waiting import PATIENCE

from .shell import ROOT, read, run

PAGES = [
    "README.md",
    "docs/guides/act-for-a-person.md",
    "docs/guides/anchor-the-log.md",
    "docs/guides/api.md",
    "docs/guides/read-the-log.md",
    "docs/guides/card.md",
    "docs/guides/indicators.md",
    "docs/guides/verify-the-log.md",
    "docs/guides/webhooks.md",
    "docs/quickstart/auditor.md",
    "docs/quickstart/frontend.md",
]


@pytest.mark.timeout(480)  # the programs of the API guide are compiled, and started one by one
@pytest.mark.parametrize("name", PAGES)
async def test_every_command_of_the_page_does_what_the_page_shows(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = read(ROOT / name)
    assert page.after, "no command was found"
    own = {"my-plugins": str(tmp_path / "my-plugins"), "demo-state": str(tmp_path / "state")}
    await run(page.before, scratch(tmp_path, "before"), own)
    for variable, value in re.findall(r"^export (\w+)='(.*)'$", page.start, re.MULTILINE):
        monkeypatch.setenv(variable, value.replace("my-plugins", own["my-plugins"]))
    async with world_in(tmp_path / "state", "", rates={}) as world:
        own |= {
            "8450": str(free_port()),
            "127.0.0.1:8400": world.url.removeprefix("http://"),
            "127.0.0.1:8401": world.sandbox_url.removeprefix("http://"),
            ":8401": ":" + world.sandbox_url.rpartition(":")[2],
        }
        await run(page.after, scratch(tmp_path, "after"), own, GATEWAY=world.url)


def test_excerpts_of_the_quick_start_are_what_a_browser_runs() -> None:
    page = (ROOT / "docs/quickstart/frontend.md").read_text(encoding="utf-8")
    example = (ROOT / "docs/examples/frontend.html").read_text(encoding="utf-8")
    excerpts = re.findall(r"^```js\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(excerpts) > 5
    assert [each for each in excerpts if each not in example] == []


def scratch(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


async def test_the_frontend_example_writes_a_card_page_and_follows_the_case_to_its_end(
    small_world: World, tmp_path: Path
) -> None:
    world = small_world
    child = await asyncio.create_subprocess_exec(
        sys.executable, ROOT / "docs/examples/order.py", "watiqa.birth-extract", cwd=tmp_path,
        env={**os.environ, "GATEWAY": world.url, "TOKEN": await world.citizen()}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    printed = ""
    while "checkout.html" not in printed:
        line = await asyncio.wait_for(child.stdout.readline(), PATIENCE)
        assert line, printed
        printed += line.decode()
    page = (tmp_path / "checkout.html").read_text(encoding="utf-8")
    action = re.search(r'action="([^"]*)"', page)
    assert action is not None
    fields = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', page))
    card_page: httpx.Response = await world.web.post(action[1], data=fields)
    await world.enter_card(card_page, CARD)
    rest, _ = await asyncio.wait_for(child.communicate(), PATIENCE)
    assert child.returncode == 0
    assert rest.decode().strip().endswith("Completed")


async def test_an_error_is_told_in_words_with_the_call_number(small_world: World, tmp_path: Path) -> None:
    env = {**os.environ, "GATEWAY": small_world.url, "TOKEN": await small_world.citizen()}
    child = await asyncio.create_subprocess_exec(
        sys.executable, ROOT / "docs/examples/order.py", "no.such-service", cwd=tmp_path, env=env,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await child.communicate()
    assert child.returncode == 1
    assert "service_not_found, call_" in said.decode()


async def test_files_that_the_example_names_are_uploaded(small_world: World, tmp_path: Path) -> None:
    """One that the form requires; without one the program says what it lacks, and what is refused is told by place."""
    program = runpy.run_path(str(ROOT / "docs/examples/order.py"))
    scan = tmp_path / "scan.png"
    scan.write_bytes(sample_file(["image/png"]).content)
    headers = {"Authorization": f"Bearer {await small_world.citizen()}", "Accept-Language": "en"}

    def ordered(file: Path | None) -> str:
        with httpx.Client(base_url=small_world.url, headers=headers, trust_env=False, timeout=PATIENCE) as api:
            return str(program["order"](api, "passeport.after-loss", file)["id"])

    assert (await asyncio.to_thread(ordered, scan)).startswith("case_")
    with pytest.raises(SystemExit, match="The form takes a file"):
        await asyncio.to_thread(ordered, None)
    said = {"title": "T", "detail": "D", "remedy": "R", "code": "form_invalid", "call_id": "call_1"}
    errors = [{"pointer": "/form/copy", "code": "required", "detail": "This is needed."}]
    with pytest.raises(SystemExit) as refused:
        program["answer"](httpx.Response(400, json={**said, "errors": errors}))
    assert refused.value.code == "T: D R (form_invalid, call_1)\n  /form/copy: This is needed."


@pytest.mark.parametrize("changed", ["claims", "key"])
async def test_a_receipt_that_was_changed_is_not_genuine(small_world: World, changed: str) -> None:

    verify = runpy.run_path(str(ROOT / "docs/examples/verify_receipt.py"))["verify"]
    case = await small_world.order("echo.note")
    receipt = (await small_world.get(f"/v1/cases/{case['id']}/receipt")).json()["receipt"]
    keys = (await small_world.get("/.well-known/jwks.json")).json()
    assert verify(receipt, keys)["sub"] == case["id"]
    if changed == "claims":
        head, claims, signature = receipt.split(".")
        receipt = ".".join([head, claims[:-2] + ("AA" if claims[-2:] != "AA" else "BB"), signature])
    else:
        keys["keys"] = [key for key in keys["keys"] if key["kid"] != jwt.get_unverified_header(receipt)["kid"]]
    with pytest.raises(jwt.PyJWTError):
        verify(receipt, keys)
