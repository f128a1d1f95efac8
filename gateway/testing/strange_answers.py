"""Answers that are not the portal's: a proxy's page, a WAF's, JSON of another shape.

Only the portal's own word in its own shape ends a case (docs/decisions/what-a-portal-says.md). So whatever somebody
else on the way answers, an operation must not say `Refused`, must not come to a result, and a finder must not say that
there is nothing.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.testing.exchanges import Response

_PAGE: Final = "<html><head><title>%s</title></head><body><center><h1>%s</h1></center><hr>nginx</body></html>"
_FAULT: Final = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender'
    '</s:Value></s:Code><s:Reason><s:Text xml:lang="en">Rejected by policy</s:Text></s:Reason></s:Fault></s:Body>'
    "</s:Envelope>"
)


def _page(status: int, title: str) -> Response:
    text = f"{status} {title}"
    return Response(status=status, headers={"content-type": "text/html"}, text=_PAGE % (text, text))


def _json(status: int, body: Any, media_type: str = "application/json") -> Response:
    return Response(status=status, headers={"content-type": media_type}, json=body)


STRANGE: Final[dict[str, Response]] = {
    "a proxy's 400 page": _page(400, "Bad Request"),
    "a WAF's 403 page": _page(403, "Forbidden"),
    "a proxy's 404 page": _page(404, "Not Found"),
    "a proxy's 405 page": _page(405, "Not Allowed"),
    "a proxy's 409 page": _page(409, "Conflict"),
    "a proxy's 410 page": _page(410, "Gone"),
    "a proxy's 412 page": _page(412, "Precondition Failed"),
    "a proxy's 413 page": _page(413, "Request Entity Too Large"),
    "a WAF's 422 page": _page(422, "Unprocessable Entity"),
    "a filter's 451 page": _page(451, "Unavailable For Legal Reasons"),
    "a page that says it is JSON": Response(
        status=404, headers={"content-type": "application/json"}, text=_PAGE % ("404", "404")
    ),
    "an empty 404": Response(status=404),
    "an empty 409": Response(status=409),
    "an API gateway's 404": _json(404, {"message": "no Route matched with those values"}),
    "a framework's 404": _json(
        404, {"timestamp": "2026-01-01T00:00:00Z", "status": 404, "error": "Not Found", "path": "/x"}
    ),
    "a framework's 400": _json(400, {"code": "BAD_REQUEST", "message": "Bad Request", "details": []}),
    "a word that is nobody's": _json(404, {"error": "not_found", "message": "Not found"}),
    "a problem document": _json(
        422, {"type": "about:blank", "title": "Unprocessable Entity", "status": 422}, "application/problem+json"
    ),
    "an error that is an object": _json(409, {"error": {"code": "conflict", "message": "Conflict"}}),
    "an array": _json(400, ["error"]),
    "a policy's SOAP fault": Response(status=400, headers={"content-type": "application/soap+xml"}, text=_FAULT),
    "a maintenance page": _page(200, "Maintenance"),
    "an empty answer": Response(status=204),
    "an empty object": _json(200, {}),
    "an ok that says nothing": _json(200, {"status": "ok"}),
}
"""Name -> answer. Statuses that by themselves say that nothing was read (401, 407, 408, 429) are tried elsewhere."""
