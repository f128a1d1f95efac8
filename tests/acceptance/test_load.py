"""One request that costs much holds up nobody but its sender."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar._openapi.plugin import OpenAPIPlugin

from gateway.api.cases import attachments as api_attachments
from gateway.cases import attachments, forms
from gateway.sandbox.pdf import page
from gateway.storage import vault
from tests.waiting import PATIENCE

from .conftest import YOUSSEF, World, world_in
from .shared import problem
from .test_attachments import hand_in, held, png

PDF = page(["Scan"])


async def test_a_hostile_file_holds_up_nobody(tmp_path: Path) -> None:
    """Its sender waits; other calls, another person's file among them, are answered before it is."""
    marker = b"1 0 obj <</Length 9>> stream\n"
    content = b"%PDF-1.7\n" + marker * (10_000_000 // len(marker)) + b"%%EOF"
    async with world_in(tmp_path / "state", "", inspection={"seconds": 20.0}) as world:
        await held(world, PDF)  # the inspecting process is there
        hostile = asyncio.create_task(hand_in(world, content, token=await world.citizen(YOUSSEF)))
        async with asyncio.timeout(PATIENCE):
            while not world.gateway.inspection.pids - world.gateway.inspection.idle:
                assert (await world.get("/v1/services/echo.note")).status_code == 200
        for _ in range(3):
            assert (await world.get("/v1/cases")).status_code == 200
        await held(world, PDF)
        assert not hostile.done()
        refused = await hostile  # by what the process found, or by its end
        assert refused.json()["code"] in ("attachment_type_refused", "attachment_too_complex"), refused.text
    assert world.gateway.inspection.pids == set()


async def test_json_of_very_many_members_is_not_read(small_world: World) -> None:
    """250 kB of empty lists, beside and inside each other; the same size in one text is another matter."""
    nested = "[" + ",".join(["[" * 60 + "]" * 60] * 2_000) + "]"
    answers = []
    for value in (
        "[" + "[]," * 80_000 + "[]]",
        nested,
        '{"a":' * 40_000 + "1" + "}" * 40_000,
        '"' + "x" * 250_000 + '"',
    ):
        body = f'{{"service": "echo.note", "form": {{"text": {value}}}}}'
        headers = {"Authorization": f"Bearer {await small_world.citizen()}", "Content-Type": "application/json"}
        headers["Idempotency-Key"] = str(uuid4())
        answer = await small_world.web.post(f"{small_world.url}/v1/cases", content=body, headers=headers)
        answers.append((answer.status_code, answer.json()["code"]))
    assert answers == [(413, "body_too_large")] * 3 + [(422, "form_invalid")]


async def test_a_large_callback_is_refused_unread(small_world: World) -> None:
    form = "&".join(f"a{number}=b" for number in range(20_000))
    answer = await small_world.web.post(
        f"{small_world.url}/callbacks/etimbre/payment",
        content=form,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_large_form_is_checked_beside_the_loop(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    where, check = list[str](), forms.check

    def noted(*given: Any, **more: Any) -> Any:
        where.append(threading.current_thread().name)
        return check(*given, **more)

    monkeypatch.setattr(forms, "check", noted)
    form = {f"member{number}": "x" * 90 for number in range(1_900)}
    answer = await small_world.post("/v1/cases", {"service": "echo.note", "form": form})
    assert (answer.status_code, answer.json()["code"], len(answer.json()["errors"])) == (422, "form_invalid", 50)
    assert {each.partition("_")[0] for each in where} == {"forms"}


description = import_module("gateway.api.openapi.document")  # the package has a function of this name


async def test_description_is_made_once_beside_the_loop(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of the framework's parts and ours takes the time is theirs: all of it runs in one thread."""
    where, build, complete = list[tuple[str, int]](), OpenAPIPlugin._build_openapi, description._complete

    def built(plugin: Any) -> Any:
        where.append(("framework", threading.get_ident()))
        return build(plugin)

    def completed(*given: Any) -> Any:
        where.append(("ours", threading.get_ident()))
        return complete(*given)

    monkeypatch.setattr(OpenAPIPlugin, "_build_openapi", built)
    monkeypatch.setattr(description, "_complete", completed)
    url = f"{small_world.url}/schema/openapi.json"
    answers = await asyncio.gather(*(small_world.web.get(url) for _ in range(5)))
    answers.append(await small_world.web.get(url))
    assert len({each.content for each in answers}) == 1
    assert (answers[0].status_code, answers[0].json()["openapi"][:3]) == (200, "3.1")
    assert sorted(name for name, _ in where) == ["framework", "ours"]
    assert threading.get_ident() not in {thread for _, thread in where}
    problem(await small_world.web.get(f"{small_world.url}/schema/other"), 404, "not_found")


async def test_large_file_is_hashed_and_sealed_beside_the_loop(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = list[tuple[str, int]]()

    class Noted:
        """In place of a module or a class: who calls what, from which thread."""

        def __init__(self, real: Any, *names: str) -> None:
            self._real, self._names = real, names

        def __getattr__(self, name: str) -> Any:
            found = getattr(self._real, name)

            def noted(*given: Any, **more: Any) -> Any:
                if any(isinstance(each, bytes) and len(each) > 500_000 for each in given):
                    where.append((name, threading.get_ident()))
                return found(*given, **more)

            return noted if name in self._names else found

    class Cipher(Noted):
        def __init__(self, key: bytes) -> None:
            super().__init__(AESGCM(key), "encrypt", "decrypt")

    Cipher.generate_key = AESGCM.generate_key  # type: ignore[attr-defined]
    monkeypatch.setattr(vault, "AESGCM", Cipher)
    monkeypatch.setattr(attachments, "hashlib", Noted(hashlib, "sha256"))
    monkeypatch.setattr(api_attachments, "hashlib", Noted(hashlib, "sha256"), raising=False)
    await held(small_world, png(b"x" * 1_000_000))
    assert {name for name, _ in where} == {"sha256", "encrypt"}
    assert threading.get_ident() not in {thread for _, thread in where}
