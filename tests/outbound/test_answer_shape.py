"""The shape of an answer tells what has changed, and nothing of whom it was about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.outbound.answer_shape import LARGEST, LINES, shape_of
from gateway.outbound.answer_words import words_in

SECRETS = ("ab123456", "amina", "el fassi", "elfassi", "el_fassi", "example.org", "1988-03-14")


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
        ("application/json", '{"amina@example.org": {"statut": "EN_COURS"}}'),
        ("application/json", '{"Amina": {"statut": "EN_COURS"}, "ElFassi": 1, "AMINA_EL_FASSI": 2}'),
        ("application/json", '{"demandes": {"Amina.ElFassi": "EN_COURS"}}'),
        ("text/xml", "<r><Amina>1</Amina><e Amina='1'/></r>"),
        ("text/html", "<html><amina></amina></html>"),
        ("application/x-www-form-urlencoded", "Amina=1&statut=2"),
    ],
)
def test_shape_holds_no_value(media_type: str, body: str) -> None:
    shape = shape_of(media_type, body.encode())
    assert shape
    assert not [each for each in SECRETS if each in "\n".join(shape).lower()], shape


def test_shape_of_what_is_not_what_it_says_is_told() -> None:
    assert shape_of("application/json", b'{"a": ') == ("cannot be read as what it says it is",)
    assert shape_of("application/json", b"<html><form></form></html>") == ("html: form", "html: html")
    assert shape_of("", b"") == ("empty",)


def test_names_are_shown_as_far_as_their_words_are_known() -> None:
    body = b'{"etatDossier": 1, "AGENT_CODE": 2, "visa-code": 3, "Karim": 4, "codeKarim": 5, "@type": 6, "message": 7}'
    assert shape_of("application/json", body, frozenset({"agent", "visa"})) == (
        "*: number",
        "@type: number",
        "AGENT_CODE: number",
        "etatDossier: number",
        "message: number",
        "visa-code: number",
    )


def test_words_of_a_plugin_are_those_of_its_code(tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "people.py").write_text('NAME = "Amina"')
    (tmp_path / "mapping.py").write_text(
        '"""Written by Youssef."""\nSTATES = {"EN_COURS": 1}  # Karim knows\nanswer.get("numeroVisa")\n'
    )
    (tmp_path / "office.wsdl").write_text('<element name="EtatDossier"/><!-- Salma -->')
    found = words_in(tmp_path)
    assert {"en", "cours", "numero", "visa", "etat", "dossier"} <= found
    assert not {"amina", "youssef", "karim", "salma"} & found


def test_shape_is_bounded_whatever_comes() -> None:
    deep = b"[" * 5000 + b"]" * 5000
    assert len(shape_of("application/json", deep)) == 1
    wide = json.dumps({chr(97 + n // 26) + chr(97 + n % 26): {"x": n} for n in range(60)} | {"y": [[[[]]]]})
    assert len(shape_of("application/json", wide.encode())) <= LINES
    names = [f"{a}{b}" for a in "abcdef" for b in "abcdefgh"]
    many = json.dumps({each: dict.fromkeys("xyz", 1) for each in names})
    assert shape_of("application/json", many.encode(), frozenset([*names, *"xyz"]))[-1] == "..."
    assert shape_of("application/json", b'"' + b"x" * LARGEST + b'"') == ("too large to look at",)


def test_map_keyed_by_many_words_shows_none_of_them() -> None:
    body = {chr(97 + n // 26) + chr(97 + n % 26): "x" for n in range(100)}
    assert shape_of("application/json", json.dumps(body).encode()) == ("*: text",)
