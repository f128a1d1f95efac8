"""Whatever the portal answers, the outcome is one of three, and never wrong data."""

from __future__ import annotations

import base64

import pytest

from gateway.connectors.contract import CaseStatus, Filing, Refused, ServerFailed, Unavailable, Unknown
from plugins.alhalalmadania.tests.portal import DOSSIER, NAMESPACE, SOAP_TYPE, body, misbehaving, shown

SOAP = "http://www.w3.org/2003/05/soap-envelope"
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><s>&d;</s>"""
OUTSIDE = b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><s>&x;</s>'
PAGE = b"<html><h1>Maintenance</h1></html>"


@pytest.fixture
async def portal(plugin, tmp_path):
    async with misbehaving(plugin, tmp_path) as found:
        yield found


async def outcomes(portal, filing):
    """How reading and filing end: the code of `Unavailable`, and whether the filing's outcome is unknown."""
    with pytest.raises(Unavailable) as unavailable:
        await portal.call()
    with pytest.raises(Unknown):
        await portal.call(Filing.file, filing("birth-copy"))
    return unavailable.value.code


@pytest.mark.parametrize("content", [LAUGHS, OUTSIDE, b"<!DOCTYPE s SYSTEM 'http://127.0.0.1:9/x.dtd'><s/>", b"", b"<"])
async def test_bombs_and_entities_are_never_opened(portal, filing, content):
    portal.raw(content)
    assert await outcomes(portal, filing) == "portal_answer_not_authentic"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PAGE, "text/html"),
        (b'{"etat": "delivre"}', "application/json"),
        (b"", ""),
        (LAUGHS, "text/xml"),
    ],
)
async def test_a_page_with_status_200_is_not_an_answer(portal, filing, content, media_type):
    portal.raw(content, media_type)
    assert await outcomes(portal, filing) == "portal_answer_unexpected"


async def test_an_authentic_answer_under_another_media_type_is_not_read(portal, filing):
    """Only what says it is SOAP was checked."""
    portal.reply = lambda signature: (200, "text/xml", portal.security.sign(body(shown()), signature))
    assert await outcomes(portal, filing) == "portal_answer_unexpected"


async def test_a_page_that_says_it_is_soap_is_not_authentic(portal, filing):
    portal.raw(PAGE)
    assert await outcomes(portal, filing) == "portal_answer_not_authentic"


async def test_an_answer_of_100_megabytes_is_not_read(portal):
    portal.raw(b"<a>" + b"x" * 100_000_000 + b"</a>")
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call()


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, Unavailable, "portal_denied_gateway"),
        (403, Unavailable, "portal_denied_gateway"),
        (404, Unavailable, "portal_answer_unexpected"),
        (422, Unavailable, "portal_answer_unexpected"),
        (302, Unavailable, "portal_redirected"),
        (429, Unavailable, "portal_busy"),
        (500, ServerFailed, "portal_failed"),
    ],
)
async def test_of_a_page_only_the_status_is_believed(portal, status, error, code):
    portal.raw(PAGE, "text/html", status)
    with pytest.raises(error, match=code) as raised:
        await portal.call()
    assert raised.value.portal_message == ""


NAMES = ("numero", "referenceClient", "etat", "evenement", "date", "libelle")


@pytest.mark.parametrize("name", NAMES)
async def test_a_renamed_element_is_noticed_and_nothing_is_taken_for_it(portal, name):
    portal.signed(shown(DOSSIER.replace(f"<{name}>", f"<{name}2>").replace(f"</{name}>", f"</{name}2>")))
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call()


@pytest.mark.parametrize(
    "change",
    [
        ("2026-11-03T09:00:00+00:00", "2026-11-03T09:00:00"),  # no zone
        ("2026-11-03T09:00:00+00:00", "03/11/2026"),
        ("EC-2026-000001", "1"),
        ("<etat>depose</etat>", "<etat></etat>"),
        ("<etat>depose</etat>", ""),
        ("<etat>depose</etat>", "<etat>depose</etat><etat>delivre</etat>"),
    ],
)
async def test_a_value_of_another_kind_is_noticed(portal, change):
    portal.signed(shown(DOSSIER.replace(*change)))
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call()


@pytest.mark.parametrize("wrong", ["RetirerReponse", "Autre", "Consulter"])
async def test_the_answer_to_another_operation_is_noticed(portal, wrong):
    portal.signed(f"<{wrong}>{DOSSIER}</{wrong}>")
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call()


@pytest.mark.parametrize("where", ["</dossier>", "<evenement>", "</evenement>"])
async def test_an_added_element_is_a_warning(portal, where):
    added = "<nouveau><dedans>x</dedans></nouveau>"
    portal.signed(shown(DOSSIER.replace(where, f"{added}{where}")))
    progress = await portal.call()
    assert progress.status is CaseStatus.RECEIVED
    assert progress.warnings == ["unknown_element:dedans", "unknown_element:nouveau"]


