/* The verdict: the same as that of gateway/cards/verify.py, with nothing but what a browser brings. Follows
   gateway/api/http/strict_token.js. */

const TYPE = "urn:mre-gateway:card:1";
const LEEWAY = 300;
const MOST = 16384;

const LARGEST_LIST = 16 * 1024 * 1024;
const NEVER_DISCLOSED = [
  ...["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "_sd", "_sd_alg", "..."],
];
const TEXTS = ["name", "national_id_ending", "birthdate"];
const CARD = ["iss", "iat", "exp", "vct", "status", "cnf", "entitlements", "_sd", "_sd_alg", ...TEXTS];
const LIST = ["iss", "sub", "iat", "exp", "ttl", "status_list"];

function member(value, name) {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function has(names, allowed) {
  return [...names].every((each) => allowed.includes(each));
}

function isTime(value) {
  return Number.isInteger(value) && value >= 0 && value <= LATEST;
}

/* Key id and claims of a JWT of this type. Nothing is verified. */
function readToken(token, type) {
  const parts = token.split(".");
  if (parts.length !== 3) throw new NotGenuine("malformed");
  const header = json(parts[0]);
  const claims = json(parts[1]);
  const signature = decode(parts[2]);
  if (!isObject(header) || !isObject(claims) || !has(Object.keys(header), HEADER)) throw new NotGenuine("malformed");
  if (signature.length !== SIGNATURE_BYTES) throw new NotGenuine("malformed");
  if (member(header, "alg") !== "ES256" || member(header, "typ") !== type) throw new NotGenuine("malformed");
  const kid = member(header, "kid");
  if (typeof kid !== "string") throw new NotGenuine("unknown_key");
  return { kid, claims, signature, signed: new TextEncoder().encode(parts[0] + "." + parts[1]) };
}

/* Is there a place for a disclosure inside? */
function hides(value) {
  if (Array.isArray(value)) return value.some(hides);
  return isObject(value) && Object.entries(value).some(([name, each]) => name === "_sd" || name === "..." || hides(each));
}

/* RFC 9901, section 7.1, for disclosures at the top level, the only ones that a card has. */
async function readDisclosures(claims, disclosures) {
  const found = new Map(Object.entries(claims).filter(([name]) => name !== "_sd" && name !== "_sd_alg"));
  const digests = Object.hasOwn(claims, "_sd") ? claims._sd : [];
  if (!Array.isArray(digests) || !digests.every((each) => typeof each === "string")) throw new NotGenuine("malformed");
  if (new Set(digests).size !== digests.length) throw new NotGenuine("malformed");
  if (Object.hasOwn(claims, "_sd_alg") && claims._sd_alg !== "sha-256") throw new NotGenuine("malformed");
  for (const disclosure of disclosures) {
    const content = json(disclosure);
    const place = encoded(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(disclosure))));
    if (!digests.includes(place) || !Array.isArray(content) || content.length !== 3) throw new NotGenuine("malformed");
    const [salt, name, value] = content;
    if (typeof salt !== "string" || typeof name !== "string" || NEVER_DISCLOSED.includes(name) || found.has(name))
      throw new NotGenuine("malformed");
    found.set(name, value);
  }
  if ([...found.values()].some(hides) || found.has("...")) throw new NotGenuine("malformed");
  return found;
}

function fits(claims) {
  const cnf = claims.has("cnf") ? claims.get("cnf") : { jwk: {} };
  const rights = claims.has("entitlements") ? claims.get("entitlements") : [];
  return (
    has(claims.keys(), CARD) &&
    isTime(claims.get("iat")) &&
    isTime(claims.get("exp")) &&
    TEXTS.every((each) => !claims.has(each) || typeof claims.get(each) === "string") &&
    isObject(member(cnf, "jwk")) &&
    Array.isArray(rights) &&
    rights.every((each) => typeof each === "string")
  );
}

async function checkSignature(token, keys) {
  const usable = (each) => each.kid === token.kid && (each.use ?? "sig") === "sig";
  const key = keys.find(usable);
  if (!key) throw new NotGenuine("unknown_key");
  if (key.kty !== "EC" || key.crv !== "P-256") throw new NotGenuine("malformed");
  const members = { kty: "EC", crv: "P-256", x: key.x, y: key.y };
  const public_ = await crypto.subtle.importKey("jwk", members, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const good = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, public_, token.signature, token.signed);
  if (!good) throw new NotGenuine("bad_signature");
}

async function genuine(text, issuer) {
  if (text.length > MOST || !text.includes("~") || !/^[\x20-\x7e]*$/.test(text)) throw new NotGenuine("not_a_card");
  const parts = text.split("~");
  const token = readToken(parts[0], "dc+sd-jwt");
  const found = await readDisclosures(token.claims, parts.slice(1, -1));
  await checkSignature(token, issuer.jwks.keys);
  if (found.get("vct") !== TYPE) throw new NotGenuine("other_kind");
  if (found.get("iss") !== issuer.issuer) throw new NotGenuine("other_issuer");
  if (!fits(found)) throw new NotGenuine("claims_invalid");
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
  const token = readToken(stripped(list), "statuslist+jwt");
  await checkSignature(token, issuer.jwks.keys);
  const claims = token.claims;
  const { iat, exp } = claims;
  if (!has(Object.keys(claims), LIST) || !isTime(iat) || !isTime(exp)) throw new Error("no time");
  if (iat > seconds + LEEWAY || exp + LEEWAY <= seconds) throw new Error("stale");
  return claims;
}

/* True or false; an exception if no list says. */
async function isRevoked(claims, issuer, lists, seconds) {
  const reference = member(claims.get("status"), "status_list");
  const place = member(reference, "idx");
  if (!Number.isInteger(place) || place < 0) throw new Error("no status");
  const fitting = [];
  for (const list of lists) {
    try {
      const found = await usable(list, issuer, seconds);
      if (found.sub === member(reference, "uri")) fitting.push(found);
    } catch {
      continue; // another list may say it
    }
  }
  fitting.sort((one, other) => other.iat - one.iat);
  const bits = member(fitting[0].status_list, "bits");
  if (![1, 2, 4, 8].includes(bits)) throw new Error("bits");
  const bytes = await inflated(decode(member(fitting[0].status_list, "lst")));
  const at = place * bits;
  if (at / 8 >= bytes.length) throw new Error("out of the list");
  return ((bytes[Math.floor(at / 8)] >> (at % 8)) & ((1 << bits) - 1)) !== 0;
}

/* What `gateway.cards.verify.verify` gives: result, reason, claims. */
async function verifyCard(text, issuer, lists, seconds) {
  let claims;
  try {
    claims = await genuine(stripped(text), issuer);
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
    // In UTC, and said so: a browser's time zone data may be older than a country's last change of its clock.
    new Intl.DateTimeFormat(language === "ar" ? "ar-MA" : language, {
      ...{ year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" },
      ...{ timeZone: "UTC", timeZoneName: "short" },
    }).format(new Date(seconds * 1000));

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
