"""A portal that has its word elsewhere than in `error` or `code`: `check(read=...)`, by the example of the guide."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gateway.connectors import authoring
from gateway.connectors.authoring import (
    PortalError,
    Refused,
    ServerFailed,
    Unavailable,
    UnexpectedAnswer,
    check,
    objection_in,
)

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


OWN = objection_in("motif", message="texte", fields="champ")


@pytest.mark.parametrize(
    ("body", "word", "message", "fields"),
    [
        ({"motif": "COMPLET", "texte": "Complet.", "champ": "quartier"}, "COMPLET", "Complet.", ["quartier"]),
        ({"motif": "COMPLET", "texte": "Complet.", "champ": ["quartier"]}, "COMPLET", "Complet.", ["quartier"]),
        ({"motif": "COMPLET", "texte": None, "champ": None, "more": 1}, "COMPLET", "", []),
        ({"motif": "COMPLET", "texte": "Complet."}, "COMPLET", "Complet.", []),
    ],
)
def test_members_are_named(body: Any, word: str, message: str, fields: list[str]) -> None:
    read = OWN(msgspec.json.encode(body))
    assert (read.word, read.message, read.fields) == (word, message, fields)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"COMPLET"',
        b"\xff",
        b"{}",
        b'{"motif": null}',
        b'{"motif": 7}',
        b'{"motif": "COMPLET"}',
        b'{"motif": "COMPLET", "texte": 7}',
        b'{"motif": "COMPLET", "texte": "", "champ": [7]}',
        b'{"motif": "COMPLET", "texte": "", "champ": {"quartier": 1}}',
        b'{"motif": "COMPLET", "texte": false}',
        b'{"motif": "COMPLET", "texte": "", "champ": 0}',
        b'{"motif": "COMPLET", "texte": "", "champ": {}}',
        b'{"error": "COMPLET"}',
    ],
)
def test_another_shape_is_no_objection(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"not (an objection|dict) as we know it") as raised:
        OWN(body)
    assert "COMPLET" not in str(raised.value)


@pytest.mark.parametrize("read", [None, objection_in("error", message="message")])
@pytest.mark.parametrize("named", [{}, {"fields": []}])
def test_a_word_may_be_about_one_member(read: Any, named: dict[str, Any]) -> None:
    """The portal names none."""
    said = answer(422, {"error": "contrat_inconnu", "message": "Pas à ce nom."} | named)
    with pytest.raises(Refused) as caught:
        check(said, {"contrat_inconnu": "contract_unknown"}, fields={"contrat_inconnu": "/contract"}, read=read)
    assert caught.value.fields == {"/contract": "contract_unknown"}


def test_members_that_are_named_come_before_the_word() -> None:
    said = answer(422, {"error": "invalide", "message": "", "fields": ["nom"]})
    with pytest.raises(Refused) as caught:
        check(said, {"invalide": "form_not_accepted"}, fields={"invalide": "/contract", "nom": "/person"})
    assert caught.value.fields == {"/person": "form_not_accepted"}
