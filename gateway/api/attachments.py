"""`/v1/attachments`: hand in a file before filing. Its type is read from its content, never from its name."""

from __future__ import annotations

import hashlib

from litestar import Controller, Response, post
from litestar.datastructures import UploadFile

from gateway.api.access import Call, backend_of, principal_of
from gateway.api.cases import Key
from gateway.api.incoming import MULTIPART
from gateway.api.problems import FieldError, Problem
from gateway.api.shapes import AttachmentView
from gateway.api.writes import Write, write
from gateway.cases import files
from gateway.cases.idempotency import Answer


class AttachmentsController(Controller):
    path = "/v1/attachments"
    tags = ("Cases",)

    @post(
        "",
        operation_id="createAttachment",
        summary="Hand in a file (multipart, member `file`)",
        opt={"scope": "cases:write", "operation": "attachments.create"},
        status_code=201,
    )
    async def create(self, request: Call, idempotency_key: Key = None) -> Response[AttachmentView]:
        backend, principal = backend_of(request), principal_of(request)
        filename, content = await _file(request)
        try:
            inspected = files.inspect(
                content, filename=filename, max_bytes=backend.settings.server.max_attachment_bytes
            )
        except files.FileRefused as error:
            raise Problem(error.code) from error

        async def work(write: Write) -> Answer:
            async with backend.storage.transaction() as tx:
                held = await backend.office.attachments.keep(
                    tx, client=principal.client_id, subject=principal.pseudonym, file=inspected, content=content
                )
                view = AttachmentView(
                    id=held.id,
                    media_type=held.media_type,
                    size=held.size,
                    sha256=held.sha256,
                    created_at=held.created_at,
                )
                return await write.finish(tx, 201, view)

        return await write(request, work, same=filename.encode() + b"\n" + hashlib.sha256(content).digest())


async def _file(request: Call) -> tuple[str, bytes]:
    """Name and content of the one member, `file`."""
    if request.content_type[0] != MULTIPART:
        raise Problem("unsupported_media_type")
    try:
        form = await request.form()
    except (ValueError, LookupError):  # text in a charset that does not exist, or is not what it says
        raise Problem("invalid_request") from None
    members = form.multi_items()
    try:
        [(name, upload)] = members
        if name != "file" or not isinstance(upload, UploadFile):
            raise ValueError(name)
        return upload.filename, await upload.read()
    except ValueError:
        raise Problem("invalid_request", errors=[FieldError("/file", "required")]) from None
    finally:
        for _, member in members:
            if isinstance(member, UploadFile):
                await member.close()
