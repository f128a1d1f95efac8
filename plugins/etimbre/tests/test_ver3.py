"""Hashes are written out by hand: the joined text is there to be read, and one was made with another program."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugins.etimbre import mapping, ver3
from plugins.etimbre.sandbox import callbacks

KEY = "TEST1234"


def hash_of(text):
    return base64.b64encode(hashlib.sha512(text.encode()).digest()).decode()


def test_a_hash_made_by_another_program_is_the_same():
    """printf '%s' 'A|5.00||a\\\\b\\|c|k\\|e\\\\y' | openssl dgst -sha512 -binary | base64"""
    fields = {"oid": "a\\b|c", "Amount": "5.00", "email": "", "A": "A"}
    assert (
        ver3.hash(fields, "k|e\\y")
        == "yC79w/wcAKSP5yTf4H+FOq7Dwkua0N8ezS0DR9/jCVLlm5XBHCZ57ff+h14iwdEIw/yRx7uR5g5ozKT6E8gH1w=="
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"b": "2", "A": "1", "C": "3"}, "1|2|3|TEST1234"),
        ({"a": "", "b": ""}, "||TEST1234"),
        ({"a": "x|y"}, "x\\|y|TEST1234"),
        ({"a": "x\\y"}, "x\\\\y|TEST1234"),
        ({"a": "x\\|y"}, "x\\\\\\|y|TEST1234"),
        ({"a": "  x \t\r\n"}, "x|TEST1234"),
        ({"a": "1", "hash": "h", "Encoding": "UTF-8"}, "1|TEST1234"),
        ({"a": "1", "HASH": "h", "ENCODING": "UTF-8"}, "1|TEST1234"),
        ({"a": "1", "hashAlgorithm": "ver3"}, "1|ver3|TEST1234"),
        ({"a": "وثيقة é"}, "وثيقة é|TEST1234"),
        ({"_b": "2", "Za": "1"}, "2|1|TEST1234"),
        ({"a": "1 &amp; 2"}, "1 &amp; 2|TEST1234"),
        ({}, "TEST1234"),
    ],
)
def test_the_hash_is_of_the_escaped_values_in_order_of_their_names(fields, text):
    assert ver3.hash(fields, KEY) == hash_of(text)


def test_the_store_key_is_escaped_like_a_value():
    assert ver3.hash({"a": "1"}, "k|\\") == hash_of("1|k\\|\\\\")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("x\n", "x"),
        ("x\n\n", "x"),
        ("\n", ""),
        ("Amina &amp; fils", "Amina & fils"),
        ("&lt;b&gt; &quot;x&quot; &#39;y&#x27;", "<b> \"x\" 'y'"),
        ("&amp;amp;", "&amp;"),
        ("l&eacute;galis&#233;\n", "légalisé"),
        ("https://f.example/?a=1&region=2&copy=3", "https://f.example/?a=1&region=2&copy=3"),
        ("a\xa0", "a\xa0"),
    ],
)
def test_a_callback_value_loses_its_newline_and_one_layer_of_escapes(sent, meant):
    assert ver3.received({"a": sent}) == {"a": meant}


def test_the_hash_field_may_be_written_in_any_letter_case():
    for name in ("hash", "HASH", "Hash"):
        assert ver3.verified({"a": "1", name: hash_of("1|TEST1234")}, KEY)


@pytest.mark.parametrize(
    "fields",
    [
        {"a": "1"},
        {"a": "1", "hash": ""},
        {"a": "1", "hash": "é"},
        {"a": "1", "hash": hash_of("1|test1234")},
        {"a": "1", "hash": hash_of("1|TEST1234"), "HASH": hash_of("1|TEST1234")},
    ],
)
def test_no_hash_a_wrong_hash_and_two_hashes_do_not_verify(fields):
    assert not ver3.verified(fields, KEY)


names = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_", min_size=1, max_size=12)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
forms = st.dictionaries(names, values, min_size=1, max_size=8).filter(
    lambda fields: len({name.lower() for name in fields} - ver3.UNHASHED) == len(fields)
)


ADDED = {"returnoid", "callbackcall", "procreturncode"}
"""What CMI adds to the fields of a form."""


@given(forms, st.data())
def test_changing_any_one_value_breaks_the_hash(fields, data):
    signed = fields | {"hash": ver3.hash(fields, KEY)}
    assert ver3.verified(signed, KEY)
    name = data.draw(st.sampled_from(sorted(signed)))
    other = data.draw(values.filter(lambda value: value.strip(ver3.BLANK) != signed[name].strip(ver3.BLANK)))
    assert not ver3.verified(signed | {name: other}, KEY)


@given(forms, names, values)
def test_adding_or_removing_a_field_breaks_the_hash(fields, name, value):
    signed = fields | {"hash": ver3.hash(fields, KEY)}
    if name.lower() not in {each.lower() for each in signed} | ver3.UNHASHED:
        assert not ver3.verified(signed | {name: value}, KEY)
    gone = next(iter(fields))
    assert not ver3.verified({each: value for each, value in signed.items() if each != gone}, KEY)


def test_a_value_that_looks_escaped_arrives_as_it_was_written():
    fields = {"BillToName": "A &amp; B", "okUrl": "https://f.example/?a=1&lt;=2", "ErrMsg": ""}
    sent = callbacks.body(callbacks.callback_fields(fields, store_key=KEY))
    meant = ver3.received(mapping.form_fields(sent))
    assert ver3.verified(meant, KEY)
    assert fields.items() <= meant.items()


@given(forms)
@example({"CAllBACkCAll": "", "a": "1"})
def test_what_cmi_sends_verifies_whatever_the_values_are(fields):
    """Of the shop's own names; those that CMI adds are no shop's, in whatever letter case."""
    fields = {name: value for name, value in fields.items() if name.lower() not in ADDED}
    sent = callbacks.body(callbacks.callback_fields(fields, store_key=KEY, ProcReturnCode="00"))
    assert ver3.verified(ver3.received(mapping.form_fields(sent)), KEY)


def test_a_hash_that_its_author_wrapped_is_the_same_hash():
    """An encoder for MIME ends a line after 76 characters; a SHA-512 in Base64 has 88."""
    right = ver3.hash({"a": "1"}, KEY)
    for wrapped in (f"{right[:76]}\n{right[76:]}", f"{right[:76]}\r\n{right[76:]}\r\n"):
        assert ver3.verified({"a": "1", "HASH": wrapped}, KEY)
    for wrong in (right[:-1], f"{right}=", f"{right[:76]}-{right[76:]}", "²", "", right.replace("=", "")):
        assert not ver3.verified({"a": "1", "HASH": wrong}, KEY)
