"""The proof in the browser: it holds for every record of a log as it was written, and for none that was touched.

The damages are those of `tests/audit/test_damages.py`, which the verifier in Python is tested with.
"""

from __future__ import annotations

import base64
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import cosignature, note, verify_audit
from gateway.audit.cosignature import WitnessKey
from gateway.audit.note import VerifierKey
from gateway.audit.tiles import Tile
from gateway.auth.keys import Signer
from tests.audit.test_damages import KEY, KINDS, LOGS, ORIGIN, OTHERS, SIGNER, SIZES, Files
from tests.browser import in_browser, pages

MODULE = Path(__file__).parents[2] / "window" / "static" / "audit" / "verify_record.mjs"
SCRIPT = Path(__file__).with_name("verify_record.mjs")
WITNESS = Signer("witness", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
WITNESS_KEY = WitnessKey(name="witness.example", public=WITNESS.public)
SEEN = datetime(2026, 11, 30, 9, tzinfo=UTC)


async def verdicts(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    async with pages({"/": "<!doctype html><title>x</title>", "/verify_record.mjs": MODULE.read_bytes()}) as url:
        found: list[dict[str, Any]] = await in_browser(SCRIPT, url=url, cases=cases)
    return found


def leaf_in(files: Files, size: int, index: int) -> bytes | None:
    tile = Tile(level="entries", index=index // 256, width=min(256, size - index // 256 * 256))
    content = files.get(tile.path)
    leaves = verify_audit.split_entries(content)[0] if content is not None else []
    return leaves[index % 256] if index % 256 < len(leaves) else None


def case(files: Files, size: int, index: int, **over: Any) -> dict[str, Any]:
    leaf = over.pop("leaf", None) or leaf_in(files, size, index) or b""
    hashes = {
        name.removeprefix("tile/"): base64.b64encode(content).decode()
        for name, content in files.items()
        if name != "checkpoint" and not name.startswith("tile/entries")
    }
    return {
        "record": leaf.decode("utf-8", "replace"),
        "index": index,
        "note": files["checkpoint"].decode("utf-8", "replace"),
        "keys": str(KEY),
        "tiles": hashes,
        **over,
    }


def some(size: int) -> list[int]:
    return sorted({0, size - 1, size // 2, min(255, size - 1), min(256, size - 1)})


async def test_every_record_of_a_log_as_written_is_proved() -> None:
    asked = [case(LOGS[size], size, index) for size in SIZES for index in some(size)]
    found = await verdicts(asked)
    assert [each["holds"] for each in found] == [True] * len(asked), found
    assert {each["size"] for each in found} == set(SIZES)


def content(leaf: bytes | None) -> Any:
    """What a record says, however it is written; None if it is no record."""
    try:
        return json.loads(leaf or b"")
    except ValueError:
        return None


async def test_no_touched_record_is_proved() -> None:
    """A record is proved only if it is the true one of the log whose checkpoint is shown. Each damage several times, at
    a record that it was done to."""
    asked, true, kinds = [], [], []
    for kind, damaging in KINDS.items():
        for seed in range(8):
            dice = random.Random(f"{kind} {seed}")
            size = dice.choice(SIZES)
            files = dict(LOGS[size])
            first, last = damaging(files, size, dice)
            at = last if kind == "duplicate_record" else first  # the first of the two is where it was
            index = min(at if at is not None else dice.randrange(size), size - 1)
            found, original = leaf_in(files, size, index), leaf_in(LOGS[size], size, index)
            asked.append(case(files, size, index))
            same = content(found) == content(original) and content(found) is not None
            true.append(same and files["checkpoint"] == LOGS[size]["checkpoint"])
            kinds.append((kind, seed))
    told = await verdicts(asked)
    wrong = [kind for kind, each, may in zip(kinds, told, true, strict=True) if each["holds"] and not may]
    assert wrong == []
    assert true.count(False) > 80
    refused = {kind for (kind, _), each in zip(kinds, told, strict=True) if not each["holds"]}
    spared = {"remove_file", "swap_files", "splice_file", "append_to_bundle", "edit_hash"}
    assert refused >= set(KINDS) - spared, set(KINDS) - refused


async def test_false_hash_beside_the_record_is_refused() -> None:
    files = dict(LOGS[300])
    hashes = bytearray(files["tile/0/000"])
    hashes[6 * 32] ^= 1
    files["tile/0/000"] = bytes(hashes)
    beside, own = await verdicts([case(files, 300, 7), case(files, 300, 6)])
    assert beside == {"holds": False, "why": "not_this_record"}
    assert own["holds"]  # its own hash is computed, and never asked for


async def test_true_record_at_another_place_is_refused() -> None:
    log = LOGS[300]
    found = await verdicts(
        [case(log, 300, 7, leaf=leaf_in(log, 300, 8)), case(log, 300, 300, leaf=leaf_in(log, 300, 7))]
    )
    assert [each["why"] for each in found] == ["not_this_record", "checkpoint_older"]


async def test_checkpoint_is_believed_by_its_signature_alone() -> None:
    log = LOGS[300]
    stranger = VerifierKey(name=ORIGIN, public=WITNESS.public)
    text = log["checkpoint"].decode()
    cases = {
        "not_signed": case(log, 300, 7, keys=str(stranger)),
        "signature_false": case(log, 300, 7, note=text.replace("\n300\n", "\n301\n")),
        "not_this_record": case(log, 300, 7, note=OTHERS[300]["checkpoint"].decode()),
        "checkpoint_malformed": case(log, 300, 7, note=text.removesuffix("\n")),
        "key_malformed": case(log, 300, 7, keys=str(KEY).replace("+", "+0", 1)),
        "no_key": case(log, 300, 7, keys=str(WITNESS_KEY)),
        "hashes_missing": case(log, 300, 7, tiles={}),
        "record_malformed": case(log, 300, 7, record="[]"),
    }
    renamed = VerifierKey(name="other.example/log", public=KEY.public)
    other = note.sign(text[: text.index("\n\n") + 1], name=renamed.name, signer=SIGNER)
    cases["other_log"] = case(log, 300, 7, note=bytes(other).decode(), keys=str(renamed))
    found = await verdicts(list(cases.values()))
    assert [each.get("why") for each in found] == list(cases)


async def test_witness_is_named_and_a_false_one_spoils_the_note() -> None:
    log = LOGS[300]
    text = log["checkpoint"].decode()
    signed = text[: text.index("\n\n") + 1]
    line = cosignature.cosign(signed, name=WITNESS_KEY.name, signer=WITNESS, at=SEEN)
    later = note.Signature(
        name=line.name, key_id=line.key_id, signature=bytes([*line.signature[:7], 0, *line.signature[8:]])
    )
    keys = f"{KEY}\n\n{WITNESS_KEY}\n"
    good, unknown, false = await verdicts(
        [
            case(log, 300, 7, note=text + line.line(), keys=keys),
            case(log, 300, 7, note=text + line.line()),
            case(log, 300, 7, note=text + later.line(), keys=keys),
        ]
    )
    assert good["witnesses"] == [{"name": "witness.example", "at": SEEN.timestamp()}]
    assert (unknown["holds"], unknown["witnesses"]) == (True, [])
    assert false == {"holds": False, "why": "signature_false"}


async def test_record_is_hashed_as_it_was_written() -> None:
    """A name in any script, and members in another order, give the same bytes; a changed letter does not."""
    log = LOGS[2]
    leaf = json.loads(leaf_in(log, 2, 1) or b"")
    backwards = json.dumps(dict(reversed(leaf.items())), indent=2)
    changed = json.dumps(leaf | {"call": "call_a_2"})
    more = json.dumps(leaf | {"z": 1.5})
    found = await verdicts([case(log, 2, 1, record=each) for each in (backwards, changed, more)])
    assert [each.get("why") for each in found] == [None, "not_this_record", "record_malformed"]


def test_stranger_can_read_it() -> None:
    source = MODULE.read_text()
    form = MODULE.with_name("proof.mjs").read_text()
    assert len(source.splitlines()) + len(form.splitlines()) <= 300
    assert "import " not in source.replace("importKey", "")
    assert not {"fetch(", "eval(", "document", "window", "localStorage"} & set(source.split())
