"""An attacker with the database and the signing key writes another history. The log alone cannot tell; anchors do.

Each forgery comes from a seed: `forgery(seed)` in a failing test repeats it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import cosignature, note, verify_audit
from gateway.audit.cosignature import WitnessKey
from gateway.auth.keys import Signer
from tests.audit.authority import Authority
from tests.audit.test_damages import KEYS, ORIGIN, Files, Kept, leaves_of, written

SEEN, SIZE = 300, 560
"""Records that the witness, the authority and the auditor have seen, and records that there are now."""
WITNESS = Signer("w", Ed25519PrivateKey.from_private_bytes(bytes(range(3, 35))))
WITNESS_KEY = WitnessKey(name="witness.example/w1", public=WITNESS.public)
MALLORY = Signer("m", Ed25519PrivateKey.from_private_bytes(bytes(range(4, 36))))
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LEAVES, OTHERS = leaves_of("a", SIZE), leaves_of("b", SIZE)
HONEST = written(LEAVES)
SEEN_NOTE = written(LEAVES[:SEEN])["checkpoint"]


def cosigned(signed: bytes, signer: Signer = WITNESS) -> bytes:
    text = note.parse(signed).text
    return cosignature.add(signed, [cosignature.cosign(text, name=WITNESS_KEY.name, signer=signer, at=AT)])


WITNESSED = cosigned(SEEN_NOTE)


class Exported(Kept):
    """A log in memory with its anchors."""

    def anchors(self) -> list[str]:
        return [name.removeprefix("anchors/") for name in self.files if name.startswith("anchors/")]

    def names(self) -> Iterator[str]:
        return (name for name in self.files if name.startswith("tile/"))


@dataclass(frozen=True)
class Dated:
    """What the authority gave, and its certificate."""

    token: bytes
    certificate: str
    anchors: Files = field(default_factory=dict)


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Dated:
    authority = Authority.create(tmp_path_factory.mktemp("tsa"))
    token = authority.stamp(SEEN_NOTE)
    anchors = {
        f"anchors/{SEEN}.cosigned": WITNESSED,
        f"anchors/{SEEN}.tsa.tsr": token,
        f"anchors/{SEEN}.tsa.checkpoint": SEEN_NOTE,
    }
    return Dated(token, str(authority.certificate), anchors)


def check(
    files: Files,
    *,
    witness: bool = False,
    tsa: str | None = None,
    token: bytes | None = None,
    since: bytes | None = None,
) -> verify_audit.Report:
    witnesses = [verify_audit.parse_vkey(str(WITNESS_KEY), 4)] if witness else []
    wanted = verify_audit.RequiredAnchors(witnesses, tsa, token)
    return verify_audit.verify(Exported(files), KEYS, origin=ORIGIN, since=since, wanted=wanted)


def rewrite(leaves: list[bytes], dice: random.Random) -> list[bytes]:
    at = dice.randrange(SEEN)
    return [*leaves[:at], b'{"call":"forged"}', *leaves[at + 1 :]]


def remove(leaves: list[bytes], dice: random.Random) -> list[bytes]:
    at = dice.randrange(SEEN)
    return leaves[:at] + leaves[at + 1 :]


def insert(leaves: list[bytes], dice: random.Random) -> list[bytes]:
    at = dice.randrange(SEEN)
    return [*leaves[:at], b'{"call":"forged"}', *leaves[at:]]


def swap(leaves: list[bytes], dice: random.Random) -> list[bytes]:
    one, other = dice.sample(range(SEEN), 2)
    leaves[one], leaves[other] = leaves[other], leaves[one]
    return leaves


def splice(leaves: list[bytes], dice: random.Random) -> list[bytes]:
    at = dice.randrange(SEEN)
    end = at + 1 + dice.randrange(100)
    return leaves[:at] + OTHERS[at:end] + leaves[end:]


def truncate(leaves: list[bytes], dice: random.Random) -> list[bytes]:
    return leaves[: dice.randrange(1, SEEN)]


def truncate_and_go_on(leaves: list[bytes], dice: random.Random) -> list[bytes]:
    return leaves[: dice.randrange(1, SEEN)] + OTHERS[: dice.randrange(1, SIZE)]


def anew(leaves: list[bytes], dice: random.Random) -> list[bytes]:
    return OTHERS[: dice.randrange(1, SIZE)]


FORGERIES = (rewrite, remove, insert, swap, splice, truncate, truncate_and_go_on, anew)


def hide(files: Files, dated: Dated) -> None:
    """The anchors are left out."""


def keep(files: Files, dated: Dated) -> None:
    files.update(dated.anchors)


def relabel(files: Files, dated: Dated) -> None:
    """The old cosignature and token beside the forged checkpoint."""
    forged = files["checkpoint"]
    line = note.parse(WITNESSED).signatures[1:]
    files["anchors/300.cosigned"] = cosignature.add(forged, line)
    files["anchors/300.tsa.checkpoint"], files["anchors/300.tsa.tsr"] = forged, dated.token


def pretend(files: Files, dated: Dated) -> None:
    """Somebody else cosigns under the witness's name."""
    files["checkpoint"] = files["anchors/300.cosigned"] = cosigned(files["checkpoint"], MALLORY)
    files["anchors/300.tsa.checkpoint"], files["anchors/300.tsa.tsr"] = files["checkpoint"], b"\x30\x00"


COVERS = (hide, keep, relabel, pretend)


