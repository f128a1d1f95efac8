"""Seeded variants of presentations and status lists: right ones, signed but strange ones, and damaged ones.

What is strange is signed by the issuer's own key, so that nothing but the reading of it decides.
"""

from __future__ import annotations

import json
import random
import zlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from .conftest import HOLDER, NOW, URL, Mint

SECONDS = int(NOW.timestamp())
LIST_URL = f"{URL}/cards/status/0"
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 7, 1.0, 1.5, 1e300, 10**15, 10**20, -(10**20), SECONDS, SECONDS + 0.5, "", "7",
    str(SECONDS),
    "a\ud800", "é", "\u202e", [], [1], ["fast_lane"], {}, {"_sd": []}, {"...": "x"}, [{"...": "x"}],
    {"a": {"_sd": ["x"]}},
    {"jwk": {}}, {"jwk": {"kty": "EC"}}, {"status_list": {}}, URL, [URL], LIST_URL, "urn:mre-gateway:card:1",
]  # fmt: skip
CLAIMS = [
    "iss", "iat", "exp", "nbf", "vct", "status", "cnf", "_sd", "_sd_alg", "entitlements", "name", "birthdate",
    "aka_vcts",
    "vct#integrity", "aud", "sub", "jti", "__proto__", "constructor", "toString", "@context", "type", "vc",
    "issuer", "more",
    "...", "national_id_ending", "validFrom", "credentialSubject",
]  # fmt: skip
HEADERS: list[tuple[str, Any]] = [
    ("typ", "DC+SD-JWT"), ("typ", "vc+sd-jwt"), ("typ", "application/dc+sd-jwt"), ("typ", None), ("typ", 1),
    ("typ", "JWT"),
    ("alg", "none"), ("alg", "es256"), ("alg", "ES384"), ("alg", "EdDSA"), ("alg", None), ("alg", ["ES256"]),
    ("kid", ""),
    ("kid", None), ("kid", 1), ("kid", "other"), ("kid", ["x"]), ("crit", []), ("crit", ["b64"]), ("b64", True),
    ("jwk", {}),
    ("x5c", []), ("cty", "x"), ("kid", "__proto__"), ("vctm", []), ("iss", URL),
]  # fmt: skip
LIST_ODD: list[tuple[str, Any]] = [
    ("sub", LIST_URL + "/"), ("sub", None), ("sub", 1), ("iat", None), ("iat", 1.5), ("iat", True), ("exp", None),
    ("exp", 1e300),
    ("exp", SECONDS - 301), ("exp", SECONDS - 300), ("exp", SECONDS - 299), ("iat", SECONDS + 300),
    ("iat", SECONDS + 301),
    ("nbf", SECONDS + 9999), ("nbf", "x"), ("ttl", "x"), ("ttl", -1), ("status_list", None), ("status_list", []),
    ("more", 1),
    ("iss", "https://other.example"), ("aud", "x"), ("_sd", []), ("__proto__", {}),
]  # fmt: skip


@dataclass(frozen=True)
class Variant:
    what: str
    text: str
    list: str
    at: datetime


def b64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def packed(content: bytes) -> str:
    return b64(zlib.compress(content, 9))


