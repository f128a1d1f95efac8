"""Calls of the MRE Services API for one visitor: her token, her language, the mandate that an agent acts under."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec


class ApiProblem(Exception):
    """An answer of the API that is an error (RFC 9457), with what its body says."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(f"{status} {body.get('code', '')}")
        self.status, self.body = status, body
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


class Api:
    """One visitor's calls. Paths are relative to the gateway (`/v1/cases`)."""

    def __init__(self, http: httpx.AsyncClient, *, language: str, token: str = "", mandate: str = "") -> None:
        self._http, self._token, self._mandate = http, token, mandate
        self.language = language
        self.last_call_id = ""
        """Of the newest answer: which record of the log a page is."""

    async def get(self, path: str, **params: Any) -> Any:
        return await self.request("GET", path, params=params)

    async def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        """`key`: idempotency key, for what a person might send twice; else each call has its own."""
        return await self.request("POST", path, json={} if body is None else body, key=key)

    async def put(self, path: str, body: Any, *, key: str = "", if_match: str = "") -> Any:
        """`if_match`: the `ETag` that was read, so that nothing is overwritten unseen."""
        return await self.request("PUT", path, json=body, key=key, headers={"If-Match": if_match} if if_match else None)

    async def delete(self, path: str) -> Any:
        return await self.request("DELETE", path)

    async def request(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None, key: str = "",
        files: Any = None, headers: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        """The decoded body, None for an empty one. Raises `ApiProblem` and `ApiAway`."""
        answer = await self.send(method, path, json=json, params=params, key=key, files=files, headers=headers)
        if not answer.content:
            return None
        try:
            return msgspec.json.decode(answer.content)
        except msgspec.DecodeError as error:
            raise ApiAway(f"{method} {path} is answered with something else than JSON") from error

    async def send(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None, key: str = "",
        files: Any = None, headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        """The answer as it came, for what is no JSON."""
        sent = {"Accept-Language": self.language, **(headers or {})}
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        if self._mandate:
            sent["Mandate"] = self._mandate
        if method != "GET":
            sent["Idempotency-Key"] = key or secrets.token_urlsafe(24)
        asked = {name: value for name, value in (params or {}).items() if value not in (None, "")}
        try:
            answer = await self._http.request(method, path, json=json, params=asked, files=files, headers=sent)
        except httpx.HTTPError as error:
            raise ApiAway(f"{method} {path}: {type(error).__name__}") from error
        self.last_call_id = answer.headers.get("call-id", self.last_call_id)
        if answer.status_code < 400:
            return answer
        if answer.headers.get("content-type", "").startswith("application/problem+json"):
            raise ApiProblem(answer.status_code, msgspec.json.decode(answer.content), answer.headers)
        raise ApiAway(f"{method} {path} is answered {answer.status_code} without a problem document")