def forgery(seed: int, dated: Dated) -> Files:
    """Another history, signed by the log's real key; the records that were seen are not its beginning."""
    dice = random.Random(seed)
    leaves = FORGERIES[seed % len(FORGERIES)](list(LEAVES), dice)
    assert leaves[:SEEN] != LEAVES[:SEEN]
    files = written(leaves)
    COVERS[seed // len(FORGERIES) % len(COVERS)](files, dated)
    return files


ALL = len(FORGERIES) * len(COVERS)
"""Every forgery under every cover, once."""


def test_every_forgery_is_found_by_the_witness_and_by_the_kept_checkpoint(dated: Dated) -> None:
    for seed in range(ALL):
        files = forgery(seed, dated)
        assert check(files, since=SEEN_NOTE).damages, f"seed {seed}: not found by the checkpoint that was kept"
        assert check(files, witness=True).damages, f"seed {seed}: not found by --witness"
        assert check(files, since=WITNESSED).damages, f"seed {seed}: not found by the witness's own checkpoint"


def test_every_forgery_is_found_by_a_timestamp_alone(dated: Dated) -> None:
    for seed in range(0, ALL, 3):
        token = dated.token if seed % 2 else None  # kept by the auditor, or only in the export
        assert check(forgery(seed, dated), tsa=dated.certificate, token=token).damages, f"seed {seed}"


@pytest.mark.soak
def test_ten_thousand_forgeries_are_found_by_the_witness_and_by_the_kept_checkpoint(dated: Dated) -> None:
    for seed in range(1_000, 11_000):
        files = forgery(seed, dated)
        assert check(files, since=SEEN_NOTE).damages, f"seed {seed}"
        assert check(files, witness=True).damages, f"seed {seed}"


def test_without_an_anchor_a_forgery_verifies(dated: Dated) -> None:
    """That is why there are anchors."""
    assert all(check(forgery(seed, dated)).damages == [] for seed in range(len(FORGERIES)))


def test_the_honest_log_satisfies_every_anchor(dated: Dated) -> None:
    files = HONEST | dated.anchors
    everything = {"witness": True, "tsa": dated.certificate, "since": WITNESSED}
    report = check(files, **everything)
    assert (report.damages, report.notices) == ([], [])
    assert {(each.by, each.size) for each in report.anchors} == {
        ("witness witness.example/w1", SEEN),
        ("timestamp", SEEN),
    }
    assert "2026-01-02 03:04:05 UTC" in {each.at for each in report.anchors}
    kept = check(files, tsa=dated.certificate, token=dated.token)
    assert (kept.damages, {each.by for each in kept.anchors}) == ([], {"timestamp", "kept token"})
    longer = written(LEAVES + OTHERS) | dated.anchors
    assert check(longer, **everything).damages == []


def test_a_kept_token_finds_its_checkpoint_under_its_cosignatures(dated: Dated) -> None:
    """The auditor kept the token and, from the witness, the checkpoint with one signature more than was dated."""
    report = check(HONEST, tsa=dated.certificate, token=dated.token, since=WITNESSED)
    assert (report.damages, [each.size for each in report.anchors]) == ([], [SEEN])


def test_a_kept_token_may_be_old_and_no_other_anchor(dated: Dated) -> None:
    wanted = verify_audit.RequiredAnchors([], dated.certificate, dated.token, -1)
    files = {name: content for name, content in (HONEST | dated.anchors).items() if not name.endswith(".tsr")}
    assert verify_audit.verify(Exported(files), KEYS, origin=ORIGIN, wanted=wanted).damages == []
    report = verify_audit.verify(Exported(HONEST | dated.anchors), KEYS, origin=ORIGIN, wanted=wanted)
    assert [each.kind for each in report.damages] == ["the newest one by timestamp is older than you accept"]


def test_a_log_shorter_than_what_was_witnessed_has_lost_records(dated: Dated) -> None:
    files = written(LEAVES[:100]) | dated.anchors
    report = check(files, witness=True)
    assert ("removed since the checkpoint anchors/300.cosigned", 100, 299) in [each[:3] for each in report.damages]


def test_what_nobody_else_has_seen_is_told(dated: Dated) -> None:
    _, lines = verify_audit.tell_log(check(HONEST | dated.anchors, witness=True))
    assert (
        f"anchor   the first {SEEN} records: witness witness.example/w1, 2026-01-02 03:04:05 UTC; "
        f"the {SIZE - SEEN} later ones not yet"
    ) in lines


def test_another_authority_does_not_date_it(dated: Dated, tmp_path: Path) -> None:
    other = Authority.create(tmp_path / "other", "Other")
    report = check(HONEST | dated.anchors, tsa=str(other.certificate))
    assert [each.kind for each in report.damages] == ["none is dated by the authority that you gave"]
    assert report.notices == ["anchors/300.tsa.tsr is no timestamp of it by the authority that you gave"]


def test_a_checkpoint_of_an_older_key_is_told_and_not_used(dated: Dated) -> None:
    stranger = note.sign(note.parse(SEEN_NOTE).text, name=ORIGIN, signer=MALLORY)
    report = check(HONEST | dated.anchors | {"anchors/5.cosigned": cosigned(bytes(stranger))}, witness=True)
    assert report.damages == []
    assert report.notices == ["anchors/5.cosigned is not signed by the key that you gave; it was not used"]


def test_without_openssl_a_timestamp_is_not_believed(dated: Dated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENSSL", "/nowhere/openssl")
    with pytest.raises(verify_audit.Unusable, match="not on this machine"):
        check(HONEST | dated.anchors, tsa=dated.certificate)