class Variants:
    def __init__(self, mint: Mint, seed: int) -> None:
        self._signer = mint.ring.signer("cards")
        self._dice = random.Random(seed)

    def make(self) -> Variant:
        dice, told = self._dice, []

        def sometimes(one_in: int, what: str) -> bool:
            if dice.randrange(one_in):
                return False
            told.append(what)
            return True

        claims: dict[str, Any] = {
            "iss": URL,
            "iat": SECONDS - 60,
            "exp": SECONDS + 86_400,
            "vct": "urn:mre-gateway:card:1",
            "status": {"status_list": {"idx": dice.choice([7, 8, 131_071]), "uri": LIST_URL}},
            "entitlements": ["fast_lane"],
        }
        parts = [dumped([f"salt{at}", name, value]) for at, (name, value) in enumerate(HOLDER.items())]
        if sometimes(8, "odd disclosure"):
            parts[0] = self._odd_disclosure()
        shown = [b64(part) for part in parts]
        claims |= {"_sd": [b64(sha256(each.encode()).digest()) for each in shown], "_sd_alg": "sha-256"}
        if sometimes(3, "odd claim"):
            name = dice.choice(CLAIMS)
            value = dice.choice(ODD)
            told.append(f"{name}={value!r}"[:60])
            claims[name] = value
            if dice.randrange(6) == 0:
                del claims[name]
        if sometimes(8, "odd reference"):
            member = dice.choice(["idx", "uri", "more", "__proto__"])
            claims["status"] = {"status_list": {"idx": 7, "uri": LIST_URL, member: dice.choice(ODD)}}
        if sometimes(8, "a key"):
            claims["cnf"] = dice.choice(
                [{"jwk": {"kty": "EC", "crv": "P-256", "x": "A", "y": "B"}}, {"kid": "x"}, *ODD]
            )
        dice.shuffle(shown)
        shown = shown[: dice.choice([3, 3, 2, 1, 0])]
        token = self._token("dc+sd-jwt", claims, sometimes)
        text = "~".join([token, *shown, ""])
        if sometimes(8, "odd ending"):
            text += dice.choice(
                ["~", "x", "a.b.c", token, " ", "\n", "=", "é", "\x1c", "\ufeff", "\u00a0", "~~", "\x7f", "\x00"]
            )
        if sometimes(12, "odd beginning"):
            text = dice.choice([" ", "\n", "~", "\x1f", "\ufeff", "\u2003", "\x0b", "."]) + text
        if sometimes(10, "an empty part"):
            text = text.replace("~", "~~", 1)
        if sometimes(6, "a damage"):
            text = self._damaged(text)
        return Variant(
            ", ".join(told), text, self._list(sometimes), NOW + timedelta(seconds=dice.choice([0, 0, 0, -400, 86_400]))
        )

    def _list(self, sometimes: Any) -> str:
        dice = self._dice
        bits = bytearray(16_384)
        if dice.randrange(2):
            bits[0] |= 1 << 7
        lst: Any = packed(bytes(bits))
        if sometimes(6, "odd bits"):
            whole = zlib.compress(bytes(bits), 9)
            lst = dice.choice([
                b64(whole[:-1]), b64(whole[:-4]), b64(whole[:10]), b64(whole + b"x"), b64(whole + whole),
                b64(bytes(bits[:9])), "",
                lst + "=", lst[:-1], lst + "\n", packed(b""), packed(b"\x80"),
                b64(zlib.compress(bytes(bits))[2:-4]), 7, None, "é",
            ])  # fmt: skip
        claims: dict[str, Any] = {
            "iss": URL,
            "sub": LIST_URL,
            "iat": SECONDS - 30,
            "exp": SECONDS + 600_000,
            "ttl": 3600,
            "status_list": {"bits": dice.choice([1, 1, 1, 1, 2, 4, 8, 3, 0, True, 1.0, "1", None]), "lst": lst},
        }
        if sometimes(5, "odd list"):
            name, value = dice.choice(LIST_ODD)
            told = {**claims, name: value}
            claims = {each: found for each, found in told.items() if found is not None or dice.randrange(2)}
        text = self._token("statuslist+jwt", claims, sometimes)
        if sometimes(12, "a damaged list"):
            text = self._damaged(text)
        return text

    def _token(self, typ: str, claims: dict[str, Any], sometimes: Any) -> str:
        dice = self._dice
        header: dict[str, Any] = {"typ": typ, "alg": "ES256", "kid": self._signer.key_id}
        if sometimes(8, f"odd header of {typ}"):
            name, value = dice.choice(HEADERS)
            header[name] = value
            if value is None and dice.randrange(2):
                del header[name]
        head, body = dumped(header), dumped(claims)
        if sometimes(8, f"odd JSON of {typ}"):
            body = self._odd_json(body)
        if sometimes(20, f"odd JSON in the header of {typ}"):
            head = self._odd_json(head)
        signed = f"{self._odd64(b64(head), sometimes)}.{self._odd64(b64(body), sometimes)}"
        return f"{signed}.{self._odd64(b64(self._signer.sign(signed.encode())), sometimes)}"

    def _odd64(self, text: str, sometimes: Any) -> str:
        """The same bytes for a lenient reader, in many cases."""
        if not sometimes(40, "odd base64") or not text:
            return text
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        next_letter = alphabet[(alphabet.index(text[-1]) + 1) % 64]
        return self._dice.choice(
            [text + "=", text + "==", text[:-1] + next_letter, text.replace("-", "+"), text + "A", text[:-1], ""]
        )

    def _odd_json(self, body: bytes) -> bytes:
        return self._dice.choice([
            b"\xef\xbb\xbf" + body, body.decode().encode("utf-16"), body[:-1] + b', "exp": 9999999999}',
            body[:-1] + b', "kid": "x"}',
            body[:-1] + b', "a": NaN}', body[:-1] + b', "a": 1.0}', body[:-1] + b', "a": 1e2}',
            body[:-1] + b', "a": -0}', body + b" ",
            b"\n" + body, body + b"x", b"[" * 3000 + b"]" * 3000,
            body[:-1] + b', "a": ' + b"[" * 40 + b"]" * 40 + b"}",
            body.replace(b"s", b"\\u0073"), body[:-1] + b', "a": "\xff"}', body[:-1] + b', "a": "\n"}', b"null",
            b"[]", b'""', b"",
            body[:-1] + b', "a": {"b": 1, "b": 2}}', body[:-1] + b', "": 1}', body[:-1] + b",}",
            body[:-1] + b', "a": 01}',
            body[:-1] + b', "a": 123456789012345678}', body[:-1] + b', "\\u0061": 1, "a": 2}',
        ])  # fmt: skip

    def _odd_disclosure(self) -> bytes:
        dice = self._dice
        name = dice.choice([*CLAIMS, 1, None, ["name"]])
        return dice.choice([
            dumped(["salt"]), dumped(["salt", name]), dumped(["salt", "name", "A", 1]), dumped([1, "name", "A"]),
            dumped({}), b"x", b"",
            dumped(["salt", name, dice.choice(ODD)]), dumped(["salt", name, dice.choice(ODD)]),
            dumped(["salt", "name", dice.choice(ODD)]),
            b'["salt", "name", 1.0]', b'["salt", "name", NaN]', b'\xef\xbb\xbf["salt", "name", "A"]',
            b'["salt", "name", "\xff"]',
        ])  # fmt: skip

    def _damaged(self, text: str) -> str:
        dice = self._dice
        at = dice.randrange(len(text))
        letter = dice.choice("AZaz09-_.~=+/ \n\x00é")
        return dice.choice(
            [text[:at] + letter + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + letter + text[at:], text[:at]]
        )
