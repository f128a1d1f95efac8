"""Models from a WSDL, and descriptions that are refused."""

from __future__ import annotations

import datetime
import json
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.settings import bundled
from gateway.testing.model_writer import MOST_BYTES, BadDescription
from gateway.testing.wsdl_models import models

SOAP_PORTAL = bundled("plugins") / "alhalalmadania"
TYPES = """
<xsd:simpleType name="Etat"><xsd:restriction base="xsd:string">
  <xsd:enumeration value="REÇU"/><xsd:enumeration value='x"; import os; "'/></xsd:restriction></xsd:simpleType>
<xsd:simpleType name="EtatCourt"><xsd:restriction base="t:Etat"><xsd:enumeration value="REÇU"/></xsd:restriction>
</xsd:simpleType>
<xsd:simpleType name="Rang"><xsd:restriction base="xsd:int"><xsd:enumeration value="1"/></xsd:restriction>
</xsd:simpleType>
<xsd:simpleType name="Mots"><xsd:list itemType="xsd:token"/></xsd:simpleType>
<xsd:simpleType name="Un"><xsd:union memberTypes="xsd:int xsd:date"/></xsd:simpleType>
<xsd:complexType name="Base"><xsd:sequence><xsd:element name="id" type="xsd:long"/></xsd:sequence>
  <xsd:attribute name="lang" type="xsd:language" use="required"/><xsd:attribute name="old" use="prohibited"/>
</xsd:complexType>
<xsd:complexType name="Montant"><xsd:simpleContent><xsd:extension base="xsd:decimal">
  <xsd:attribute name="devise" type="xsd:string"/></xsd:extension></xsd:simpleContent></xsd:complexType>
<xsd:complexType name="Demande"><xsd:complexContent><xsd:extension base="t:Base"><xsd:sequence>
  <xsd:element name="etat" type="t:Etat"/>
  <xsd:element name="court" type="t:EtatCourt"/>
  <xsd:element name="rang" type="t:Rang"/>
  <xsd:element name="date" type="xsd:dateTime" nillable="true"/>
  <xsd:element name="montant" type="t:Montant" minOccurs="0"/>
  <xsd:element name="piece" minOccurs="0" maxOccurs="unbounded"><xsd:complexType><xsd:all>
    <xsd:element name="class" type="xsd:base64Binary"/><xsd:element name="mots" type="t:Mots"/></xsd:all>
  </xsd:complexType></xsd:element>
  <xsd:choice><xsd:element name="oui" type="xsd:boolean"/><xsd:element ref="t:Note"/></xsd:choice>
  <xsd:element name="mere" type="t:Demande" minOccurs="0"/>
  <xsd:element name="un" type="t:Un" minOccurs="0"/>
  <xsd:element name="jamais" type="xsd:string" minOccurs="0" maxOccurs="0"/>
  <xsd:any minOccurs="0"/>
</xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
<xsd:element name="Note" type="xsd:string"/>
<xsd:element name="Demande"><xsd:complexType><xsd:sequence><xsd:element name="corps" type="t:Demande"/></xsd:sequence>
</xsd:complexType></xsd:element>
"""


def described(types: str = TYPES, *, around: str = "") -> bytes:
    return f"""<?xml version="1.0"?><definitions xmlns="http://schemas.xmlsoap.org/wsdl/"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:test">{around}<types>
 <xsd:schema targetNamespace="urn:test">{types}</xsd:schema></types></definitions>""".encode()


