"""Calls of the MRE Services API for one visitor, through its Python client."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import httpx
import mre_services
from mre_services import ApiResponse, AsyncClient

from window.own_words import said
from window.translations import Texts

_ATTEMPTS: Final = 3
_MOST_WAIT_SECONDS: Final = 4.0
"""Somebody looks at an empty page meanwhile."""
_LONGEST_HEADER: Final = 1000
_PATH: Final = re.compile(r"/[A-Za-z0-9_.~/\-]*(\?[^#\\\s]*)?")


class ApiProblem(Exception):
    """An answer of the API that is an error (RFC 9457), with what its body says. `mandate`: under which it was asked
    for; empty: none."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str], *, mandate: str = "") -> None:
        super().__init__(f"{status} {body.get('code', '')}")
        self.status, self.body, self.mandate = status, body, mandate
        self.code: str = body.get("code") or ""
        self.title: str = body.get("title") or ""
        self.detail: str = body.get("detail") or ""
        self.remedy: str = body.get("remedy") or ""
        self.origin: str = body.get("origin") or "gateway"
        self.retry_safe: bool = bool(body.get("retry_safe"))
        self.retry_after: int | None = body.get("retry_after")
        self.call_id: str = body.get("call_id") or ""
        self.portal: str = body.get("portal") or ""
        self.portal_message: str = body.get("portal_message") or ""
        self.errors: list[dict[str, Any]] = body.get("errors") or []
        self.challenge: str = headers.get("www-authenticate", "")


class ApiAway(Exception):
    """The gateway does not answer, or not as an API does."""


def check_path(path: str) -> None:
    """Raises `ApiProblem`: what a visitor typed into an address can name nothing else of the gateway."""
    if not _PATH.fullmatch(path) or ".." in path or "//" in path:
        raise ApiProblem(404, {"code": "not_found"}, {})


def check_header(value: str) -> None:
    """Raises `ApiProblem` for what somebody put into a hidden field or an address, and no header of a call can hold."""
    if not value.isascii() or not value.isprintable() or len(value) > _LONGEST_HEADER:
        raise ApiProblem(404, {"code": "not_found"}, {})


class Api:
    """One visitor's calls: her token, her language, the mandate that an agent acts under. `texts`: how the window says
    what the API says to programs alone.

    Paths are relative to the gateway (`/v1/cases`).
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        url: str,
        language: str,
        texts: Texts,
        timeout: float = 15.0,
        token: str = "",
        mandate: str = "",
    ) -> None:
        self._client = AsyncClient(
            url, token or None, language=language, http=http, timeout=timeout,
            max_attempts=_ATTEMPTS, max_wait=_MOST_WAIT_SECONDS,
        )  # fmt: skip
        self._mandate, self._texts = mandate, texts
        self.language = language
        self.last_call_id = ""
        """Of the newest answer: which record of the log a page is."""

    async def get(self, path: str, **params: Any) -> Any:
        return await self.request("GET", path, params=params)

    async def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        """`key`: idempotency key, for what a person might send twice; else each call has its own."""
        return await self.request("POST", path, json={} if body is None else body, key=key)

    async def put(self, path: str, body: Any, *, if_match: str = "") -> Any:
        """`if_match`: the `ETag` that was read, so that nothing is overwritten unseen."""
        return await self.request("PUT", path, json=body, headers={"If-Match": if_match} if if_match else None)

    async def delete(self, path: str) -> Any:
        return await self.request("DELETE", path)

    async def request(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None, key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        """The decoded body, None for an empty one; bytes of what is no JSON. Raises `ApiProblem` and `ApiAway`."""
        return (await self.send(method, path, json=json, params=params, key=key, headers=headers)).data

    async def send(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None, key: str = "",
        headers: Mapping[str, str] | None = None, accept: str = "application/json",
    ) -> ApiResponse:  # fmt: skip
        """The answer with its headers: `answer.data`, `answer.headers`, `answer.etag`."""
        check_path(path)
        asked = {name: value for name, value in (params or {}).items() if value not in (None, "")}
        sent = {**({"Mandate": self._mandate} if self._mandate else {}), **(headers or {})}
        for each in (key, *sent.values()):
            check_header(each)
        try:
            answer = await self._client.response(
                method, path, json=json, params=asked, headers=sent, idempotency_key=key or None, accept=accept
            )
        except (mre_services.ServiceError, httpx.HTTPError) as error:
            raise self._failed(error) from error
        self.last_call_id = answer.headers.get("call-id", self.last_call_id)
        return answer

    async def upload(self, name: str, content: bytes, media_type: str) -> Any:
        """The attachment. Raises `ApiProblem` and `ApiAway`."""
        try:
            files = self._client.with_options(mandate=self._mandate or None).attachments
            return await files.upload(content, name=name, media_type=media_type)
        except (mre_services.ServiceError, httpx.HTTPError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> Exception:
        if not isinstance(error, mre_services.ApiProblem) or not error.problem.get("call_id"):
            return ApiAway(f"{type(error).__name__} {getattr(error, 'status', '')}".strip())
        self.last_call_id = error.call_id or self.last_call_id
        return ApiProblem(error.status, said(error.problem, self._texts), error.headers, mandate=self._mandate)
