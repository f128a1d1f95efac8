/* Is this record in the log that was signed? Nothing is asked of the gateway but hashes, and none of them is believed.

   Read it before you trust it: it has no other file behind it, and uses what every browser brings (WebCrypto: SHA-256,
   Ed25519). What it follows:
     RFC 8785          the record as it was hashed: members in order, no spaces
     RFC 6962, 2.1     SHA-256 of 0x00 and a record, of 0x01 and two hashes; how a tree of any size is split
     C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles   https://c2sp.org

   The proof: the root of the whole tree is computed anew, with this record at its place and the hashes of everything
   around it. Only the true record at the true place, with the true hashes, gives the root that stands in the signed
   checkpoint. A false hash can make a true record fail; it can make no false record hold. */

export const LARGEST_NOTE = 1_000_000;
const HASH = 32;
const SIGNATURE = 64;
const TIME = 8;
const TILE = 256; // hashes in a tile, which is 8 levels of the tree
const ED25519 = 1;
const COSIGNATURE = 4;

/* Why it is not proved: a word, which the page says in the reader's language. */
export class NotProved extends Error {}

/* --- Bytes ------------------------------------------------------------------------------------------------------- */

const utf8 = (text) => new TextEncoder().encode(text);

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/* Standard base64, exactly as an encoder writes it; null for anything else. */
function decoded(text) {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return null;
  const binary = atob(text);
  return btoa(binary) === text ? Uint8Array.from(binary, (letter) => letter.charCodeAt(0)) : null;
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

export const leafHash = (leaf) => sha256(Uint8Array.of(0), leaf);

const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

/* --- The record -------------------------------------------------------------------------------------------------- */

/* RFC 8785 for what a record holds: texts, whole numbers, lists and objects. */
export function canonical(value) {
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new NotProved("record_malformed");
    return JSON.stringify(value);
  }
  if (Number.isSafeInteger(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") throw new NotProved("record_malformed");
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${canonical(name)}:${canonical(value[name])}`).join(",")}}`;
}

/* How many members its objects have, those inside of others too. */
function members(value) {
  if (value === null || typeof value !== "object") return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum, each) => sum + members(each), own);
}

/* The bytes that were hashed, from the record as it is shown. One that names a member twice shows what is not proved. */
export function leafOf(text) {
  let record;
  try {
    record = JSON.parse(text);
  } catch {
    throw new NotProved("record_malformed");
  }
  if (record === null || typeof record !== "object" || Array.isArray(record)) throw new NotProved("record_malformed");
  const written = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"/g, "").split(":").length - 1;
  if (written !== members(record)) throw new NotProved("record_malformed");
  return utf8(canonical(record));
}

/* --- Keys and signatures ----------------------------------------------------------------------------------------- */

/* `<name>+<key id>+<base64 of type and key>`; the key id follows from the rest, so a key that was miscopied is found. */
export async function readKey(vkey) {
  const [name, id, material, ...more] = vkey.split("+"); // a base64 may hold a plus
  const bytes = decoded([material ?? "", ...more].join("+"));
  const fits = bytes !== null && bytes.length === 1 + HASH && [ED25519, COSIGNATURE].includes(bytes[0]);
  if (!fits || !/^[^\s+]+$/.test(name)) throw new NotProved("key_malformed");
  const expected = (await sha256(utf8(`${name}\n`), bytes)).slice(0, 4);
  if (hex(expected) !== id) throw new NotProved("key_malformed");
  const key = await crypto.subtle.importKey("raw", bytes.slice(1), { name: "Ed25519" }, false, ["verify"]);
  return { name, id: expected, type: bytes[0], key };
}

/* One key a line; empty lines are left out. */
export async function readKeys(text) {
  return Promise.all(text.split("\n").map((line) => line.trim()).filter(Boolean).map(readKey));
}

