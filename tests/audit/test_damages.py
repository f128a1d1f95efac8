"""Whatever is done to an exported log is found, with the record that it was done to; a log as it was written never is.

Each damage comes from a seed: `damage(seed)` in a failing test repeats it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import merkle, tiles, verify_audit
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import VerifierKey
from gateway.audit.tiles import Frontier, Tile
from gateway.auth.keys import Signer

ORIGIN = "example.com/log"
SIGNER = Signer("test", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEY = VerifierKey(name=ORIGIN, public=SIGNER.public)
KEYS = [verify_audit.parse_vkey(str(KEY))]
SIZES = (1, 2, 200, 256, 300, 700, 1024)

Files = dict[str, bytes]


class Kept:
    """A log in memory, as the verifier reads it."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def read(self, name: str) -> bytes | None:
        return self.files.get(name)

    def names(self) -> Iterator[str]:
        return (name for name in self.files if name != "checkpoint")


def leaves_of(log: str, size: int) -> list[bytes]:
    return [f'{{"call":"call_{log}_{index}","v":1}}'.encode() for index in range(size)]


def written(leaves: list[bytes]) -> Files:
    """The files of a log over these leaves, signed."""
    files: Files = {}
    frontier = Frontier()

    def put(found: list[tuple[int, int, list[bytes]]]) -> None:
        for level, index, hashes in found:
            files[Tile(level=level, index=index, width=len(hashes)).path] = b"".join(hashes)

    for at in range(0, len(leaves), 256):
        part = leaves[at : at + 256]
        files[Tile(level="entries", index=at // 256, width=len(part)).path] = tiles.bundle(part)
        put(frontier.add([merkle.leaf_hash(leaf) for leaf in part]))
    put(list(frontier.edge()))
    head = Checkpoint(origin=ORIGIN, size=len(leaves), root=frontier.root())
    return files | {"checkpoint": bytes(head.sign(SIGNER))}


LOGS = {size: written(leaves_of("a", size)) for size in SIZES}
OTHERS = {size: written(leaves_of("b", size)) for size in SIZES}


def check(files: Files, since: bytes | None = None) -> verify_audit.Report:
    return verify_audit.verify(Kept(files), KEYS, origin=ORIGIN, since=since)


@dataclass(frozen=True)
class Done:
    """What was done, and to which records: one of them must be named. None: to the checkpoint."""

    what: str
    first: int | None
    last: int | None


def damage(seed: int) -> tuple[Files, Done] | None:
    """A log with one thing done to it. None if this seed happens to change nothing."""
    dice = random.Random(seed)
    size = dice.choice(SIZES)
    files = dict(LOGS[size])
    kind = dice.choice(list(KINDS))
    done = KINDS[kind](files, size, dice)
    return (files, Done(kind, *done)) if files != LOGS[size] else None


Span = tuple[int | None, int | None]


def _entries(files: Files, size: int, dice: random.Random) -> tuple[str, int, list[bytes]]:
    index = dice.randrange(size) // 256
    name = Tile(level="entries", index=index, width=min(256, size - index * 256)).path
    return name, index * 256, verify_audit.split_entries(files[name])[0]


def edit_record(files: Files, size: int, dice: random.Random) -> Span:
    name, first, leaves = _entries(files, size, dice)
    at = dice.randrange(len(leaves))
    leaf = bytearray(leaves[at])
    leaf[dice.randrange(len(leaf))] ^= 1 << dice.randrange(8)
    files[name] = tiles.bundle([*leaves[:at], bytes(leaf), *leaves[at + 1 :]])
    return first + at, first + at


def delete_record(files: Files, size: int, dice: random.Random) -> Span:
    name, first, leaves = _entries(files, size, dice)
    at = dice.randrange(len(leaves))
    files[name] = tiles.bundle(leaves[:at] + leaves[at + 1 :])
    return first + at, first + at


def insert_record(files: Files, size: int, dice: random.Random) -> Span:
    name, first, leaves = _entries(files, size, dice)
    at = dice.randrange(len(leaves) + 1)
    files[name] = tiles.bundle([*leaves[:at], b'{"call":"forged"}', *leaves[at:]])
    return first + at, first + at


def duplicate_record(files: Files, size: int, dice: random.Random) -> Span:
    name, first, leaves = _entries(files, size, dice)
    at = dice.randrange(len(leaves))
    files[name] = tiles.bundle(leaves[: at + 1] + leaves[at:])
    return first + at, first + at + 1


def overwrite_record(files: Files, size: int, dice: random.Random) -> Span:
    name, first, leaves = _entries(files, size, dice)
    at, other = dice.randrange(len(leaves)), dice.randrange(len(leaves))
    files[name] = tiles.bundle([*leaves[:at], leaves[other], *leaves[at + 1 :]])
    return first + at, first + at


def swap_records(files: Files, size: int, dice: random.Random) -> Span:
    name, first, leaves = _entries(files, size, dice)
    at, other = sorted((dice.randrange(len(leaves)), dice.randrange(len(leaves))))
    leaves[at], leaves[other] = leaves[other], leaves[at]
    files[name] = tiles.bundle(leaves)
    return first + at, first + other


def splice_records(files: Files, size: int, dice: random.Random) -> Span:
    """Some records of another log in the place of ours."""
    name, first, leaves = _entries(files, size, dice)
    theirs = verify_audit.split_entries(OTHERS[size][name])[0]
    at = dice.randrange(len(leaves))
    end = min(len(leaves), at + 1 + dice.randrange(8))
    files[name] = tiles.bundle(leaves[:at] + theirs[at:end] + leaves[end:])
    return first + at, first + end - 1


def truncate_bundle(files: Files, size: int, dice: random.Random) -> Span:
    name, first, leaves = _entries(files, size, dice)
    cut = dice.randrange(len(files[name]))
    files[name] = files[name][:cut]
    whole = len(verify_audit.split_entries(files[name])[0])
    return first + whole, first + len(leaves) - 1


def flip_bit_in_bundle(files: Files, size: int, dice: random.Random) -> Span:
    """Anywhere, lengths included."""
    name, first, leaves = _entries(files, size, dice)
    content = bytearray(files[name])
    at = dice.randrange(len(content))
    content[at] ^= 1 << dice.randrange(8)
    files[name] = bytes(content)
    ends = [len(tiles.bundle(leaves[: n + 1])) for n in range(len(leaves))]
    hit = next(n for n, end in enumerate(ends) if at < end)
    return first + hit, first + hit


def append_to_bundle(files: Files, size: int, dice: random.Random) -> Span:
    name, first, leaves = _entries(files, size, dice)
    files[name] += dice.randbytes(1 + dice.randrange(40))
    return first + len(leaves) - 1, first + len(leaves) + 40


def remove_file(files: Files, size: int, dice: random.Random) -> Span:
    name = dice.choice([name for name in files if name != "checkpoint"])
    del files[name]
    return _span(name)


def _span(name: str) -> Span:
    tile = Tile.parse(name)
    level = tile.level if tile.level != "entries" else 0
    return tile.first << 8 * level, ((tile.first + tile.width) << 8 * level) - 1


def swap_files(files: Files, size: int, dice: random.Random) -> Span:
    names = sorted(name for name in files if name != "checkpoint")
    one, other = dice.choice(names), dice.choice(names)
    files[one], files[other] = files[other], files[one]
    return 0, size - 1


def splice_file(files: Files, size: int, dice: random.Random) -> Span:
    name = dice.choice([name for name in files if name != "checkpoint"])
    files[name] = OTHERS[size][name]
    return _span(name)


def edit_hash(files: Files, size: int, dice: random.Random) -> Span:
    name = dice.choice([name for name in files if not name.startswith(("checkpoint", "tile/entries"))])
    at = dice.randrange(len(files[name]))
    content = bytearray(files[name])
    content[at] ^= 1 << dice.randrange(8)
    files[name] = bytes(content)
    tile = Tile.parse(name)
    return verify_audit.span(tile.level, tile.first + at // 32, 1)


def truncate_tile(files: Files, size: int, dice: random.Random) -> Span:
    name = dice.choice([name for name in files if not name.startswith(("checkpoint", "tile/entries"))])
    cut = dice.randrange(len(files[name]))
    files[name] = files[name][:cut]
    tile = Tile.parse(name)
    return verify_audit.span(tile.level, tile.first + cut // 32, tile.width - cut // 32)


def edit_record_and_hash(files: Files, size: int, dice: random.Random) -> Span:
    """A record together with its leaf hash: the level above, or the root, tells."""
    first, last = edit_record(files, size, dice)
    index = first // 256
    width = min(256, size - index * 256)
    leaves, _ = verify_audit.split_entries(files[Tile(level="entries", index=index, width=width).path])
    files[Tile(level=0, index=index, width=width).path] = b"".join(merkle.leaf_hash(leaf) for leaf in leaves)
    return first, last


def forge_all_but_the_signature(files: Files, size: int, dice: random.Random) -> Span:
    """Another log's files under our checkpoint: nothing but the root contradicts."""
    files.update({name: content for name, content in OTHERS[size].items() if name != "checkpoint"})
    return 0, size - 1


def edit_checkpoint(files: Files, size: int, dice: random.Random) -> Span:
    content = bytearray(files["checkpoint"])
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    files["checkpoint"] = bytes(content)
    return None, None


def truncate_checkpoint(files: Files, size: int, dice: random.Random) -> Span:
    files["checkpoint"] = files["checkpoint"][: dice.randrange(len(files["checkpoint"]))]
    return None, None


def splice_checkpoint(files: Files, size: int, dice: random.Random) -> Span:
    """A true checkpoint over another tree."""
    files["checkpoint"] = OTHERS[size]["checkpoint"]
    return 0, size - 1


KINDS: dict[str, Callable[[Files, int, random.Random], Span]] = {
    each.__name__: each
    for each in (
        edit_record, delete_record, insert_record, duplicate_record, overwrite_record, swap_records, splice_records,
        truncate_bundle, flip_bit_in_bundle, append_to_bundle, remove_file, swap_files, splice_file, edit_hash,
        truncate_tile, edit_record_and_hash, forge_all_but_the_signature, edit_checkpoint, truncate_checkpoint,
        splice_checkpoint,
    )
}  # fmt: skip


def _is_found(seed: int) -> bool:
    """False if the seed changed nothing."""
    made = damage(seed)
    if made is None:
        return False
    files, done = made
    found = check(files).damages
    assert found, f"seed {seed}: {done} was not found"
    if done.first is None:
        assert found[0].where == "checkpoint", f"seed {seed}: {done} {found}"
    else:
        named = [(each.first, each.last) for each in found if each.first is not None]
        assert any(first <= done.last and done.first <= last for first, last in named), f"seed {seed}: {done} {found}"
    return True


@pytest.mark.parametrize("part", range(4))
def test_every_damage_is_found_and_its_record_is_named(part: int) -> None:
    assert sum(_is_found(seed) for seed in range(part * 100, part * 100 + 100)) > 80


@pytest.mark.soak
def test_ten_thousand_damages_are_found_and_their_records_named() -> None:
    assert sum(_is_found(seed) for seed in range(1_000, 13_000)) >= 10_000


def test_every_kind_of_damage_comes_up() -> None:
    assert {made[1].what for seed in range(400) if (made := damage(seed))} == set(KINDS)


@pytest.mark.parametrize("size", SIZES)
def test_a_log_as_it_was_written_raises_no_alarm(size: int) -> None:
    for old in (each for each in SIZES if each <= size):
        report = check(LOGS[size], since=LOGS[old]["checkpoint"])
        assert (report.damages, report.notices, report.records) == ([], [], size)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (edit_record, "changed"), (delete_record, "missing"), (insert_record, "inserted"),
        (duplicate_record, "duplicated"), (swap_records, "swapped"), (edit_hash, "stored hash is wrong"),
    ],
)  # fmt: skip
def test_a_single_damage_is_called_by_its_name_and_its_only_record(edit, words: str) -> None:
    files = dict(LOGS[700])
    first, last = edit(files, 700, random.Random(1))
    (found,) = check(files).damages
    assert words in found.kind
    assert (found.first, found.last) in ((first, last), (last, last))


@pytest.mark.parametrize("size", [300, 700, 1024])
def test_a_past_rewritten_with_the_key_is_found_against_a_kept_checkpoint(size: int) -> None:
    """The keeper of the log rewrites a record, builds all tiles anew and signs. Nothing in the log betrays it; a
    checkpoint from before does."""
    leaves = leaves_of("a", size)
    leaves[10] = b'{"call":"forged"}'
    forged = written(leaves)
    assert check(forged).damages == []
    for old in (each for each in SIZES if 10 < each <= size):
        (found,) = check(forged, since=LOGS[old]["checkpoint"]).damages
        assert (found.kind, found.first, found.last) == ("not the records of the earlier checkpoint", 0, old - 1)


def test_a_log_that_lost_its_end_with_the_key_is_found_against_a_kept_checkpoint() -> None:
    found = check(LOGS[300], since=LOGS[700]["checkpoint"]).damages
    assert [(each.kind, each.first, each.last) for each in found] == [
        ("removed since the earlier checkpoint", 300, 699)
    ]
