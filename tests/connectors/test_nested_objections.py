"""A portal that has its word elsewhere than in `error` or `code`: `check(read=...)`, by the example of the guide."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gateway.connectors import authoring
from gateway.connectors.authoring import PortalError, Refused, ServerFailed, Unavailable, check

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "write-a-connector.md"
SAID = {"code": "PDC-111", "libelle": "Numéro invalide", "champs": ["permis.numero", "permis.pays"]}


@pytest.fixture(scope="module")
def accepted() -> Any:
    """`_accepted` of the guide's example."""
    blocks = GUIDE.read_text(encoding="utf-8").split("```python\n")[1:]
    (code,) = [each.partition("```")[0] for each in blocks if "read=objection" in each]
    names: dict[str, Any] = {"msgspec": msgspec, "partial": partial, "__name__": "example", **vars(authoring)}
    exec(compile(code, str(GUIDE), "exec", dont_inherit=True), names)
    return names["_accepted"]


def answer(status: int, body: Any, **headers: str) -> httpx.Response:
    return httpx.Response(status, content=msgspec.json.encode(body), headers=headers)


def raised(accepted: Any, response: httpx.Response) -> PortalError:
    with pytest.raises(PortalError) as caught:
        accepted(response)
    return caught.value


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_nested_word_is_a_refusal_with_words_and_fields(accepted: Any, status: int) -> None:
    error = raised(accepted, answer(status, {"erreur": SAID}))
    assert isinstance(error, Refused)
    assert (error.code, error.portal_message) == ("licence_number_unfit", "Numéro invalide")
    assert error.fields == {"/licence/number": "licence_number_unfit"}


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (500, {}, ServerFailed),
        (503, {"retry-after": "5"}, Unavailable),
        (401, {}, Unavailable),
        (429, {}, Unavailable),
        (302, {}, Unavailable),
    ],
)
def test_nested_word_of_another_status_is_no_refusal(
    accepted: Any, status: int, headers: dict[str, str], kind: type[PortalError]
) -> None:
    assert type(raised(accepted, answer(status, {"erreur": SAID}, **headers))) is kind


@pytest.mark.parametrize(
    "body",
    [{"erreur": {**SAID, "code": "PDC-999"}}, {"erreur": {"code": "PDC-111"}}, {"error": "PDC-111"}, "PDC-111", []],
)
def test_word_that_is_new_or_elsewhere_decides_nothing(accepted: Any, body: Any) -> None:
    error = raised(accepted, answer(422, body))
    assert (type(error), error.code) == (Unavailable, "portal_answer_unexpected")


def test_what_is_no_json_decides_nothing(accepted: Any) -> None:
    assert type(raised(accepted, httpx.Response(404, content=b"<html>PDC-111</html>"))) is Unavailable


def test_success_is_not_read() -> None:
    def read(body: bytes) -> Any:
        raise AssertionError("a 2xx is no objection")

    response = answer(200, {"erreur": SAID})
    assert check(response, {"PDC-111": "x"}, read=read) is response