/* A note: a text, an empty line, signatures. */
export function readNote(note) {
  const at = note.lastIndexOf("\n\n");
  const lines = note.slice(at + 2).split("\n");
  if (note.length > LARGEST_NOTE || at < 0 || lines.pop() !== "" || lines.length === 0 || /[\0-\t\v-\x1f]/.test(note)) {
    throw new NotProved("checkpoint_malformed");
  }
  const signatures = lines.map((line) => {
    const found = /^— (\S+) (\S+)$/.exec(line);
    const bytes = found && decoded(found[2]);
    if (!bytes || bytes.length < 5) throw new NotProved("checkpoint_malformed");
    return { name: found[1], id: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
  return { text: note.slice(0, at + 1), signatures };
}

/* What a key of this type signs: the text; of a witness, the text after the time at which it saw it. */
function signedBytes(key, text, signature) {
  if (key.type === ED25519) return { message: utf8(text), signature };
  if (signature.length !== TIME + SIGNATURE) return null;
  const seconds = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  const message = utf8(`cosignature/v1\ntime ${seconds}\n${text}`);
  return { message, signature: signature.slice(TIME), at: Number(seconds) };
}

/* Which of the keys signed the note. A false signature by one of them spoils the whole note; others' are passed over. */
export async function signers(note, keys) {
  const found = [];
  for (const each of note.signatures) {
    const key = keys.find((one) => one.name === each.name && same(one.id, each.id));
    if (!key || found.some((one) => one.key === key)) continue;
    const signed = signedBytes(key, note.text, each.signature);
    const holds =
      signed !== null &&
      signed.signature.length === SIGNATURE &&
      (await crypto.subtle.verify({ name: "Ed25519" }, key.key, signed.signature, signed.message));
    if (!holds) throw new NotProved("signature_false");
    found.push({ key, name: key.name, witness: key.type === COSIGNATURE, at: signed.at ?? null });
  }
  return found;
}

/* Origin, number of records, root; further lines may follow. */
export function readCheckpoint(text) {
  const [origin, size, root, ...rest] = text.split("\n");
  const bytes = decoded(root ?? "");
  const number = Number(size);
  const fits = origin && /^(0|[1-9][0-9]*)$/.test(size) && Number.isSafeInteger(number) && bytes?.length === HASH;
  if (!fits || rest.pop() !== "" || rest.includes("")) throw new NotProved("checkpoint_malformed");
  return { origin, size: number, root: bytes };
}

/* --- The tree ---------------------------------------------------------------------------------------------------- */

/* The name of a tile: `0/x001/067.p/12`; `width` below 256 for the last one of its level. */
export function tileName(level, index, width) {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.{3}/g);
  const number = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/");
  return `${level}/${number}${width < TILE ? `.p/${width}` : ""}`;
}

/* The root of a log of `size` records that has `leaf`, a leaf's hash, at `index`. `tile(name)` brings the bytes of a
   tile, or null. */
export async function rootWith(leaf, index, size, tile) {
  const brought = new Map();

  /* The hash of the subtree over 2 ** height records, the `at`th of that height, from the tile that has it. */
  async function given(height, at) {
    const level = Math.floor(height / 8);
    const hashes = 2 ** (height % 8);
    const first = at * hashes;
    const number = Math.floor(first / TILE);
    const width = Math.min(TILE, Math.floor(size / TILE ** level) - number * TILE);
    const name = tileName(level, number, width);
    if (!brought.has(name)) brought.set(name, await tile(name));
    const bytes = brought.get(name);
    if (!bytes || bytes.length !== width * HASH) throw new NotProved("hashes_missing");
    let row = [];
    for (let here = first - number * TILE; row.length < hashes; here += 1) {
      row.push(bytes.slice(here * HASH, (here + 1) * HASH));
    }
    while (row.length > 1) {
      const above = [];
      for (let pair = 0; pair < row.length; pair += 2) above.push(await nodeHash(row[pair], row[pair + 1]));
      row = above;
    }
    return row[0];
  }

  /* The hash of records `start` to `end`, as RFC 6962 splits them: at the greatest power of two below their number. */
  async function over(start, end) {
    const number = end - start;
    const inside = start <= index && index < end;
    if (number === 1 && inside) return leaf;
    let half = 1;
    let height = 0;
    for (; half * 2 < number; half *= 2) height += 1;
    const whole = number === 1 || half * 2 === number;
    if (whole && !inside) return number === 1 ? given(0, start) : given(height + 1, start / number);
    return nodeHash(await over(start, start + half), await over(start + half, end));
  }

  return over(0, size);
}

/* --- The proof --------------------------------------------------------------------------------------------------- */

/* Throws NotProved, or says under which checkpoint the record is in the log and who signed that.

   record   its text, JSON, as it is shown
   index    its place in the log
   note     a checkpoint, signed: yours, from whatever day after the record's, or the newest
   keys     whom you trust: the log's key, and witnesses', one a line
   tile     brings hashes by the name of a tile */
export async function prove({ record, index, note, keys, tile }) {
  const trusted = await readKeys(keys);
  const log = trusted.find((key) => key.type === ED25519);
  if (!log) throw new NotProved("no_key");
  const read = readNote(note);
  const found = await signers(read, trusted);
  if (!found.some((each) => !each.witness)) throw new NotProved("not_signed");
  const checkpoint = readCheckpoint(read.text);
  if (!found.some((each) => !each.witness && each.name === checkpoint.origin)) throw new NotProved("other_log");
  if (!Number.isSafeInteger(index) || index < 0) throw new NotProved("record_malformed");
  if (index >= checkpoint.size) throw new NotProved("checkpoint_older");
  const leaf = await leafHash(leafOf(record));
  const root = await rootWith(leaf, index, checkpoint.size, tile);
  if (!same(root, checkpoint.root)) throw new NotProved("not_this_record");
  return {
    leaf: hex(leaf),
    root: hex(root),
    size: checkpoint.size,
    witnesses: found.filter((each) => each.witness).map(({ name, at }) => ({ name, at })),
  };
}
