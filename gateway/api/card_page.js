"use strict";

/* The verdict: the same as that of gateway/cards/verify.py, with nothing but what a browser brings. */

const TYPE = "urn:mre-gateway:card:1";
const LEEWAY = 300;
const MOST = 16384;
const LARGEST_LIST = 16 * 1024 * 1024;
const NEVER_DISCLOSED = ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "_sd", "..."];

class NotGenuine extends Error {}

function decoded(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new NotGenuine("malformed");
  try {
    return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  } catch {
    throw new NotGenuine("malformed");
  }
}

function json(text) {
  const bytes = decoded(text);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new NotGenuine("malformed");
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function digest(text) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...hash)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/* The claims of a JWT of this type under a good signature of one of the issuer's keys. */
async function proven(token, type, keys) {
  const parts = token.split(".");
  if (parts.length !== 3) throw new NotGenuine("malformed");
  const header = json(parts[0]);
  if (!isObject(header)) throw new NotGenuine("malformed");
  const key = keys.find((each) => typeof header.kid === "string" && each.kid === header.kid);
  if (!key) throw new NotGenuine("unknown_key");
  if (header.alg !== "ES256" || header.typ !== type || "crit" in header || key.kty !== "EC" || key.crv !== "P-256")
    throw new NotGenuine("malformed");
  const members = { kty: "EC", crv: "P-256", x: key.x, y: key.y };
  const public_ = await crypto.subtle.importKey("jwk", members, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const signed = new TextEncoder().encode(parts[0] + "." + parts[1]);
  const good = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, public_, decoded(parts[2]), signed);
  if (!good) throw new NotGenuine("bad_signature");
  const claims = json(parts[1]);
  if (!isObject(claims)) throw new NotGenuine("malformed");
  return claims;
}

/* RFC 9901, section 7.1, for disclosures at the top level, the only ones that a card has. */
async function disclosed(claims, disclosures) {
  const found = new Map(Object.entries(claims).filter(([name]) => name !== "_sd" && name !== "_sd_alg"));
  const digests = claims._sd === undefined ? [] : claims._sd;
  if (!Array.isArray(digests) || new Set(digests).size !== digests.length) throw new NotGenuine("malformed");
  if (claims._sd_alg !== undefined && claims._sd_alg !== "sha-256") throw new NotGenuine("malformed");
  for (const disclosure of disclosures) {
    const place = await digest(disclosure);
    const content = json(disclosure);
    if (!digests.includes(place)) throw new NotGenuine("malformed");
    if (!Array.isArray(content) || content.length !== 3 || typeof content[1] !== "string")
      throw new NotGenuine("malformed");
    if (NEVER_DISCLOSED.includes(content[1]) || found.has(content[1])) throw new NotGenuine("malformed");
    found.set(content[1], content[2]);
  }
  return found;
}

async function genuine(text, issuer) {
  if (text.length > MOST || !text.includes("~") || !/^[\x20-\x7e]*$/.test(text)) throw new NotGenuine("not_a_card");
  const parts = text.split("~");
  const claims = await proven(parts[0], "dc+sd-jwt", issuer.jwks.keys);
  const found = await disclosed(claims, parts.slice(1, -1).filter((each) => each));
  if (found.get("vct") !== TYPE) throw new NotGenuine("other_kind");
  if (found.get("iss") !== issuer.issuer) throw new NotGenuine("other_issuer");
  if (!Number.isInteger(found.get("iat")) || !Number.isInteger(found.get("exp"))) throw new NotGenuine("claims_invalid");
  return found;
}

async function inflated(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > LARGEST_LIST) throw new Error("too large");
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/* The claims of a status list that can be relied on at this time (draft-ietf-oauth-status-list, section 8.3). */
async function usable(list, issuer, seconds) {
  const claims = await proven(list.trim(), "statuslist+jwt", issuer.jwks.keys);
  const { iat, exp } = claims;
  if (!Number.isInteger(iat) || !Number.isInteger(exp)) throw new Error("no time");
  if (iat > seconds + LEEWAY || exp + LEEWAY <= seconds) throw new Error("stale");
  return claims;
}

/* True or false; an exception if no list says. */
async function isRevoked(claims, issuer, lists, seconds) {
  const reference = claims.get("status")?.status_list;
  if (!isObject(reference) || !Number.isInteger(reference.idx) || reference.idx < 0) throw new Error("no status");
  const fitting = [];
  for (const list of lists) {
    try {
      const found = await usable(list, issuer, seconds);
      if (found.sub === reference.uri) fitting.push(found);
    } catch {
      continue; // another list may say it
    }
  }
  fitting.sort((one, other) => other.iat - one.iat);
  const { bits, lst } = fitting[0].status_list;
  if (![1, 2, 4, 8].includes(bits)) throw new Error("bits");
  const bytes = await inflated(decoded(lst));
  const at = reference.idx * bits;
  if (at >> 3 >= bytes.length) throw new Error("out of the list");
  return ((bytes[at >> 3] >> (at & 7)) & ((1 << bits) - 1)) !== 0;
}

