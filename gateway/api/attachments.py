"""`/v1/attachments`: hand in a file before filing. Its type is read from its content, never from its name."""

from __future__ import annotations

from typing import Final

from litestar import Controller, Response, post
from litestar.datastructures import UploadFile
from litestar.params import JSONBody
from sqlalchemy import Connection

from gateway.api.access import Call, backend_of, entry_of, mine, principal_of
from gateway.api.backend import Backend
from gateway.api.incoming import MULTIPART
from gateway.api.leaving import while_there
from gateway.api.problems import FieldError, Problem
from gateway.api.shapes import AttachmentView, ReuseRequest
from gateway.api.writes import Key, Write, again, write
from gateway.cases import files
from gateway.cases.attachments import Held, Origin, packed
from gateway.cases.idempotency import Answer
from gateway.cases.inspection import Busy, InspectionFailed
from gateway.cases.model import Event
from gateway.connectors.contract import Document, Filing

_BUSY_SECONDS: Final = 2.0


class AttachmentsController(Controller):
    path = "/v1/attachments"
    tags = ("Cases",)

    @post(
        "",
        operation_id="createAttachment",
        summary="Hand in a file (multipart, member `file`)",
        opt={"scope": "cases:write", "operation": "attachments.create", "agents": "mandate"},
        status_code=201,
    )
    async def create(self, request: Call, idempotency_key: Key = None) -> Response[AttachmentView]:
        backend, principal = backend_of(request), principal_of(request)
        filename, content = await _file(request)
        owner = principal.pseudonym or principal.client_id
        inspected = await while_there(request, _inspected(content, filename, backend, owner))
        file = await packed(inspected, content)

        def keep(tx: Connection, write: Write) -> Answer:
            backend.quotas.keep_file(tx, client=principal.client_id, subject=principal.pseudonym, size=len(content))
            held = backend.office.attachments.keep(
                tx, client=principal.client_id, subject=principal.pseudonym, file=file
            )
            return write.finish(tx, 201, _view(held))

        async def work(write: Write) -> Answer:
            return await write.commit(lambda tx: keep(tx, write))

        return await write(request, work, at_once=True, same=filename.encode() + b"\n" + bytes.fromhex(file.sha256))

    @post(
        "/references",
        operation_id="reuseDocument",
        summary="Use a document of an earlier case again",
        description="The copy is an attachment like one that was handed in. The consent is on the timeline of both "
        "cases and in the record of this call.",
        opt={"scope": "cases:write", "operation": "attachments.reuse", "purpose": "once-only"},
        status_code=201,
    )
    async def reuse(
        self, request: Call, data: JSONBody[ReuseRequest], idempotency_key: Key = None
    ) -> Response[AttachmentView]:
        backend, principal, entry = backend_of(request), principal_of(request), entry_of(request)
        case = await mine(request, data.from_case)
        portals, state = backend.office.portals, case.state
        if data.document not in {each.id for each in state.documents} or not portals.has(state.portal, Filing):
            raise Problem("document_not_found")
        entry.portal, entry.code = state.portal, "document_reused"

        async def work(write: Write) -> Answer:
            budget = backend.settings.server.call_seconds
            document = await portals.within(budget).call(state.portal, Filing.document, state.reference, data.document)
            inspected = await _inspected_document(document, state.portal, backend, principal.pseudonym)
            file = await packed(inspected, document.content)
            changed = await mine(request, data.from_case)

            def keep(tx: Connection) -> Answer:
                backend.quotas.keep_file(
                    tx, client=principal.client_id, subject=principal.pseudonym, size=len(document.content)
                )
                held = backend.office.attachments.keep(
                    tx,
                    client=principal.client_id,
                    subject=principal.pseudonym,
                    file=file,
                    origin=Origin(case_id=case.id, document=data.document),
                )
                shared = Event(code="document_shared", portal=state.portal, data={"document": data.document})
                backend.office.cases.save(tx, changed, [shared])
                return write.finish(tx, 201, _view(held))

            return await write.commit(keep)

        return await write(request, lambda held: again(held, work))


async def _inspected(content: bytes, filename: str, backend: Backend, owner: str) -> files.Inspected:
    try:
        return await backend.inspection.inspect(content, filename=filename, owner=owner)
    except files.FileRefused as error:
        raise Problem(error.code) from error
    except Busy as error:
        raise Problem("too_many_requests" if error.own else "overloaded", retry_after=_BUSY_SECONDS) from error
    except InspectionFailed as error:
        raise Problem("shutting_down" if backend.draining else "overloaded", retry_after=_BUSY_SECONDS) from error


async def _inspected_document(document: Document, portal: str, backend: Backend, owner: str) -> files.Inspected:
    """What a portal gave: that it is no plain document is nothing that the person can mend. The case keeps it."""
    try:
        return await _inspected(document.content, document.filename or document.id, backend, owner)
    except Problem as error:
        if error.origin == "client" and error.code != "too_many_requests":
            raise Problem("portal_answer_unexpected", portal=portal) from error
        raise


def _view(held: Held) -> AttachmentView:
    return AttachmentView(
        id=held.id, media_type=held.media_type, size=held.size, sha256=held.sha256, created_at=held.created_at
    )


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