async def test_an_unknown_status_is_in_progress_with_a_warning(portal):
    portal.signed(shown(DOSSIER.replace("<etat>depose</etat>", "<etat>delivre_bis</etat>", 1)))
    progress = await portal.call()
    assert (progress.status, progress.milestone) == (CaseStatus.IN_PROGRESS, None)
    assert progress.warnings == ["portal_status_unknown"]


@pytest.mark.parametrize("declared", ["windows-1256", "utf-8", ""])
async def test_windows_1256_is_refused_and_not_guessed(portal, filing, declared):
    head = f"<?xml version='1.0' encoding='{declared}'?>" if declared else ""

    def reply(signature):
        text = portal.security.sign(body(shown(DOSSIER.replace("Demande", "طلب"))), signature).decode()
        return 200, SOAP_TYPE, (head + text.partition("?>")[2]).replace("ç", "c").encode("cp1256")

    portal.reply = reply
    assert await outcomes(portal, filing) == "portal_answer_not_authentic"


async def test_arabic_in_utf8_arrives_as_it_is(portal):
    portal.signed(shown(DOSSIER.replace("Demande reçue", "طُلِبَ")))
    assert (await portal.call()).steps[0].label == "طُلِبَ"


@pytest.mark.parametrize(
    ("id", "kind", "content"),
    [("acte", "application/pdf", b"%PDF-1.4"), ("copie", "text/html", b"%PDF-1.4"), ("copie", "application/pdf", PAGE)],
)
async def test_what_is_not_the_pdf_that_was_asked_for_is_not_a_document(portal, id, kind, content):
    encoded = base64.b64encode(content).decode()
    portal.signed(
        f"<TelechargerReponse><id>{id}</id><type>{kind}</type><contenu>{encoded}</contenu></TelechargerReponse>"
    )
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call(Filing.document, "EC-2026-000001", "copie")


async def test_a_large_document_arrives_whole(portal):
    content = b"%PDF-1.4" + bytes(range(256)) * 20_000
    encoded = base64.b64encode(content).decode()
    portal.signed(
        f"<TelechargerReponse><id>copie</id><type>application/pdf</type><contenu>{encoded}</contenu></TelechargerReponse>"
    )
    assert (await portal.call(Filing.document, "EC-2026-000001", "copie")).content == content


def fault(code: str, subcode: str = "", detail: str = "") -> bytes:
    sub = f"<s:Subcode><s:Value>wsse:{subcode}</s:Value></s:Subcode>" if subcode else ""
    return (
        f'<s:Fault xmlns:s="{SOAP}" xmlns:wsse="urn:x"><s:Code><s:Value>s:{code}</s:Value>{sub}</s:Code>'
        f'<s:Reason><s:Text xml:lang="fr">Non.</s:Text></s:Reason>{detail}</s:Fault>'
    ).encode()


NEW = f'<s:Detail><Refus xmlns="{NAMESPACE}"><code>nouveau_motif</code></Refus></s:Detail>'
"""An objection in the portal's own shape, and in a word that we do not know."""


@pytest.mark.parametrize(
    ("content", "status", "error", "code"),
    [
        (fault("Sender"), 400, Unavailable, "portal_answer_unexpected"),
        (fault("Sender", detail=NEW), 400, Refused, "portal_refused"),
        (fault("Sender", "FailedCheck"), 400, Unavailable, "portal_denied_gateway"),
        (fault("Receiver", "FailedCheck"), 400, Unavailable, "portal_denied_gateway"),
        (fault("Receiver"), 500, ServerFailed, "portal_failed"),
        (fault("MustUnderstand"), 500, Unavailable, "portal_answer_unexpected"),
        (fault("Sender", detail=NEW), 200, Refused, "portal_refused"),
        (fault("Sender", detail=NEW), 500, ServerFailed, "portal_failed"),
    ],
)
async def test_a_signed_fault_is_what_its_code_and_status_say(portal, content, status, error, code):
    portal.signed(content, status)
    with pytest.raises(error, match=code):
        await portal.call()


async def test_an_unsigned_refusal_is_not_believed(portal, filing):
    portal.raw(
        b'<s:Envelope xmlns:s="%b"><s:Body>%b</s:Body></s:Envelope>' % (SOAP.encode(), fault("Sender")), status=400
    )
    assert await outcomes(portal, filing) == "portal_answer_not_authentic"


async def test_a_failure_of_the_portal_while_filing_leaves_it_to_the_finder(portal, filing):
    portal.signed(fault("Receiver"), 500)
    with pytest.raises(Unknown):
        await portal.call(Filing.file, filing("birth-copy"))
    portal.signed("<RechercherReponse><nombre>0</nombre></RechercherReponse>")
    assert await portal.call(Filing.find, "key-1") is None
    other = DOSSIER.replace("key-1", "key-2")
    portal.signed(f"<RechercherReponse><nombre>1</nombre>{other}</RechercherReponse>")
    assert await portal.call(Filing.find, "key-1") is None
