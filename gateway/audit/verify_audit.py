#!/usr/bin/env python3
"""Check an audit log, or a proof from one, without trusting whoever keeps it.

    python3 verify_audit.py FOLDER|URL --vkey VKEY [--since FILE] [--witness VKEY] [--tsa CERTIFICATE] [--expired N]
    python3 verify_audit.py FILE.tlog-proof --vkey VKEY [--witness VKEY]

This one file needs Python 3.9 and nothing else; timestamps are checked by the program `openssl`. It works for every log
laid out as https://c2sp.org/tlog-tiles says.

What it does with a log, from the first record to the last:
  1. It checks the signature under `checkpoint`: whoever holds the key says "so many records, and this root".
  2. It hashes every record (SHA-256 over 0x00 and the record) and builds the Merkle tree of RFC 6962 over them. Its
     root must be the signed one. No record can be changed, left out, added or moved without another root.
  3. It compares each stored tile of hashes with its own. Where a record and its hash differ, that tells which record.
     Records may be gone if a later record says that they have expired (operation `audit.expire`): their hashes then
     stand for them. How many is told; with `--expired`, no more than so many may be.
  4. With `--since`, the tree over the first records must have the root that an earlier checkpoint names: the log
     has grown since then and nothing else. Keep each checkpoint that you have verified: it is what makes the next one
     worth something, even if the keeper of the log has the key. A proof of one record (.tlog-proof) is as good: it
     carries a checkpoint, and its record must be the one in the log.
  5. With `--witness`, a checkpoint of the log must be cosigned by that witness, who has seen the log grow
     (https://c2sp.org/tlog-cosignature). With `--tsa`, a timestamp (RFC 3161) must be about one. The first records of
     the log must have the root of each such checkpoint. They are in the log's folder `anchors`; the keeper may leave
     the newest ones out and write anew what came after the others. So fetch the newest from the witness (`--since`),
     keep the token (`--token`), or say how old the newest one may be (`--anchored-within`).

Exit codes: 0 everything holds, 1 something does not, 2 wrong usage, or no token for a log that asks for one: put it
into the environment variable AUDIT_TOKEN.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import calendar
import gzip
import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

Hash = bytes
WIDTH = 256  # hashes in a full tile
MOST_SIGNATURES = 100  # of one note
MOST_NOTE_BYTES = 1_000_000
MOST_SHOWN = 20  # damages that are told; more are counted
EMPTY = hashlib.sha256(b"").digest()  # root of a log without records
TILE = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<index>(x[0-9]{3}/)*[0-9]{3})(\.p/(?P<width>[1-9][0-9]{0,2}))?"
)

ANCHOR = re.compile(r"(0|[1-9][0-9]{0,18})\.(cosigned|[a-z0-9][a-z0-9-]*\.(tsr|checkpoint))")


class Unusable(Exception):
    """Something to be read is not there or not well-formed."""


class NotAllowed(Unusable):
    """The log asks for a token, or for another one."""


# --- 1. Ed25519 (RFC 8032, section 5.1.7, after the reference code of its section 6) ---------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]  # x = X/Z, y = Y/Z, x*y = T/Z


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(scalar: int, point: Point) -> Point:
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def _point(encoded: bytes) -> Point | None:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Is `signature` (64 bytes) of `message` by the key `public` (32 bytes)?"""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or BASE is None or s >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = _times(s, BASE), _add(commitment, _times(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- 2. Signed notes and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) --------------------------------


class Key(NamedTuple):
    name: str
    id: bytes
    public: bytes
    type: int


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: Hash


def decode64(text: str) -> bytes:
    """Only what an encoder would have written: no other text may stand for the same bytes."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unusable("not base64") from None
    if base64.b64encode(decoded).decode() != text:
        raise Unusable("not base64")
    return decoded


def parse_vkey(vkey: str, type: int = 1) -> Key:
    """`<name>+<key id>+<base64(type || public key)>`; type 1 signs, type 4 cosigns."""
    name, _, rest = vkey.partition("+")
    id, _, material = rest.partition("+")
    decoded = decode64(material)
    if not name or len(decoded) != 33 or decoded[0] != type:
        raise Unusable(f"not an Ed25519 verifier key of type {type}")
    if hashlib.sha256(name.encode() + b"\n" + decoded).digest()[:4].hex() != id:
        raise Unusable("the key id does not belong to the name and the key")
    return Key(name, bytes.fromhex(id), decoded[1:], type)


def holds(key: Key, text: str, signature: bytes) -> bool:
    if key.type == 1:
        return ed25519_holds(key.public, text.encode(), signature)
    seconds = int.from_bytes(signature[:8], "big")  # c2sp.org/tlog-cosignature
    return ed25519_holds(key.public, f"cosignature/v1\ntime {seconds}\n{text}".encode(), signature[8:])


def signed_by(note: bytes, keys: list[Key]) -> tuple[str, dict[Key, bytes]]:
    """The note's text, and the signatures by these keys. Raises `Unusable` if one of those is false."""
    try:
        text, _, signatures = note.decode().rpartition("\n\n")
    except UnicodeDecodeError:
        raise Unusable("not UTF-8") from None
    if not text or not signatures.endswith("\n") or re.search("[\x00-\x09\x0b-\x1f]", text + signatures):
        raise Unusable("not a signed note")
    text += "\n"
    found = {}
    lines = signatures[:-1].split("\n")
    if len(note) > MOST_NOTE_BYTES or len(lines) > MOST_SIGNATURES:
        raise Unusable("too long, or too many signatures")
    for line in dict.fromkeys(lines):  # what is repeated is checked once: a check takes some 25 ms
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—" or not parts[1]:
            raise Unusable("not a signature line")
        blob = decode64(parts[2])
        for key in keys:
            if (key.name, key.id) == (parts[1], blob[:4]):
                if not holds(key, text, blob[4:]):
                    raise Unusable("the signature is false: the checkpoint was changed, or somebody else signed it")
                found[key] = blob[4:]
    return text, found


def open_checkpoint(note: bytes, keys: list[Key], origin: str) -> Checkpoint:
    """The checkpoint, if one of the keys signed it and none of their signatures is false."""
    text, found = signed_by(note, keys)
    if not found:
        raise Unusable("not signed by the key that you gave")
    return parse_checkpoint(text, origin)


def parse_checkpoint(text: str, origin: str) -> Checkpoint:
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines) or not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]):
        raise Unusable("not a checkpoint")
    root = decode64(lines[2])
    if lines[0] != origin or len(root) != 32:
        raise Unusable(f"a checkpoint of {lines[0]}, not of {origin}")
    return Checkpoint(lines[0], int(lines[1]), root)


