"""Files on their way in, and documents on their way out."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import os
import signal
import struct
import sys
import zipfile
import zlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from gateway.sandbox.pdf import page
from tests.cases.test_heic import PHOTOGRAPH
from tests.waiting import PATIENCE

from . import locker
from .conftest import YOUSSEF, World, world_in
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, record_of

pytestmark = IN_ONE_LOOP

MOST = 200_000
PDF = page(["Scan"])
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffc0000b080001000101011100ffc4001400010000000000000000000000000000"
    "0000ffda0008010100003f00d2cf20ffd9"
)
"""One pixel."""


def png(text: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    parts = (
        chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        chunk(b"tEXt", b"note\0" + text),
        chunk(b"IDAT", zlib.compress(b"\0\0")),
        chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("evil.js", "alert(1)")
    return packed.getvalue()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("plugins")
    locker.write(folder)
    plugins = {"folders": [str(folder)], "enabled": ["locker"]}
    small = {"max_attachment_bytes": MOST, "max_body_bytes": 20_000}
    patient = {"seconds": 300.0}
    async with world_in(
        tmp_path_factory.mktemp("world"), "", plugins=plugins, server=small, inspection=patient
    ) as found:
        yield found


async def hand_in(
    world: World, content: bytes, token: str = "", *, name: str = "passport.pdf", key: str = "", parts: Any = None
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if key:
        headers["Idempotency-Key"] = key
    return await send(world, headers, files=parts or {"file": (name, content, "application/pdf")})


async def send(world: World, headers: dict[str, str], **body: Any) -> httpx.Response:
    own = {"Authorization": f"Bearer {await world.citizen()}", "Idempotency-Key": str(uuid4())}
    return await world.web.post(f"{world.url}/v1/attachments", headers=own | headers, **body)


async def file(world: World, *ids: str, token: str | None = None, **more: Any) -> httpx.Response:
    return await world.post("/v1/cases", {"service": "locker.keep", "form": {"files": list(ids)}, **more}, token)


async def held(world: World, content: bytes, token: str = "", **more: Any) -> str:
    answer = await hand_in(world, content, token, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (png(), "image/png")],
    ids=["pdf", "jpeg", "png"],
)
async def test_a_file_is_what_its_content_says(world: World, content: bytes, media_type: str) -> None:
    answer = await hand_in(world, content, name="photo.exe")
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["media_type"], found["size"]) == (media_type, len(content))
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    assert (await record_of(world, answer))["operation"] == "attachments.create"


async def test_photograph_of_a_telephone_is_kept_as_jpeg(world: World) -> None:
    first = await hand_in(world, PHOTOGRAPH, name="IMG_4711.HEIC", key="photograph")
    assert first.status_code == 201, first.text
    found = first.json()
    assert found["media_type"] == "image/jpeg"
    assert found["sha256"] != hashlib.sha256(PHOTOGRAPH).hexdigest()
    again = await hand_in(world, PHOTOGRAPH, name="IMG_4711.HEIC", key="photograph")
    assert (again.json(), again.headers["idempotent-replayed"]) == (found, "true")


REFUSED = {
    "text": b"Amina El Fassi",
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a program": b"MZ" + b"\0" * 200,
    "an archive": archive(),
    "a PDF that is an archive too": PDF + archive(),
    "a picture that is an archive too": png() + archive(),
    "a picture that is a PDF too": JPEG + PDF,
    "a picture with something behind it": png() + b"<script>",
    "a PDF that runs a script": PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript >>"),
    "a PDF that hides its script": PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /Java#53cript >>"),
    "half a PDF": PDF[:40],
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_anything_but_one_plain_document_or_picture_is_refused(world: World, kind: str) -> None:
    body = problem(await hand_in(world, REFUSED[kind]), 415, "attachment_type_refused")
    kinds = ["application/pdf", "image/heic", "image/jpeg", "image/png"]
    assert [(each["pointer"], each["allowed"]) for each in body["errors"]] == [("/file", kinds)]


async def test_sizes_have_limits(world: World) -> None:
    problem(await hand_in(world, b""), 422, "attachment_empty")
    assert (await hand_in(world, png(b"x" * (MOST - 200)))).status_code == 201  # far more than other bodies may have
    problem(await hand_in(world, png(b"x" * MOST)), 413, "attachment_too_large")
    problem(await hand_in(world, b"x" * 2 * MOST), 413, "body_too_large")
    parts: Any = [("file", ("a.pdf", PDF)) for _ in range(50)]
    problem(await hand_in(world, b"", parts=parts), 413, "body_too_large")


FIELD = b'--b\r\nContent-Disposition: form-data; name="file"'
NO_UPLOADS = {
    "nothing": b"",
    "nonsense": b"nonsense",
    "a part without a head": b"--b\r\n\r\n",
    "a file that breaks off": FIELD + b'; filename="a"\r\n\r\n%PDF',
    "text that is not UTF-8": FIELD + b"\r\n\r\n\xff\r\n--b--\r\n",
    "text in a charset nobody knows": FIELD + b"\r\nContent-Type: text/plain; charset=x\r\n\r\n\xff\r\n--b--\r\n",
}


@pytest.mark.parametrize("kind", NO_UPLOADS)
async def test_what_is_no_upload_is_told_so(world: World, kind: str) -> None:
    problem(await send(world, delimited("b"), content=NO_UPLOADS[kind]), 400, "invalid_request")


async def test_an_upload_is_one_file_under_its_name(world: World) -> None:
    file, text = ("a.pdf", PDF), (None, b"text")
    wrong: list[Any] = [{"other": file}, {"file": text}, {"file": file, "more": text}, [("file", file), ("file", file)]]
    for parts in wrong:
        answer = await hand_in(world, b"", parts=parts)
        assert problem(answer, 400, "invalid_request")["errors"][0]["pointer"] == "/file"
    problem(await send(world, {"Content-Type": "multipart/form-data"}, content=b"x"), 400, "invalid_request")
    for media_type in ("application/json", "application/pdf", ""):
        answer = await send(world, {"Content-Type": media_type}, content=PDF)
        problem(answer, 415, "unsupported_media_type")


async def test_a_repeated_upload_is_the_same_however_it_is_delimited(world: World) -> None:
    answers = [
        await send(world, {"Idempotency-Key": "again", **delimited(boundary)}, files={"file": ("a.pdf", PDF)})
        for boundary in ("one", "two")
    ]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotent-replayed"] == "true"
    problem(await hand_in(world, PDF + b"\n", name="a.pdf", key="again"), 422, "idempotency_key_reused")


def delimited(boundary: str) -> dict[str, str]:
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}


async def test_the_portal_gets_the_files_and_nobody_finds_them_in_the_database(world: World) -> None:
    content = png(b"a mark that cannot be overlooked")
    first, second = await held(world, content, name="../../صورة\u202egpj.exe"), await held(world, PDF)
    case = (await file(world, second, first)).json()
    await world.ended(case["id"])
    got = next(each for each in sys.modules["plugins.locker.connector"].GOT if each.case_id == case["id"])
    assert [(each.id, each.content) for each in got.attachments] == [(second, PDF), (first, content)]
    assert got.attachments[1].filename == "صورةgpj.png"
    stored = b"".join(path.read_bytes() for path in world.state_dir.glob("*.sqlite*"))
    assert first.encode() in stored
    assert b"cannot be overlooked" not in stored


async def test_a_file_serves_one_case_of_the_one_who_handed_it_in(world: World) -> None:
    forge = Forge.of(world)
    used, of_youssef = await held(world, PDF), await held(world, PDF, await world.citizen(YOUSSEF))
    through_app = await held(world, PDF, forge.token(client_id="demo-app"))
    of_app = await held(world, PDF, forge.app())
    assert (await file(world, used)).status_code == 201
    nobodys = "att_" + "0" * 26
    refusals = [await file(world, each) for each in (used, of_youssef, of_app, nobodys)]
    refusals += [await file(world, each, token=forge.app()) for each in (used, through_app)]
    said = [problem(each, 422, "form_invalid")["errors"] for each in refusals]
    assert {error["code"] for errors in said for error in errors} == {"attachment_unknown"}
    assert all(errors == said[0] for errors in said)  # nobody learns which files there are
    assert said[0][0]["pointer"] == "/form/files/0"
    assert (await file(world, of_app, token=forge.app())).status_code == 201
    assert (await file(world, through_app)).status_code == 201


async def test_of_two_cases_at_once_one_gets_the_file(world: World) -> None:
    shared = await held(world, PDF)
    answers = await asyncio.gather(*(file(world, shared) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 7


async def test_something_that_is_no_files_id_is_a_mistake_in_the_form(world: World) -> None:
    for wrong in ("att_x", "../x", "case_" + "0" * 26, "att_" + "0" * 25 + "\n"):
        assert problem(await file(world, wrong), 422, "form_invalid")["errors"][0]["code"] == "format"


@pytest.mark.parametrize("id", locker.HARMFUL)
async def test_a_documents_name_and_type_cannot_harm_the_one_who_downloads_it(world: World, id: str) -> None:
    case = (await file(world, await held(world, PDF))).json()
    done = await world.ended(case["id"])
    found = next(each for each in done["documents"] if each["id"] == id)
    answer = await world.get(found["url"])
    assert answer.status_code == 200
    assert answer.content == b"<script>alert(1)</script>"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert disposition.count('"') == 2
    assert "/" not in disposition.partition("UTF-8''")[0]
    assert "set-cookie" not in answer.headers
    assert "x-evil" not in answer.headers
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Authorization" in answer.headers["vary"]
    if id == "arabic":
        assert disposition.endswith("UTF-8''" + quote("شهادة الميلاد.pdf"))
    if id == "split":
        assert answer.headers["content-type"] == "application/octet-stream"


async def test_a_file_whose_sender_has_gone_is_let_go(world: World) -> None:
    """Under way or waiting: without its sender nobody needs the answer."""
    inspection = world.gateway.inspection
    await hand_in(world, PDF)
    (pid,) = inspection.idle
    os.kill(pid, signal.SIGSTOP)  # the next file takes until it is killed, or for ever
    sent = [asyncio.create_task(hand_in(world, PDF)) for _ in range(3)]
    try:
        async with asyncio.timeout(PATIENCE):
            while inspection.idle or world.gateway.state.in_flight < 3:
                await asyncio.sleep(0.01)
        for each in sent:
            each.cancel()  # the connections are closed
        await asyncio.gather(*sent, return_exceptions=True)
        async with asyncio.timeout(PATIENCE):
            while pid in inspection.pids or world.gateway.state.in_flight:
                await asyncio.sleep(0.01)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert (await hand_in(world, PDF)).status_code == 201