def run(text: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("made_models")
    monkeypatch.setitem(sys.modules, "made_models", module)
    exec(compile(text, "models.py", "exec"), module.__dict__)
    return module


def test_a_message_is_read_by_its_types(monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(models(described()), monkeypatch)
    now = datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.UTC)
    answer: dict[str, Any] = {"id": 1, "lang": "fr", "etat": "REÇU", "court": "REÇU", "rang": 1, "date": now}
    read = msgspec.convert(answer, made.Demande)
    assert (read.date, read.piece, read.oui, read.Note, read.mere) == (now, [], None, None, None)
    answer |= {"date": None, "montant": {"_value_1": Decimal("40.00"), "devise": "MAD"}, "oui": True}
    answer |= {"piece": [{"class": b"%PDF", "mots": ["a"]}]}
    read = msgspec.convert({"corps": {**answer, "mere": answer}}, made.Demande2).corps
    assert (read.mere.date, read.montant.value_1, read.piece[0].class_) == (None, Decimal("40.00"), b"%PDF")
    for wrong in ({"etat": 1}, {"lang": 3}, {"piece": None}, {"montant": {"devise": "MAD"}}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(answer | wrong, made.Demande)


def test_what_zeep_reads_of_a_bundled_portal_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.alhalalmadania import soap

    made = run(models((SOAP_PORTAL / "etat-civil.wsdl").read_bytes()), monkeypatch)
    read = 0
    for path in (SOAP_PORTAL / "exchanges").glob("progress-*.json"):
        for turn in json.loads(path.read_text())["wire"]:
            if turn["response"]["status"] == 200 and "xml" in turn["response"]:
                values, unknown = soap.read("Consulter", "\n".join(turn["response"]["xml"]).encode())
                if not unknown:
                    assert msgspec.convert(values, made.ConsulterReponse).dossier.numero
                    read += 1
    assert read


def test_a_schema_may_import_another_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    other = '<xsd:complexType name="A"><xsd:all><xsd:element name="x" type="xsd:int"/></xsd:all></xsd:complexType>'
    types = '<xsd:import namespace="urn:o"/><xsd:element name="B"><xsd:complexType><xsd:sequence>'
    types += '<xsd:element xmlns:o="urn:o" name="a" type="o:A"/></xsd:sequence></xsd:complexType></xsd:element>'
    text = described(f'{types}</xsd:schema><xsd:schema targetNamespace="urn:o">{other}').decode()
    made = run(models(text.encode()), monkeypatch)
    assert msgspec.convert({"a": {"x": 1}}, made.B).a.x == 1


def a_type(content: str, attributes: str = "") -> bytes:
    return described(f'<xsd:complexType name="A" {attributes}>{content}</xsd:complexType>')


ELEMENT = '<xsd:element name="b" type="xsd:int"/>'


@pytest.mark.parametrize(
    ("description", "told"),
    [
        (b"<" + b"x" * MOST_BYTES, "too_large"),
        (b"<a", "not_well_formed"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document_type"),
        (b"<a/>", "not a WSDL 1.1"),
        (b'<description xmlns="http://www.w3.org/ns/wsdl"/>', "not a WSDL 1.1"),
        (b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>', "no schema"),
        (described(around='<import location="http://evil.example/x.wsdl"/>'), "imports 'http://evil.example/x.wsdl'"),
        (described('<xsd:import namespace="urn:x" schemaLocation="file:///etc/passwd"/>'), "'urn:x', which is not in"),
        (described('<xsd:include schemaLocation="b.xsd"/>'), "includes 'b.xsd'"),
        (described('<xsd:element name="a" type="xsd:string"/>'), "no schema of it is an object"),
        (a_type('<xsd:sequence><xsd:element name="b" type="t:B"/></xsd:sequence>'), "A/b refers to 't:B'"),
        (a_type('<xsd:sequence><xsd:element name="b" type="xsd:nothing"/></xsd:sequence>'), "A/b is no type of XML"),
        (a_type(f'<xsd:sequence maxOccurs="unbounded">{ELEMENT}</xsd:sequence>'), "a sequence of A may be repeated"),
        (a_type('<xsd:group ref="t:G"/>'), "A uses a group"),
        (a_type(f"<xsd:sequence>{ELEMENT}</xsd:sequence>", 'mixed="true"'), "A mixes text and elements"),
        (a_type(f"<xsd:sequence>{ELEMENT}{ELEMENT}</xsd:sequence>"), "has 'b' twice"),
        (a_type("<xsd:complexContent/>"), "neither extends nor restricts"),
        (a_type('<xsd:sequence><xsd:element name="b" maxOccurs="many"/></xsd:sequence>'), "maxOccurs of A/b is 'many'"),
        (a_type("<xsd:sequence><xsd:element/></xsd:sequence>"), "a member of A has no name"),
        (a_type('<xsd:complexContent><xsd:extension base="t:A"/></xsd:complexContent>'), "refers to itself"),
        (
            described(
                '<xsd:simpleType name="S"><xsd:restriction base="t:S"/></xsd:simpleType>'
                '<xsd:complexType name="A"><xsd:all><xsd:element name="b" type="t:S"/></xsd:all></xsd:complexType>'
            ),
            "refers to itself",
        ),
        (described('<xsd:element name="a" type="xsd:string"/>' * 1_100), "more than 500 named parts"),
    ],
)
def test_a_description_that_is_not_read_is_refused(description: bytes, told: str) -> None:
    with pytest.raises(BadDescription, match=told):
        models(description)


def test_the_command_tells_a_wsdl_from_openapi(tmp_path: Path) -> None:
    given = ["connector", "new", "hello", "--dir", str(tmp_path), "--from", str(SOAP_PORTAL / "etat-civil.wsdl")]
    done = CliRunner().invoke(main, given)
    assert done.exit_code == 0, done.output
    assert "class Dossier(msgspec.Struct" in (tmp_path / "hello" / "models.py").read_text()
    wrong = tmp_path / "wrong.wsdl"
    wrong.write_bytes(b"\n<a/>")
    done = CliRunner().invoke(main, [*given[:2], "other", *given[3:5], "--from", str(wrong)])
    assert (done.exit_code, "not a WSDL 1.1" in done.output) == (1, True)
    assert not (tmp_path / "other").exists()