# --- 3. The tree (RFC 6962, section 2.1; c2sp.org/tlog-tiles) --------------------------------------------------------


def leaf_hash(entry: bytes) -> Hash:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_over(hashes: list[Hash]) -> Hash:
    """The root over these hashes: pair by pair, and an odd one out rises as it is."""
    while len(hashes) > 1:
        pairs = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[len(pairs) * 2 :]
    return hashes[0] if hashes else EMPTY


class Edge:
    """The right edge of a tree that grows: for each level of tiles, the hashes of the tile that is not full yet."""

    def __init__(self) -> None:
        self.levels: list[list[Hash]] = [[]]

    def add(self, hashes: list[Hash], root: Hash | None = None) -> Iterator[tuple[int, list[Hash]]]:
        """Take the hashes of one tile of level 0, and their root if it is known. Gives each tile that is full now."""
        level, self.levels[0] = 0, hashes
        while len(self.levels[level]) == WIDTH:
            full, self.levels[level] = self.levels[level], []
            yield level, full
            if level + 1 == len(self.levels):
                self.levels.append([])
            self.levels[level + 1].append(root or root_over(full))
            level, root = level + 1, None

    def root(self, last: list[Hash] | None = None) -> Hash:
        """The root of all that was taken; `last`, if given, instead of the last tile of level 0."""
        below: list[Hash] = []
        for level, hashes in enumerate(self.levels):
            hashes = last if level == 0 and last is not None else hashes
            if hashes:
                below = [root_over(hashes + below)]
        return root_over(below)


