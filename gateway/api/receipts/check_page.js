/* The verdict: the same as that of gateway/cases/receipt_check.py, with nothing but what a browser brings.
   Follows gateway/api/http/strict_token.js. */

const TYPE = "mre-receipt+jwt";
const MOST = 65536;
const TEXTS = ["iss", "sub", "filed_at", "competent_body", "appeal", "language"];

function object(part) {
  const value = json(part);
  if (!isObject(value)) throw new NotGenuine("malformed");
  return value;
}

/* `text`: the receipt, the address in its QR code, or the API's answer that has it. */
function receiptIn(text) {
  text = stripped(text);
  if ([...text].length > MOST) throw new NotGenuine("not_a_receipt");
  if (text.startsWith("{")) {
    try {
      text = JSON.parse(text).receipt;
    } catch {
      throw new NotGenuine("not_a_receipt");
    }
    if (typeof text !== "string") throw new NotGenuine("not_a_receipt");
  }
  const found = text.slice(text.lastIndexOf("#") + 1);
  if (found.split(".").length !== 3 || !/^[\x20-\x7e]*$/.test(found)) throw new NotGenuine("not_a_receipt");
  return found;
}

async function checkSignature(parts, kid, keys) {
  const key = keys.find((each) => each.kid === kid && (each.use ?? "sig") === "sig");
  if (!key) throw new NotGenuine("unknown_key");
  if (key.kty !== "OKP" || key.crv !== "Ed25519" || typeof key.x !== "string") throw new NotGenuine("malformed");
  const members = { kty: "OKP", crv: "Ed25519", x: key.x };
  const public_ = await crypto.subtle.importKey("jwk", members, { name: "Ed25519" }, false, ["verify"]);
  const signed = new TextEncoder().encode(parts[0] + "." + parts[1]);
  const good = await crypto.subtle.verify({ name: "Ed25519" }, public_, decode(parts[2]), signed);
  if (!good) throw new NotGenuine("bad_signature");
}

function fits(claims) {
  const { iat, service, deadline, attachments } = claims;
  return (
    TEXTS.every((each) => typeof claims[each] === "string") &&
    Number.isInteger(iat) && iat >= 0 && iat <= LATEST &&
    isObject(service) && typeof service.title === "string" &&
    isObject(deadline) &&
    Array.isArray(attachments)
  );
}

async function genuine(text, trust) {
  const parts = receiptIn(text).split(".");
  const header = object(parts[0]);
  const claims = object(parts[1]);
  if (decode(parts[2]).length !== SIGNATURE_BYTES) throw new NotGenuine("malformed");
  if (!Object.keys(header).every((each) => HEADER.includes(each))) throw new NotGenuine("malformed");
  if (header.alg !== "EdDSA" || header.typ !== TYPE) throw new NotGenuine("malformed");
  if (typeof header.kid !== "string") throw new NotGenuine("unknown_key");
  await checkSignature(parts, header.kid, trust.keys);
  if (trust.issuer && claims.iss !== trust.issuer) throw new NotGenuine("other_issuer");
  if (!fits(claims)) throw new NotGenuine("claims_invalid");
  return claims;
}

/* What `gateway.cases.receipt_check.verify` gives: genuine, reason, claims; "unsupported" for a browser too old. */
async function verifyReceipt(text, trust) {
  try {
    return { genuine: true, reason: "", claims: await genuine(text, trust) };
  } catch (error) {
    if (error instanceof NotGenuine) return { genuine: false, reason: error.message, claims: {} };
    if (error instanceof DOMException) return { genuine: false, reason: "unsupported", claims: {} };
    throw error;
  }
}

/* The page. */

function page() {
  const trust = JSON.parse(document.getElementById("trust").textContent);
  const element = (id) => document.getElementById(id);
  let language = trust.language;
  let shown = null;

  const text = (key) => trust.texts[language][key] ?? key;
  const locale = () => (language === "ar" ? "ar-MA" : language);

  /* In UTC, and said so: a browser's time zone data may be older than a country's last change of its clock. */
  const time = (value) =>
    new Intl.DateTimeFormat(locale(), {
      ...{ year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" },
      ...{ timeZone: "UTC", timeZoneName: "short", numberingSystem: "latn" },
    }).format(new Date(value));

  const day = (value) =>
    new Intl.DateTimeFormat(locale(), {
      ...{ year: "numeric", month: "long", day: "numeric", timeZone: "UTC", numberingSystem: "latn" },
    }).format(new Date(value + "T00:00:00Z"));

  const money = (fee) =>
    new Intl.NumberFormat(locale(), { style: "currency", currency: fee.currency, numberingSystem: "latn" }).format(fee.amount / 100);

  function made(kind, content, more = {}) {
    const node = document.createElement(kind);
    node.textContent = content;
    return Object.assign(node, more);
  }

  /* What the receipt says is in the language that it was written in. */
  function row(list, name, value, more = {}) {
    const cell = document.createElement("dd");
    cell.append(made("bdi", value, more)); // a Latin number in an Arabic page stays where Arabic begins
    list.append(made("dt", name), cell);
  }

  function facts(claims) {
    const list = document.createElement("dl");
    const own = { lang: claims.language };
    row(list, text("service"), claims.service.title, own);
    row(list, text("filed"), time(claims.iat * 1000));
    row(list, text("receipt.case"), claims.sub);
    row(list, text("receipt.competent_body"), claims.competent_body, own);
    if (isObject(claims.portal)) row(list, text("receipt.reference"), String(claims.portal.reference));
    if (typeof claims.deadline.on === "string") row(list, text("receipt.deadline"), day(claims.deadline.on));
    if (isObject(claims.fee)) row(list, text("receipt.fee"), money(claims.fee));
    row(list, text("receipt.attachments"), String(claims.attachments.length));
    row(list, text("receipt.appeal"), claims.appeal, own);
    return list;
  }

  function answer() {
    element("answer").replaceChildren();
    if (shown === null) return;
    const result = shown.genuine ? "genuine" : shown.reason === "unsupported" ? "unsupported" : "not_genuine";
    const box = made("section", "", { id: "verdict" });
    box.dataset.result = result;
    box.append(made("h2", text("result." + result)), made("p", text("explain." + result)));
    if (shown.genuine) box.append(facts(shown.claims));
    element("answer").append(box);
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
    element("issuer").textContent = trust.issuer;
    answer();
  }

  async function check(value) {
    shown = await verifyReceipt(value, trust);
    answer();
  }

  element("form").addEventListener("submit", (event) => {
    event.preventDefault();
    return check(element("receipt").value);
  });
  element("clear").addEventListener("click", () => {
    element("receipt").value = "";
    history.replaceState(null, "", location.pathname);
    shown = null;
    answer();
    element("receipt").focus();
  });
  /* From a QR code: the receipt is in the fragment, which no browser sends. */
  function scanned() {
    const given = location.hash.slice(1);
    if (!given) return undefined;
    element("receipt").value = given;
    return check(given);
  }
  window.addEventListener("hashchange", scanned);
  speak();
  return scanned();
}

if (typeof document !== "undefined") page();
