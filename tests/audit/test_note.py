from __future__ import annotations

import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import checkpoint, note, verify_audit
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import NoteError, VerifierKey
from gateway.auth.keys import Signer

# The example of C2SP signed-note, section "Verifier keys".
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
ORIGIN = "example.com/log"
HEAD = Checkpoint(origin=ORIGIN, size=70000, root=bytes(range(32)))


@pytest.fixture
def signer() -> Signer:
    return Signer("test", Ed25519PrivateKey.generate())


def key_of(signer: Signer, name: str = ORIGIN) -> VerifierKey:
    return VerifierKey(name=name, public=signer.public)


def test_the_specifications_example_verifies() -> None:
    key = VerifierKey.parse(VKEY)
    parsed = note.parse(NOTE.encode())
    assert str(key) == VKEY
    assert bytes(parsed) == NOTE.encode()
    assert note.verify(parsed, [key]) == [key]


def test_a_changed_text_is_not_believed() -> None:
    with pytest.raises(NoteError, match="false"):
        note.verify(note.parse(NOTE.replace("an example", "an exempla").encode()), [VerifierKey.parse(VKEY)])


def test_a_note_may_hold_empty_lines_and_the_last_one_ends_it(signer: Signer) -> None:
    made = note.sign("one\n\n\ntwo\n", name=ORIGIN, signer=signer)
    assert note.parse(bytes(made)) == made
    assert note.verify(made, [key_of(signer)])


def test_signatures_of_unknown_keys_are_passed_over_and_one_known_is_enough(signer: Signer) -> None:
    other = Signer("other", Ed25519PrivateKey.generate())
    made = HEAD.sign(signer)
    both = note.Note(text=made.text, signatures=(*HEAD.sign(other).signatures, *made.signatures))
    assert note.verify(both, [key_of(signer)]) == [key_of(signer)]
    with pytest.raises(NoteError, match="not signed by the key you trust"):
        note.verify(both, [key_of(signer, "example.com/other")])


def test_a_false_signature_of_a_known_key_spoils_a_note_that_another_known_key_signed(signer: Signer) -> None:
    other = Signer("other", Ed25519PrivateKey.generate())
    made = HEAD.sign(signer)
    false = note.Signature(name=ORIGIN, key_id=key_of(other).key_id, signature=made.signatures[0].signature)
    with pytest.raises(NoteError, match="false"):
        note.verify(note.Note(text=made.text, signatures=(*made.signatures, false)), [key_of(signer), key_of(other)])


def test_sixteen_signatures_are_read(signer: Signer) -> None:
    made = HEAD.sign(signer)
    many = note.Note(text=made.text, signatures=made.signatures * 16)
    assert len(note.parse(bytes(many)).signatures) == 16


@pytest.mark.parametrize(
    "text",
    [
        "no signature\n",
        "text\n\n",
        "\n\n— a AAAAAAA=\n".removeprefix("\n"),
        "text\n\n— a AAAAAAA=",
        "text\n\n- a AAAAAAA=\n",
        "text\n\n—  AAAAAAA=\n",
        "text\n\n— a b AAAAAAA=\n",
        "text\n\n— a+b AAAAAAA=\n",
        "text\n\n— a AAAAAAB=\n",
        "text\n\n— a AAAAAA==\n",
        "text\n\n— a AAAA\n",
        "text\ttab\n\n— a AAAAAAA=\n",
        "text\r\n\n— a AAAAAAA=\n",
        "text\n\n— a AAAAAAA=\n\n",
    ],
)
def test_what_is_not_exactly_a_note_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        note.verify(note.parse(text.encode()), [VerifierKey.parse(VKEY)])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        VKEY.replace("530d903a", "530d903b"),
        VKEY.replace("530d903a", "530D903A"),
        VKEY.replace("example.com/foo", "example.com/fou"),
        VKEY[:-4],
        "a b" + VKEY,
    ],
)
def test_a_wrong_verifier_key_is_refused_by_both_readers(vkey: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(vkey)
    with pytest.raises(verify_audit.Unusable):
        verify_audit.parse_vkey(vkey)


def test_a_checkpoint_reads_as_the_specification_writes_it(signer: Signer) -> None:
    body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    head = checkpoint.parse(body)
    assert (head.origin, head.size, head.extensions) == ("example.com/behind-the-sofa", 20852163, ())
    assert b64encode(head.root) == b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    assert head.text() == body
    assert checkpoint.read(bytes(head.sign(signer)), [key_of(signer, head.origin)], origin=head.origin) == head


def test_extension_lines_of_other_logs_are_kept_and_ours_have_none() -> None:
    body = HEAD.text() + "extension\n"
    assert checkpoint.parse(body).extensions == ("extension",)
    assert checkpoint.parse(body).text() == body
    assert HEAD.text().count("\n") == 3


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a\n1\n",
        f"a\n01\n{b64encode(bytes(32)).decode()}\n",
        f"a\n-1\n{b64encode(bytes(32)).decode()}\n",
        f"a\n١\n{b64encode(bytes(32)).decode()}\n",
        f"\n1\n{b64encode(bytes(32)).decode()}\n",
        f"a\n1\n{b64encode(bytes(31)).decode()}\n",
        f"a\n1\n{b64encode(bytes(32)).decode()}",
        f"a\n1\n{b64encode(bytes(32)).decode()}\n\n",
    ],
)
def test_what_is_not_exactly_a_checkpoint_is_refused(body: str) -> None:
    with pytest.raises(NoteError):
        checkpoint.parse(body)