/* What `gateway.cards.verify.verify` gives: result, reason, claims. */
async function verifyCard(text, issuer, lists, seconds) {
  let claims;
  try {
    claims = await genuine(text.trim(), issuer);
  } catch (error) {
    if (error instanceof NotGenuine) return { result: "not_genuine", reason: error.message, claims: {} };
    throw error;
  }
  const verdict = (result, reason) => ({ result, reason, claims: Object.fromEntries(claims) });
  if (claims.get("iat") > seconds + LEEWAY) return verdict("not_yet_valid", "issued_later");
  if (claims.get("exp") <= seconds) return verdict("expired", "expired");
  try {
    const revoked = await isRevoked(claims, issuer, lists, seconds);
    return revoked ? verdict("revoked", "revoked") : verdict("valid", "");
  } catch {
    return verdict("status_unknown", "status_list_unusable");
  }
}

/* The page. */

function page() {
  const trust = JSON.parse(document.getElementById("trust").textContent);
  const element = (id) => document.getElementById(id);
  const lists = [...trust.lists];
  let language = trust.language;
  let shown = null;
  let news = "";

  const text = (key) => trust.texts[language][key] ?? key;
  const time = (seconds) =>
    new Intl.DateTimeFormat(language === "ar" ? "ar-MA" : language, { dateStyle: "long", timeStyle: "short" }).format(
      new Date(seconds * 1000),
    );

  function made(kind, content, more = {}) {
    const node = document.createElement(kind);
    node.textContent = content;
    return Object.assign(node, more);
  }

  function row(list, name, value) {
    const cell = document.createElement("dd");
    cell.append(made("bdi", value)); // a Latin name in an Arabic page stays where Arabic begins
    list.append(made("dt", name), cell);
  }

  function answer() {
    element("answer").replaceChildren();
    if (shown === null) return;
    const box = made("section", "", { id: "verdict" });
    box.dataset.result = shown.result;
    box.append(made("h2", text("result." + shown.result)), made("p", text("explain." + shown.result)));
    if (shown.result !== "not_genuine") {
      const claims = shown.claims;
      const facts = document.createElement("dl");
      const rights = (claims.entitlements ?? []).map((each) => text("entitlement." + each)).join(", ");
      row(facts, text("claim.entitlements"), rights);
      for (const name of ["name", "national_id_ending", "birthdate"])
        if (typeof claims[name] === "string") row(facts, text("claim." + name), claims[name]);
      row(facts, text("claim.iat"), time(claims.iat));
      row(facts, text("claim.exp"), time(claims.exp));
      box.append(facts);
      if (claims.name === undefined) box.append(made("p", text("nothing_shown")));
      if (claims.cnf !== undefined) box.append(made("p", text("holder_not_proved")));
    }
    element("answer").append(box);
  }

  async function freshness() {
    const now = Date.now() / 1000;
    let until = Infinity;
    let since = 0;
    for (const list of lists) {
      try {
        const claims = await usable(list, trust.issuer, now);
        until = Math.min(until, claims.exp);
        since = Math.max(since, claims.iat);
      } catch {
        continue;
      }
    }
    const said = since ? text("list").replace("{since}", time(since)).replace("{until}", time(until)) : text("no_list");
    element("freshness").textContent = news ? said + " " + text(news) : said;
  }

  function speak() {
    document.documentElement.lang = language;
    document.documentElement.dir = trust.texts[language].direction;
    document.title = text("title");
    for (const node of document.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
    const buttons = Object.keys(trust.texts).map((each) => {
      const button = made("button", trust.texts[each].itself, { type: "button", lang: each });
      button.setAttribute("aria-pressed", String(each === language));
      button.addEventListener("click", () => {
        language = each;
        speak();
        element("languages").querySelector("[aria-pressed=true]").focus();
      });
      return button;
    });
    element("languages").replaceChildren(...buttons);
    element("languages").setAttribute("aria-label", text("languages"));
    element("issuer").textContent = trust.issuer.issuer;
    answer();
    return freshness();
  }

  element("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    shown = await verifyCard(element("card").value, trust.issuer, lists, Date.now() / 1000);
    answer();
  });
  element("clear").addEventListener("click", () => {
    element("card").value = "";
    shown = null;
    answer();
    element("card").focus();
  });
  element("refresh").addEventListener("click", async () => {
    try {
      for (let number = 0; ; number += 1) {
        const got = await fetch(trust.issuer.issuer + "/cards/status/" + number, { cache: "no-store" });
        if (got.status === 404 && number > 0) break;
        if (!got.ok) throw new Error(String(got.status));
        lists.push(await got.text());
      }
      news = "refreshed";
    } catch {
      news = "not_refreshed";
    }
    await freshness();
  });
  return speak();
}

if (typeof document !== "undefined") page();
