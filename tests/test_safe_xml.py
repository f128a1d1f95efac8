"""Hostile XML is refused before a tree of it exists, and by a word that quotes nothing of it."""

from __future__ import annotations

import tracemalloc

import pytest

from gateway.safe_xml import Limits, XmlRefused, parse

LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;">]>
<lolz>&f;</lolz>"""
FILE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
REMOTE = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>'
PARAMETER = b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><a/>'
ARABIC = "<?xml version='1.0' encoding='{}'?><a>أمينة</a>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (LAUGHS, "document_type"),
        (FILE, "document_type"),
        (REMOTE, "document_type"),
        (PARAMETER, "document_type"),
        (b"<!DOCTYPE a><a/>", "document_type"),
        (b"<a>&undeclared;</a>", "not_well_formed"),
        (b"<a><?php echo 1 ?></a>", "processing_instruction"),
        (b'<?xml-stylesheet href="http://127.0.0.1:9/a.xsl"?><a/>', "processing_instruction"),
        (b"", "not_well_formed"),
        (b"{}", "not_well_formed"),
        (b"<a><b></a></b>", "not_well_formed"),
        (b"<html><br><p>Maintenance</html>", "not_well_formed"),
        (ARABIC.format("windows-1256").encode("cp1256"), "encoding"),
        (ARABIC.format("utf-8").encode("cp1256"), "not_well_formed"),
        ("<a>أمينة</a>".encode("cp1256"), "not_well_formed"),
        (ARABIC.format("utf-16").encode("utf-16"), "encoding"),
        ("<a>أمينة</a>".encode("utf-16"), "not_well_formed"),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "document_type"),
        (ARABIC.format("utf-7").encode("utf-8"), "encoding"),
        (b"<a>" * 41 + b"</a>" * 41, "too_deep"),
        (b"<a>" + b"<b/>" * 20_000 + b"</a>", "too_many_elements"),
        (b"<a " + b" ".join(b'b%d=""' % n for n in range(33)) + b"/>", "too_many_attributes"),
        (b"<a " + b" ".join(b'xmlns:b%d="u"' % n for n in range(33)) + b"/>", "too_many_attributes"),
    ],
)
def test_what_no_message_needs_is_refused(content, reason):
    with pytest.raises(XmlRefused) as refused:
        parse(content)
    assert refused.value.reason == str(refused.value) == reason
    assert refused.value.__cause__ is None


def test_the_size_is_looked_at_before_anything_else():
    content = b"<a>" + b"x" * 100_000_000 + b"</a>"
    tracemalloc.start()
    try:
        with pytest.raises(XmlRefused, match="too_large"):
            parse(content)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_every_limit_can_be_set():
    small = Limits(bytes=40, depth=2, elements=3, attributes=1)
    assert parse(b'<a><b c=""/><b/></a>', small).tag == "a"
    for content, reason in [
        (b"<a>" + b" " * 40 + b"</a>", "too_large"),
        (b"<a><b><c/></b></a>", "too_deep"),
        (b"<a><b/><b/><b/></a>", "too_many_elements"),
        (b'<a b="" c=""/>', "too_many_attributes"),
    ]:
        with pytest.raises(XmlRefused, match=reason):
            parse(content, small)


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "us-ascii"])
def test_utf8_is_read_and_comments_do_not_split_a_text(encoding):
    text = "أمينة" if "8" in encoding else "Amina"
    content = f"<?xml version='1.0' encoding='{encoding}'?><a>{text[:2]}<!-- x -->{text[2:]}</a>"
    assert parse(content.encode()).text == text


def test_a_byte_order_mark_is_no_obstacle():
    assert parse("\ufeff<a>é</a>".encode()).text == "é"