def tile_path(level: str, index: int, width: int = WIDTH) -> str:
    digits = str(index)
    digits = digits.zfill((len(digits) + 2) // 3 * 3)
    groups = ["x" + digits[at : at + 3] for at in range(0, len(digits), 3)]
    groups[-1] = groups[-1][1:]
    return "tile/" + level + "/" + "/".join(groups) + (".p/" + str(width) if width < WIDTH else "")


def split_entries(bundle: bytes) -> tuple[list[bytes], bool]:
    """The entries of a bundle, and whether it ends where the last one does."""
    entries, at, end = [], 0, len(bundle)
    while at + 2 <= end:
        stop = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if stop > end:
            break
        entries.append(bundle[at + 2 : stop])
        at = stop
    return entries, at == end


# --- 4. Where the log is ---------------------------------------------------------------------------------------------


class Source(Protocol):
    def read(self, name: str) -> bytes | None: ...
    def names(self) -> Iterator[str]: ...  # under tile/, if that can be known
    def anchors(self) -> list[str]: ...  # under anchors/


class Folder:
    def __init__(self, path: str) -> None:
        self.path = path

    def read(self, name: str) -> bytes | None:
        """None if there is no such file."""
        try:
            with open(os.path.join(self.path, *name.split("/")), "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise Unusable(f"{name} cannot be read: {error.strerror}") from error

    def names(self) -> Iterator[str]:
        for folder, _, files in os.walk(os.path.join(self.path, "tile")):
            for file in files:
                yield os.path.relpath(os.path.join(folder, file), self.path).replace(os.sep, "/")

    def anchors(self) -> list[str]:
        folder = os.path.join(self.path, "anchors")
        return os.listdir(folder) if os.path.isdir(folder) else []


class Web:
    """A log over HTTP, through one connection."""

    def __init__(self, url: str) -> None:
        at = urllib.parse.urlsplit(url)
        kind = http.client.HTTPSConnection if at.scheme == "https" else http.client.HTTPConnection
        try:
            self.connection, self.path = kind(at.netloc, timeout=30), at.path.rstrip("/")
        except http.client.InvalidURL as error:
            raise Unusable(f"{url}: {error}") from error
        self.headers = {"Accept-Encoding": "gzip, identity", "User-Agent": "verify_audit"}
        if os.environ.get("AUDIT_TOKEN"):
            self.headers["Authorization"] = "Bearer " + os.environ["AUDIT_TOKEN"]

    def read(self, name: str) -> bytes | None:
        try:
            self.connection.request("GET", self.path + "/" + name, headers=self.headers)
            answer = self.connection.getresponse()
            body = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error, http.client.HTTPException) as error:
            raise Unusable(f"{name} cannot be fetched: {error}") from error
        if answer.status in (401, 403):
            hint = "put a token that is still valid into the environment variable AUDIT_TOKEN"
            raise NotAllowed(f"{name} cannot be fetched: HTTP status {answer.status}; {hint}")
        if answer.status in (404, 410):
            return None
        if answer.status != 200:
            raise Unusable(f"{name} cannot be fetched: HTTP status {answer.status}")
        return body

    def names(self) -> Iterator[str]:
        return iter(())

    def anchors(self) -> list[str]:
        return (self.read("anchors") or b"").decode("ascii", "replace").split()


# --- 5. Witnesses and timestamps (c2sp.org/tlog-cosignature, RFC 3161) -----------------------------------------------


class Damage(NamedTuple):
    kind: str
    first: int | None  # records concerned, both included; None: the checkpoint itself
    last: int | None
    where: str

    def __str__(self) -> str:
        if self.first is None:
            return f"{self.where}: {self.kind}"
        records = f"record {self.first}" if self.first == self.last else f"records {self.first} to {self.last}"
        return f"{records}: {self.kind} ({self.where})"


class Anchor(NamedTuple):
    """What `by` said about an earlier checkpoint; in `where` that is."""

    by: str
    at: str
    size: int
    where: str


class Earlier(NamedTuple):
    """A checkpoint that the log must go on from, and the record of it that is known, if there is one."""

    checkpoint: Checkpoint
    what: str
    number: int | None = None
    leaf: Hash = b""


class Report:
    def __init__(self) -> None:
        self.checkpoint: Checkpoint | None = None
        self.since: Checkpoint | None = None
        self.anchors: list[Anchor] = []
        self.records = 0
        self.tiles = 0
        self.expired = 0  # records that are gone, and a later one says so
        self.damages: list[Damage] = []
        self.notices: list[str] = []

    def damage(self, kind: str, first: int | None, last: int | None, where: str) -> None:
        self.damages.append(Damage(kind, first, last, where))


class RequiredAnchors(NamedTuple):
    """What must be there: a cosignature of each of these witnesses; a timestamp by the authority whose root certificate
    is in the file `tsa`; that `token`, which somebody kept, is about this log. The newest of each may be `within`
    seconds old."""

    witnesses: list[Key]
    tsa: str | None
    token: bytes | None
    within: int | None = None


NOTHING = RequiredAnchors([], None, None)


class Anchors:
    """`names` are files in the log's folder `anchors`. To be asked for before the log's checkpoint, or they might be
    about a later one."""

    def __init__(self, source: Source, keys: list[Key], origin: str, report: Report) -> None:
        self.source, self.keys, self.origin, self.report = source, keys, origin, report
        names = [name for name in source.anchors() if ANCHOR.fullmatch(name)]
        self.names = sorted(names, key=lambda name: (int(name.partition(".")[0]), name))
        self.notes: dict[str, bytes] = {}  # checkpoints of the log, by where they are
        self.newest: dict[str, int] = {}  # when each has last said something

    def look_for(self, wanted: RequiredAnchors, notes: dict[str, bytes]) -> list[Earlier]:
        """What was found is in the report, and what was not is a damage. Gives the checkpoints that it was about: of
        those in `notes`, and of those in the folder."""
        self.notes = dict(notes)
        for name in self.names:
            if not name.endswith(".tsr"):
                self.notes["anchors/" + name] = self.source.read("anchors/" + name) or b""
        earlier = []
        for where, note in self.notes.items():
            try:
                text, signatures = signed_by(note, [*self.keys, *wanted.witnesses])
                if not any(key in signatures for key in self.keys):
                    self.report.notices.append(f"{where} is not signed by the key that you gave; it was not used")
                    continue
                checkpoint = parse_checkpoint(text, self.origin)
            except Unusable as error:
                self.report.damage(str(error), None, None, where)
                continue
            for witness in wanted.witnesses:
                if witness in signatures:
                    seconds = int.from_bytes(signatures[witness][:8], "big")
                    self.found("witness " + witness.name, seconds, checkpoint, where)
            earlier.append(Earlier(checkpoint, where))
        for witness in wanted.witnesses:
            if not self.has("witness " + witness.name):
                self.report.damage(f"none is cosigned by {witness.name}", None, None, "checkpoints")
        if wanted.tsa is not None:
            self.dated(wanted.tsa, wanted.token, {each.what: each.checkpoint for each in earlier})
        for by, seconds in self.newest.items():
            old = wanted.within is not None and time.time() - seconds > wanted.within
            if old and by != "kept token":  # that is kept because it is old
                self.report.damage(f"the newest one by {by} is older than you accept", None, None, "checkpoints")
        return [Earlier(each.checkpoint, "the checkpoint " + each.what) for each in earlier]

    def dated(self, certificate: str, kept: bytes | None, checkpoints: dict[str, Checkpoint]) -> None:
        for name in self.names:
            about = "anchors/" + name[: -len("tsr")] + "checkpoint"
            if name.endswith(".tsr") and about in checkpoints:
                token = self.source.read("anchors/" + name) or b""
                seconds = timestamp(token, self.notes[about], certificate)
                if seconds is None:
                    self.report.notices.append(f"anchors/{name} is no timestamp of it by the authority that you gave")
                else:
                    self.found("timestamp", seconds, checkpoints[about], "anchors/" + name)
        if kept is not None:
            for where, checkpoint in checkpoints.items():
                for note in {self.notes[where], without_cosignatures(self.notes[where], self.keys)}:
                    seconds = timestamp(kept, note, certificate)
                    if seconds is not None:
                        self.found("kept token", seconds, checkpoint, where)
                        break
            if not self.has("kept token"):
                self.report.damage("it is about no checkpoint that is here", None, None, "the token")
        elif not self.has("timestamp"):
            self.report.damage("none is dated by the authority that you gave", None, None, "checkpoints")

    def found(self, by: str, seconds: int, checkpoint: Checkpoint, where: str) -> None:
        if checkpoint.size == 0:  # of every log, whatever it became
            return
        try:
            at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
        except (OverflowError, ValueError, OSError):
            self.report.damage("the time of the cosignature is no time", None, None, where)
        else:
            self.report.anchors.append(Anchor(by, at, checkpoint.size, where))
            self.newest[by] = max(seconds, self.newest.get(by, 0))

    def has(self, by: str) -> bool:
        return any(each.by == by for each in self.report.anchors)


def without_cosignatures(note: bytes, keys: list[Key]) -> bytes:
    """The note as the log signed it, before others added to it."""
    text, _, signatures = note.decode().rpartition("\n\n")
    own = [line for line in signatures.split("\n") if any(line.startswith("— " + key.name + " ") for key in keys)]
    return "\n".join([text, "", *own, ""]).encode()


def timestamp(token: bytes, data: bytes, certificate: str) -> int | None:
    """When the authority says that it saw `data` (POSIX time), or None. Its certificate must have been valid then."""
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("token", "data")]
        for at, content in enumerate((token, data)):
            with open(names[at], "wb") as file:
                file.write(content)
        for kind in ([], ["-token_in"]):  # a whole response, or the token in it
            shown = openssl("-reply", "-in", names[0], *kind, "-text")
            said = re.search(r"^Time stamp: (\w+ +\d+ [\d:]+)(?:\.\d+)? (\d+) GMT$", shown or "", re.MULTILINE)
            if said is not None:
                seconds = calendar.timegm(time.strptime(f"{said[1]} {said[2]}", "%b %d %H:%M:%S %Y"))
                about = ["-in", names[0], *kind, "-data", names[1], "-CAfile", certificate, "-attime", str(seconds)]
                return seconds if openssl("-verify", *about) is not None else None
    return None


