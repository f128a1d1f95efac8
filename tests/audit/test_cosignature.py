from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import cosignature, note, verify_audit
from gateway.audit.cosignature import WitnessKey
from gateway.audit.note import Note, NoteError, VerifierKey
from gateway.auth.keys import Signer

SIGNER = Signer("w", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEY = WitnessKey(name="witness.example/w1", public=SIGNER.public)
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = "example.com/log\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
# Of the specification, which does not give the key.
EXAMPLE = "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="


def made(text: str = TEXT) -> Note:
    own = note.sign(text, name="example.com/log", signer=SIGNER)
    line = cosignature.cosign(text, name=KEY.name, signer=SIGNER, at=AT)
    return Note(text=text, signatures=(*own.signatures, line))


def test_a_cosignature_tells_who_and_when() -> None:
    (found,) = cosignature.find(note.parse(bytes(made())), [KEY])
    assert (found.key, found.at) == (KEY, AT)


def test_the_example_of_the_specification_reads_as_it_says() -> None:
    (signature,) = note.parse_signatures(f"— witness.example.com/w1 {EXAMPLE}\n".encode())
    assert len(signature.signature) == 72
    assert int.from_bytes(signature.signature[:8], "big") == 1679315147


def test_what_is_signed_is_what_the_specification_says() -> None:
    line = cosignature.cosign(TEXT, name=KEY.name, signer=SIGNER, at=AT).line()
    blob = b64decode(line.split(" ")[2])
    message = f"cosignature/v1\ntime {int(AT.timestamp())}\n{TEXT}".encode()
    assert (blob[:4], int.from_bytes(blob[4:12], "big")) == (KEY.key_id, int(AT.timestamp()))
    assert verify_audit.ed25519_holds(SIGNER.public, message, blob[12:])


def test_a_witness_key_is_not_a_log_key() -> None:
    assert WitnessKey.parse(str(KEY)) == KEY
    assert KEY.key_id != VerifierKey(name=KEY.name, public=KEY.public).key_id
    with pytest.raises(NoteError, match="type 1"):
        VerifierKey.parse(str(KEY))
    with pytest.raises(NoteError, match="type 4"):
        WitnessKey.parse(str(VerifierKey(name=KEY.name, public=KEY.public)))


@pytest.mark.parametrize("at", [0, 7, 8, 71])
def test_a_changed_time_or_signature_is_false(at: int) -> None:
    *own, line = made().signatures
    blob = bytearray(line.signature)
    blob[at] ^= 1
    forged = Note(
        text=TEXT, signatures=(*own, note.Signature(name=line.name, key_id=line.key_id, signature=bytes(blob)))
    )
    with pytest.raises(NoteError, match="false"):
        cosignature.find(forged, [KEY])
    with pytest.raises(verify_audit.Unusable, match="false"):
        verify_audit.signed_by(bytes(forged), [verify_audit.parse_vkey(str(KEY), 4)])


def test_a_cosignature_of_another_checkpoint_is_false() -> None:
    other = Note(text=TEXT.replace("\n5\n", "\n6\n"), signatures=made().signatures)
    with pytest.raises(NoteError, match="false"):
        cosignature.find(other, [KEY])


def test_others_signatures_are_passed_over_and_a_line_is_added_once() -> None:
    whole = made()
    own = bytes(Note(text=TEXT, signatures=whole.signatures[:1]))
    assert cosignature.find(note.parse(own), [KEY]) == []
    assert cosignature.add(own, whole.signatures[1:]) == bytes(whole)
    assert cosignature.add(bytes(whole), whole.signatures[1:]) == bytes(whole)
