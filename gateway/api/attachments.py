"""`/v1/attachments`: hand in a file before filing. Its type is read from its content, never from its name."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from gateway.api.access import Call, backend_of, principal_of
from gateway.api.cases import Key
from gateway.api.problems import Problem
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
    async def create(
        self,
        request: Call,
        data: Annotated[dict[str, UploadFile], Body(media_type=RequestEncodingType.MULTI_PART)],
        idempotency_key: Key = None,
    ) -> Response[AttachmentView]:
        backend, principal = backend_of(request), principal_of(request)
        upload = data.get("file")
        if not isinstance(upload, UploadFile) or len(data) != 1:
            raise Problem("invalid_request")
        content = await upload.read()
        try:
            inspected = files.inspect(
                content, filename=upload.filename, max_bytes=backend.settings.server.max_attachment_bytes
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

        return await write(request, work)
