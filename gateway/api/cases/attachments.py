"""`/v1/attachments`: hand in a file before filing. Its type is read from its content, never from its name."""

from __future__ import annotations

from functools import partial

from litestar import Controller, Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import JSONBody

from gateway.api.cases.shapes import AttachmentView, ReuseRequest
from gateway.api.http.access import Call, language_of, principal_of
from gateway.api.http.described import ASKS_PORTAL, FILES
from gateway.api.http.disconnect import while_there
from gateway.api.http.problems import FieldError, Problem
from gateway.api.http.request_body import MULTIPART
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.writes import Key, answered, stored, write_request
from gateway.cases.attachments import Held
from gateway.cases.commands.store_attachment import ReuseDocument, StoreAttachment
from gateway.cases.idempotency import StoredResponse


class AttachmentsController(Controller):
    path = "/v1/attachments"
    tags = ("Cases",)

    @post(
        "",
        operation_id="createAttachment",
        summary="Hand in a file (multipart, member `file`)",
        description="A PDF, a JPEG or a PNG; or a photograph of a telephone (HEIC), which is kept as JPEG. Of a "
        "photograph the picture alone is kept, without the place where it was taken: `size` and `sha256` are of that. "
        "What a file is, is read from its content, not from its name. A case that is filed names it by its `id`.",
        problems=(*FILES, "body_too_large", "unsupported_media_type", "files_quota_used"),
        rule=RouteRule(
            scope="cases:write", operation="attachments.create", rate="expensive", agents=Agents.WITH_MANDATE
        ),
        status_code=201,
    )
    async def create(
        self, request: Call, store_attachment: NamedDependency[StoreAttachment], idempotency_key: Key = None
    ) -> Response[AttachmentView]:
        principal = principal_of(request)
        filename, content = await _file(request)
        owner = principal.pseudonym or principal.client_id
        file = await while_there(request, store_attachment.inspect(filename, content, owner=owner))
        write = await write_request(request, content=filename.encode() + b"\n" + bytes.fromhex(file.handed_in))
        return answered(await store_attachment.run(write, file, partial(_created, language_of(request))))

    @post(
        "/references",
        operation_id="reuseDocument",
        summary="Use a document of an earlier case again",
        problems=(
            *FILES,
            "case_not_found",
            "document_not_found",
            "insufficient_assurance",
            "erased",
            "files_quota_used",
            *ASKS_PORTAL,
        ),
        description="The copy is an attachment like one that was handed in. The consent is on the timeline of both "
        "cases and in the record of this call.",
        rule=RouteRule(scope="cases:write", operation="attachments.reuse", rate="expensive", purpose="once-only"),
        status_code=201,
    )
    async def reuse(
        self,
        request: Call,
        data: JSONBody[ReuseRequest],
        reuse_document: NamedDependency[ReuseDocument],
        idempotency_key: Key = None,
    ) -> Response[AttachmentView]:
        present = partial(_created, language_of(request))
        write = await write_request(request)
        return answered(await reuse_document.run(write, data.from_case, data.document, present))


def _created(language: str, held: Held) -> StoredResponse:
    view = AttachmentView(
        id=held.id, media_type=held.media_type, size=held.size, sha256=held.sha256, created_at=held.created_at
    )
    return stored(201, view, language)


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