def openssl(*words: str) -> str | None:
    """What `openssl ts` prints; None if it fails."""
    command = [os.environ.get("OPENSSL", "openssl"), "ts", *words]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell, and our own words
    except OSError:
        raise Unusable("timestamps are checked by the program openssl, which is not on this machine") from None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


# --- 6. The check ----------------------------------------------------------------------------------------------------


class Suspect(NamedTuple):
    """Two statements about records that contradict each other: the root will tell which of them is false."""

    damage: Damage  # if the records are wrong
    level: int
    tile: str  # the other statement


class Check:
    """One pass over a log. `found` is the tree over the records as they are, `claimed` the one over the hashes that the
    tiles of level 0 have for them: the signed root is that of one or the other, unless both were damaged."""

    def __init__(self, source: Source, head: Checkpoint, report: Report) -> None:
        self.source, self.head, self.report = source, head, report
        self.found, self.claimed = Edge(), Edge()
        self.done, self.complete = 0, True
        self.gone: list[Damage] = []  # bundles that are not there, while their hashes are: have they expired?
        self.expired, self.said = 0, ""  # those before this one have, and what says so
        self.held: list[Earlier] = []  # records that somebody has a proof of
        self.suspects: list[Suspect] = []

    def run(self, earlier: list[Earlier], progress: Callable[[int, int], None]) -> None:
        self.held = [each for each in earlier if each.number is not None]
        roots = {0: {EMPTY}}  # of the trees over so many first records
        sizes = sorted({each.checkpoint.size for each in earlier} - {0}, reverse=True)
        for index in range(-(-self.head.size // WIDTH)):
            leaves, hashes = self.bundle(index, min(WIDTH, self.head.size - self.done))
            while sizes and sizes[-1] <= self.done + len(leaves):
                inside = sizes[-1] - self.done
                roots[sizes.pop()] = {self.found.root(leaves[:inside]), self.claimed.root(hashes[:inside])}
            self.add(leaves, hashes)
            progress(self.done, self.head.size)
        for level in range(1, len(self.found.levels)):
            if self.found.levels[level]:
                self.upper(level, self.done >> 8 * (level + 1), self.found.levels[level], self.claimed.levels[level])
        self.judge()
        for old, what, *_ in earlier:
            if old.size <= self.head.size and old.root not in roots[old.size]:
                self.report.damage("not the records of " + what, 0, max(0, old.size - 1), "checkpoint")
        self.others()

    def bundle(self, index: int, width: int) -> tuple[list[Hash], list[Hash]]:
        """Compare a bundle of records with the tile of their hashes. Gives what stands for each in the two trees."""
        first, last = index * WIDTH, index * WIDTH + width - 1
        name, content = self.tile("entries", index, width)
        hashes = self.hashes(0, index, width)
        if content is None and hashes is not None:
            self.gone.append(Damage("missing", first, last, name))
            return hashes, hashes
        entries, whole = split_entries(content or b"")
        if len(entries) > width and name == tile_path("entries", index) != tile_path("entries", index, width):
            entries, whole = entries[:width], True  # the full bundle in the place of the partial one
        leaves = [leaf_hash(entry) for entry in entries]
        if content is not None and b'"operation":"audit.expire"' in content:
            for number, entry in enumerate(entries, first):
                before, cutoff = expiry(entry)
                if self.expired < min(before, number):  # none says that of later ones
                    self.expired = min(before, number)
                    self.said = f"record {number} says that those before {self.expired} are from before {cutoff}"
        self.report.records += min(width, len(leaves))
        if content is None:
            self.report.damage("missing", first, last, name)
        elif hashes is not None and leaves != hashes:
            kind, begin, end = compare(leaves, hashes)
            damage = Damage(kind, first + begin, first + end, name)
            self.suspects.append(Suspect(damage, 0, tile_path("0", index, width)))
        elif len(leaves) != width:
            self.report.damage(f"{len(leaves)} instead of {width}", first, last, name)
        elif not whole:
            self.report.damage("followed by bytes that are no record", last, last, name)
        if len(leaves) != width:
            self.complete = False
            leaves = hashes or [b"\x00" * 32] * width  # stands for what cannot be known
        self.compare_held(first, leaves)
        return leaves, hashes or leaves

    def compare_held(self, first: int, leaves: list[Hash]) -> None:
        for _, what, number, leaf in self.held:
            if number is not None and first <= number < first + len(leaves) and leaves[number - first] != leaf:
                self.report.damage(f"not the record in {what}", number, number, "as it is there")

    def hashes(self, level: int, index: int, width: int) -> list[Hash] | None:
        """The hashes of a tile; None, and a damage, if it is not there or has not the right length."""
        name, content = self.tile(str(level), index, width)
        first, last = span(level, index * WIDTH, width)
        if content is None:
            self.report.damage("their hashes are missing", first, last, name)
            return None
        self.report.tiles += 1
        if name == tile_path(str(level), index):
            content = content[: 32 * width] if width < WIDTH else content
        if len(content) != 32 * width:
            whole = min(len(content) // 32, width - 1)
            self.report.damage("their tile of hashes has a wrong length", first + (whole << 8 * level), last, name)
            return None
        return [content[at : at + 32] for at in range(0, len(content), 32)]

    def tile(self, level: str, index: int, width: int) -> tuple[str, bytes | None]:
        """Name and content. A partial tile may be gone once there is the full one, which begins with it."""
        name = tile_path(level, index, width)
        content = self.source.read(name)
        if content is None and width < WIDTH:
            full = self.source.read(tile_path(level, index))
            if full is not None:
                return tile_path(level, index), full
        return name, content

    def add(self, leaves: list[Hash], hashes: list[Hash]) -> None:
        self.done += len(leaves)
        root = root_over(leaves) if len(leaves) == WIDTH else None
        claims = self.claimed.add(list(hashes), root if hashes == leaves else None)
        for level, full in self.found.add(list(leaves), root):
            claim = next(claims)[1]
            if level:
                self.upper(level, (self.done >> 8 * (level + 1)) - 1, full, claim)
        for _ in claims:  # to its end
            pass

    def upper(self, level: int, index: int, found: list[Hash], claimed: list[Hash]) -> None:
        """Compare a tile above level 0 with the roots of what is below."""
        for at, stored in enumerate(self.hashes(level, index, len(found)) or ()):
            if stored not in (found[at], claimed[at]):
                name = tile_path(str(level), index, len(found))
                damage = Damage("changed, and their hashes too", *span(level, index * WIDTH + at, 1), name)
                self.suspects.append(Suspect(damage, level, name))

    def judge(self) -> None:
        """The signed root says which of two contradicting statements is false."""
        unsaid = [each for each in self.gone if each.last is None or each.last >= self.expired]
        self.report.damages += unsaid
        self.report.expired = WIDTH * (len(self.gone) - len(unsaid))
        if self.report.expired:
            self.report.notices.append(f"{self.report.expired} records have expired: {self.said}")
        records_hold = self.complete and self.found.root() == self.head.root
        hashes_hold = self.claimed.root() == self.head.root
        for damage, level, tile in self.suspects:
            if records_hold or (hashes_hold and level):
                self.report.damage("their stored hash is wrong", damage.first, damage.last, tile)
            else:
                self.report.damages.append(damage)
        if self.complete and not records_hold and not self.suspects:
            self.report.damage("they do not have the signed root", 0, max(0, self.head.size - 1), "checkpoint")

    def others(self) -> None:
        """Files that the check did not need: old partial tiles must be the beginning of the newer ones."""
        beyond = 0
        for name in sorted(self.source.names()):
            match = TILE.fullmatch(name)
            if match is None:
                self.report.notices.append(f"{name} is not part of a log; it was not looked at")
                continue
            level, index = match["level"], int(match["index"].replace("/", "").replace("x", ""))
            width, height = int(match["width"] or WIDTH), 0 if level == "entries" else int(level)
            have = min(WIDTH, (self.head.size >> 8 * height) - index * WIDTH)
            if width > have:
                beyond += 1
            elif width < have:
                part, (_, content) = self.source.read(name), self.tile(level, index, have)
                if part is not None and content is None and level == "entries":  # an older part of what has expired
                    part = b"".join(leaf_hash(entry) for entry in split_entries(part)[0])
                    content = self.tile("0", index, have)[1]
                if part is None or content is None or not content.startswith(part):
                    self.report.damage("not the same in an older tile", *span(height, index * WIDTH, width), name)
        if beyond:
            self.report.notices.append(
                f"{beyond} files are about records after the checkpoint; they were not looked at (an export goes on?)"
            )


def verify(
    source: Source,
    keys: list[Key],
    *,
    origin: str,
    since: bytes | None = None,
    wanted: RequiredAnchors = NOTHING,
    expired: int | None = None,
    progress: Callable[[int, int], None] = lambda done, size: None,
) -> Report:
    """Check a whole log, of which at most `expired` records may have expired. What is wrong is in the report's
    `damages`; raises `Unusable` if a log cannot be fetched."""
    report = Report()
    anchors = Anchors(source, keys, origin, report) if wanted != NOTHING else None
    note, where = source.read("checkpoint"), "checkpoint"
    try:
        if note is None:
            raise Unusable("there is none")
        head = report.checkpoint = open_checkpoint(note, keys, origin)
        notes, earlier = {where: note}, []
        if since is not None:
            where = "the earlier checkpoint"
            old, notes[where] = open_earlier(since, keys, origin, where)
            report.since = old.checkpoint
            earlier.append(old)
    except Unusable as error:
        report.damage(str(error), None, None, where)
        return report
    if anchors is not None:
        earlier += anchors.look_for(wanted, notes)
    for checkpoint, what, *_ in earlier:
        if checkpoint.size > head.size:
            report.damage("removed since " + what, head.size, checkpoint.size - 1, "checkpoint")
    Check(source, head, report).run(earlier, progress)
    if expired is not None and report.expired > expired:
        report.damage(f"{report.expired} have expired, more than you accept", 0, head.size - 1, "records")
    return report


def open_earlier(data: bytes, keys: list[Key], origin: str, what: str) -> tuple[Earlier, bytes]:
    """An earlier checkpoint, alone or in a proof, and its note."""
    if not data.startswith(PROOF.encode()):
        return Earlier(open_checkpoint(data, keys, origin), what), data
    proof = parse_proof(data)
    head = verify_proof(proof, keys, origin=origin, leaf=proof.extra)
    return Earlier(head, what, proof.number, leaf_hash(proof.extra)), proof.note


def expiry(entry: bytes) -> tuple[int, str]:
    """Of a record that lets others expire: those before this index may have, being from before that day."""
    try:
        said = json.loads(entry)
    except (ValueError, RecursionError):
        return 0, ""
    about = said if isinstance(said, dict) and said.get("operation") == "audit.expire" else {}
    before, cutoff = about.get("expired"), about.get("cutoff", "a day that it does not name")
    return (before, str(cutoff)) if isinstance(before, int) else (0, "")


def compare(found: list[Hash], claimed: list[Hash]) -> tuple[str, int, int]:
    """How the records of a bundle differ from the hashes in their tile: kind, and first and last place concerned."""
    both = min(len(found), len(claimed))
    differ = [at for at in range(both) if found[at] != claimed[at]]
    first, more = differ[0] if differ else both, len(found) - len(claimed)
    if more < 0 and found[first:] == claimed[first - more :]:
        return "missing", first, first - more - 1
    if more > 0 and found[first + more :] == claimed[first:]:
        copies = all(each in claimed for each in found[first : first + more])
        return "duplicated" if copies else "inserted", first, first + more - 1
    if more or not differ:
        return "changed from here on", first, max(first, len(claimed) - 1)
    if len(differ) == 1:
        return "replaced by a copy of another" if found[first] in claimed else "changed", first, first
    if len(differ) == 2 and found[first] == claimed[differ[1]] and found[differ[1]] == claimed[first]:
        return "swapped", first, differ[1]
    return "changed", first, differ[-1]


def span(level: int, first: int, hashes: int) -> tuple[int, int]:
    """First and last record under so many hashes of a level."""
    return first << 8 * level, ((first + hashes) << 8 * level) - 1


# --- 7. Proofs of single records (c2sp.org/tlog-proof) ---------------------------------------------------------------


PROOF = "c2sp.org/tlog-proof@v1"


class Proof(NamedTuple):
    number: int
    path: list[Hash]
    extra: bytes
    note: bytes


def parse_proof(data: bytes) -> Proof:
    before, _, note = data.partition(b"\n\n")
    lines = before.decode("utf-8", "replace").split("\n")
    if lines.pop(0) != PROOF:
        raise Unusable("not a tlog-proof")
    extra = decode64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else b""
    index = re.fullmatch("index (0|[1-9][0-9]{0,18})", lines.pop(0) if lines else "")
    path = [decode64(line) for line in lines]
    if index is None or len(path) > 63 or any(len(step) != 32 for step in path):
        raise Unusable("not a well-formed tlog-proof")
    return Proof(int(index[1]), path, extra, note)


def verify_proof(proof: Proof, keys: list[Key], *, origin: str, leaf: bytes) -> Checkpoint:
    """The checkpoint under which `leaf` is record `proof.number`, by RFC 9162, section 2.1.3.2. Raises `Unusable`."""
    head = open_checkpoint(proof.note, keys, origin)
    if proof.number >= head.size:
        raise Unusable(f"there is no record {proof.number} in a log of {head.size}")
    at, last, result = proof.number, head.size - 1, leaf_hash(leaf)
    for step in proof.path:
        if last == 0:
            raise Unusable("the proof is too long")
        if at & 1 or at == last:
            result = node_hash(step, result)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            result = node_hash(result, step)
        at, last = at >> 1, last >> 1
    if last or result != head.root:
        raise Unusable(f"the record is not number {proof.number} of the log that was signed")
    return head


# --- 8. The command line ---------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an audit log, or a proof from one.")
    parser.add_argument("target", help="folder or address of a log, or a .tlog-proof file")
    parser.add_argument("--vkey", action="append", required=True, help="verifier key of the log; may be repeated")
    parser.add_argument("--origin", help="name of the log, if it is not that of the key")
    parser.add_argument("--since", help="file with a checkpoint that you verified earlier, or with a .tlog-proof")
    parser.add_argument("--expired", type=natural, metavar="N", help="how many records may have expired, at most")
    parser.add_argument("--witness", action="append", default=[], help="verifier key of a witness; may be repeated")
    parser.add_argument("--tsa", help="file with the root certificate of a timestamp authority (PEM)")
    parser.add_argument("--token", help="file with a timestamp of the log that you kept; needs --tsa")
    parser.add_argument(
        "--anchored-within", type=natural, metavar="SECONDS", help="how old the newest of these anchors may be, each"
    )
    parser.add_argument("--leaf", help="file with the record, for a proof that does not carry it")
    parser.add_argument("--json", action="store_true", help="print facts as JSON")
    given = parser.parse_args(arguments)
    try:
        keys = [parse_vkey(vkey) for vkey in given.vkey]
        if given.token and not given.tsa:
            raise Unusable("--token needs --tsa")
        if given.tsa:
            read_file(given.tsa)
        token = read_file(given.token) if given.token else None
        if given.anchored_within is not None and not (given.witness or (given.tsa and not given.token)):
            raise Unusable("--anchored-within needs --witness, or --tsa without --token")
        wanted = RequiredAnchors(
            [parse_vkey(vkey, 4) for vkey in given.witness], given.tsa, token, given.anchored_within
        )
        since = read_file(given.since) if given.since else None
        leaf = read_file(given.leaf) if given.leaf else None
        proof = read_file(given.target) if os.path.isfile(given.target) else None
        source = open_source(given.target) if proof is None else None
        if proof is not None and (given.tsa or given.since or given.expired is not None or given.anchored_within):
            raise Unusable("--since, --tsa, --expired and --anchored-within are for logs, not for proofs")
    except Unusable as error:
        parser.error(str(error))
    origin = given.origin or keys[0].name
    try:
        if source is None:
            known = tell_proof(proof or b"", keys, origin, leaf, wanted.witnesses)
        else:
            progress = progress_line(given.json)
            most = given.expired
            report = verify(source, keys, origin=origin, since=since, wanted=wanted, expired=most, progress=progress)
            known = tell_log(report)
    except NotAllowed as error:
        parser.error(printable(str(error)))
    except Unusable as error:
        known = {"verified": False, "reason": str(error)}, [f"NOT VERIFIED: {error}"]
    facts, lines = known
    print(json.dumps(facts, indent=2) if given.json else "\n".join(map(printable, lines)))
    return 0 if facts["verified"] else 1


def natural(text: str) -> int:
    if not re.fullmatch("[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError("a number from 0 on")
    return int(text)


def printable(line: str) -> str:
    """What was read must not speak for us: no line of its own, no command to the terminal."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)


def read_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None


def open_source(target: str) -> Source:
    if target.startswith(("http://", "https://")):
        return Web(target)
    if not os.path.isdir(target):
        raise Unusable(f"{target} is not there")
    return Folder(target)


def tell_log(report: Report) -> tuple[dict[str, object], list[str]]:
    """The outcome twice: for a program and for a person."""
    head, old, damages = report.checkpoint, report.since, report.damages
    facts: dict[str, object] = {"verified": not damages, "records": report.records, "tiles": report.tiles}
    facts["expired"] = report.expired
    verdict = "NOT VERIFIED" if damages else "verified"
    lines = []
    if head is not None:
        root = base64.b64encode(head.root).decode()
        facts.update(origin=head.origin, size=head.size, root=root, since=old and old.size)
        lines += [f"log      {head.origin}", f"signed   {head.size} records, root {root}"]
        lines += [f"checked  {report.records} records, {report.tiles} tiles of hashes"]
        if old is not None and not damages:
            lines += [f"since    the first {old.size} records are those of the earlier checkpoint"]
        if report.expired and not damages:
            verdict += f", but {report.expired} of {head.size} records have expired"
        newest = {each.by: each for each in sorted(report.anchors, key=lambda each: each.size)}
        facts["anchors"] = [each._asdict() for each in newest.values()]
        if not damages:
            for by, at, size, _ in newest.values():
                later = f"; the {head.size - size} later ones not yet" if size < head.size else ""
                lines += [f"anchor   the first {size} records: {by}, {at}{later}"]
    facts["damages"] = [each._asdict() for each in damages[:MOST_SHOWN]]
    facts.update(damages_in_all=len(damages), notices=report.notices)
    lines += [f"note     {each}" for each in report.notices[:MOST_SHOWN]]
    if len(report.notices) > MOST_SHOWN:
        lines += [f"note     and {len(report.notices) - MOST_SHOWN} more"]
    lines += [f"DAMAGED  {each}" for each in damages[:MOST_SHOWN]]
    if len(damages) > MOST_SHOWN:
        lines += [f"DAMAGED  and {len(damages) - MOST_SHOWN} places more"]
    return facts, [*lines, verdict]


def tell_proof(
    data: bytes, keys: list[Key], origin: str, leaf: bytes | None, witnesses: list[Key]
) -> tuple[dict[str, object], list[str]]:
    proof = parse_proof(data)
    for witness in witnesses:
        if witness not in signed_by(proof.note, witnesses)[1]:
            raise Unusable(f"its checkpoint is not cosigned by {witness.name}")
    record = proof.extra if leaf is None else leaf
    head = verify_proof(proof, keys, origin=origin, leaf=record)
    text = record.decode("utf-8", "backslashreplace")
    facts: dict[str, object] = {"verified": True, "index": proof.number, "size": head.size, "record": text}
    return facts, [f"verified: this is record {proof.number} of the {head.size} that {head.origin} has signed", text]


def progress_line(quiet: bool) -> Callable[[int, int], None]:
    if quiet or not sys.stderr.isatty():
        return lambda done, size: None

    def show(done: int, size: int) -> None:
        if done == size or done % 25600 == 0:
            print(f"\r{done} of {size} records", end="\n" if done == size else "", file=sys.stderr, flush=True)

    return show


if __name__ == "__main__":
    sys.exit(main())
