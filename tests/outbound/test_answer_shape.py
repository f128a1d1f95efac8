"""The shape of an answer tells what has changed, and nothing of whom it was about."""

from __future__ import annotations

import json

import pytest

from gateway.outbound.answer_shape import LARGEST, LINES, shape_of

SECRETS = ("AB123456", "Amina", "El Fassi", "amina@example.org", "1988-03-14")


def test_shape_of_json_names_members_and_types() -> None:
    body = {"demande": {"statut": "EN_COURS", "pieces": [{"type": "cin", "pages": 2}, {"type": "x"}]}, "ok": True}
    assert shape_of("application/json", json.dumps(body).encode()) == (
        "demande.pieces[].pages: number",
        "demande.pieces[].type: text",
        "demande.statut: text",
        "ok: boolean",
    )


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", '{"AB123456": {"nom complet": "Amina El Fassi"}, "mail": "amina@example.org"}'),
        ("application/json", '["Amina", {"naissance": "1988-03-14", "Amina El Fassi": 1}]'),
        ("text/xml", '<r xmlns="urn:x" id="AB123456"><nom>Amina</nom><AB123456/></r>'),
        ("text/html", "<html><![Amina[AB123456]]>"),
        ("text/html", "<html><![\n"),
        ("text/html", "<html><body><p title='Amina'>El Fassi AB123456</p></body></html>"),
        ("text/plain", "Amina El Fassi"),
        ("application/x-www-form-urlencoded", "nom=Amina&AB123456=1"),
        ("application/json", '{"nom": "Amina"'),
        ("text/xml", "<r><nom>Amina</r>"),
        ("application/pdf", "%PDF Amina"),
    ],
)
def test_shape_holds_no_value(media_type: str, body: str) -> None:
    shape = shape_of(media_type, body.encode())
    assert shape
    assert not [each for each in SECRETS if each in "\n".join(shape)], shape


def test_shape_of_what_is_not_what_it_says_is_told() -> None:
    assert shape_of("application/json", b'{"a": ') == ("cannot be read as what it says it is",)
    assert shape_of("application/json", b"<html><form></form></html>") == ("html: form", "html: html")
    assert shape_of("", b"") == ("empty",)


def test_shape_is_bounded_whatever_comes() -> None:
    deep = b"[" * 5000 + b"]" * 5000
    assert len(shape_of("application/json", deep)) == 1
    wide = json.dumps({chr(97 + n // 26) + chr(97 + n % 26): {"x": n} for n in range(60)} | {"y": [[[[]]]]})
    assert len(shape_of("application/json", wide.encode())) <= LINES
    many = json.dumps({f"{a}{b}": dict.fromkeys("xyz", 1) for a in "abcdef" for b in "abcdefgh"})
    assert shape_of("application/json", many.encode())[-1] == "..."
    assert shape_of("application/json", b'"' + b"x" * LARGEST + b'"') == ("too large to look at",)


def test_map_keyed_by_many_words_shows_none_of_them() -> None:
    body = {chr(97 + n // 26) + chr(97 + n % 26): "x" for n in range(100)}
    assert shape_of("application/json", json.dumps(body).encode()) == ("*: text",)