def test_a_checkpoint_of_another_log_is_refused(signer: Signer) -> None:
    with pytest.raises(NoteError, match="not of"):
        checkpoint.read(bytes(HEAD.sign(signer)), [key_of(signer)], origin="example.com/other")


# RFC 8032, section 7.1: tests 1, 2, 3.
RFC8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC8032)
def test_the_verifiers_own_ed25519_agrees_with_rfc_8032(public: str, message: str, signature: str) -> None:
    key, text, good = (bytes.fromhex(each) for each in (public, message, signature))
    assert verify_audit.ed25519_holds(key, text, good)
    assert not verify_audit.ed25519_holds(key, text + b"x", good)
    for at in (0, 31, 32, 63):
        assert not verify_audit.ed25519_holds(key, text, good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])


def test_a_signature_that_is_shifted_by_the_groups_order_is_refused() -> None:
    key, text, good = (bytes.fromhex(each) for each in RFC8032[1])
    shifted = int.from_bytes(good[32:], "little") + verify_audit.L
    assert not verify_audit.ed25519_holds(key, text, good[:32] + shifted.to_bytes(32, "little"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_openssl_verifies_a_checkpoint(signer: Signer, tmp_path: Path) -> None:
    """The commands of docs/guides/verify-the-log.md, step by step."""
    (tmp_path / "checkpoint").write_bytes(bytes(HEAD.sign(signer)))
    script = r"""
        set -e
        sed '/^$/,$d' checkpoint > body
        tail -n 1 checkpoint | cut -d ' ' -f 3 | base64 -d | tail -c 64 > signature
        printf '\060\052\060\005\006\003\053\145\160\003\041\000' > key.der
        printf '%s' "$VKEY" | cut -d + -f 3- | base64 -d | tail -c 32 >> key.der
        openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in body -sigfile signature
    """
    environment = {"VKEY": str(key_of(signer)), "PATH": "/usr/bin:/bin"}

    def verified() -> str:
        done = subprocess.run(
            ["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=False, text=True
        )
        return done.stdout + done.stderr

    assert "Verified Successfully" in verified()
    (tmp_path / "checkpoint").write_bytes(bytes(HEAD.sign(signer)).replace(b"70000", b"70001"))
    assert "Verification Failure" in verified()


def test_the_key_id_is_that_of_the_specification(signer: Signer) -> None:
    made = HEAD.sign(signer).signatures[0]
    assert made.key_id == key_of(signer).key_id
    assert b64decode(made.line().split(" ")[2])[:4] == made.key_id


def test_a_thousand_signatures_are_not_looked_at(signer: Signer) -> None:
    signed = bytes(note.sign("hello\n", name="x", signer=signer))
    line = signed[signed.rindex(b"\n\n") + 2 :]
    many = signed + line * 999
    key = verify_audit.parse_vkey(str(VerifierKey(name="x", public=signer.public)))
    with pytest.raises(verify_audit.Unusable, match="too many"):
        verify_audit.signed_by(many, [key])
    with pytest.raises(NoteError, match="too many"):
        note.parse(many)


def test_a_repeated_signature_is_checked_once(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = bytes(note.sign("hello\n", name="x", signer=signer))
    line = signed[signed.rindex(b"\n\n") + 2 :]
    checks = []
    holds = verify_audit.ed25519_holds
    monkeypatch.setattr(verify_audit, "ed25519_holds", lambda *given: checks.append(given) or holds(*given))
    key = verify_audit.parse_vkey(str(VerifierKey(name="x", public=signer.public)))
    assert set(verify_audit.signed_by(signed + line * 90, [key])[1]) == {key}
    assert len(checks) == 1
