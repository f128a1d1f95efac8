"""What the JSON stand-ins' HTTP side has in common: bodies of one shape, and the portal's own no."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from litestar import Request, Response

_T = TypeVar("_T")

AnyRequest = Request[Any, Any, Any]


class Objection(Exception):
    """The portal says no. `error` is its word, `fields` what it objects to, `more` further members of the answer; all
    are attributes of the same names."""

    def __init__(self, status: int, error: str, message: str = "", *fields: str, **more: Any) -> None:
        super().__init__(error)
        self.status, self.error, self.message, self.fields, self.more = status, error, message, fields, more


def objecting(
    fields_member: str = "fields",
    *,
    word: str = "error",
    message: str = "message",
    one_field: bool = False,
    challenge: str = "",
) -> Callable[[AnyRequest, Objection], Response[dict[str, Any]]]:
    """An exception handler that answers with the objection, its members under the portal's names: the word, the message
    and the fields, of which with `one_field` there is the first or null. `"erreur.code"` is a member within another, as
    for `objection_in`; `""` leaves one out. With 401 goes the `challenge` (RFC 9110
    section 11.6.1)."""

    def answer(_: AnyRequest, objection: Objection) -> Response[dict[str, Any]]:
        fields: Any = next(iter(objection.fields), None) if one_field else list(objection.fields)
        said: dict[str, Any] = {}
        for path, value in ((word, objection.error), (message, objection.message), (fields_member, fields)):
            if not path:
                continue
            *outer, name = path.split(".")
            inner = said
            for each in outer:
                inner = inner.setdefault(each, {})
            inner[name] = value
        headers = {"www-authenticate": challenge} if challenge and objection.status == 401 else None
        return Response({**said, **objection.more}, status_code=objection.status, headers=headers)

    return answer


def needs_key(
    header: str, secret: str, *, prefix: str = "", error: str = "bad_api_key", public: str = ""
) -> Callable[[AnyRequest], None]:
    """For `before_request` of an application whose client says the `secret` in this header, after the `prefix`
    (`"Bearer "`). It raises `Objection` 401 for any other, but not at the address `public` (`"/card"`) and those below
    it, which a browser visits."""
    expected = (prefix + secret).encode()

    def check(request: AnyRequest) -> None:
        if public and f"{request.url.path}/".startswith(f"{public}/"):
            return
        if not hmac.compare_digest(request.headers.get(header, "").encode(), expected):
            raise Objection(401, error)

    return check


def objections(*checks: Callable[[], object], fields_member: str = "fields") -> list[dict[str, Any]]:
    """What each of these checks objects to, where a portal tells all of it at once: `error`, `message`, and the fields
    under this name."""
    found = []
    for check in checks:
        try:
            check()
        except Objection as objection:
            said = {"error": objection.error, "message": objection.message, fields_member: list(objection.fields)}
            found.append(said)
    return found


async def read_json(request: AnyRequest, shape: type[_T], error: str = "demande_invalide") -> _T:
    """The body. Raises `Objection` 400 with this word for another shape."""
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Objection(400, error, str(problem)) from problem


async def read_form(request: AnyRequest) -> dict[str, str]:
    """`application/x-www-form-urlencoded`; of a name that comes twice the first value."""
    return {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}


def letters(text: str) -> str:
    """Names as a register compares them: no case, no accents or vowel signs, no spaces and hyphens."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in bare if each.isalnum())
