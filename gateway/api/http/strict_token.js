"use strict";

/* How a token is read: gateway/cards/strict.py says why, and has the same rules under the same names. Each page that
   verifies something in the browser begins with this. */

const DEEPEST = 8;
const SIGNATURE_BYTES = 64;
const LATEST = 253402300799;
const HEADER = ["alg", "kid", "typ"];

class NotGenuine extends Error {}

function encoded(bytes) {
  let binary = "";
  for (const each of bytes) binary += String.fromCharCode(each);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function decode(text) {
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new NotGenuine("malformed");
  const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  if (encoded(bytes) !== text) throw new NotGenuine("malformed");
  return bytes;
}

/* A value that JSON.parse takes, but no member twice, no number that is not whole and short, nothing too deep. */
function strictJson(text) {
  const value = JSON.parse(text);
  const open = [];
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")([ \t\r\n]*:)?|[{}[\]]|-?[0-9][0-9.eE+-]*/g)) {
    if (token === "{" || token === "[") {
      open.push(new Set());
      if (open.length > DEEPEST) throw new NotGenuine("malformed");
    } else if (token === "}" || token === "]") open.pop();
    else if (colon) {
      const name = JSON.parse(string);
      if (open.at(-1).has(name)) throw new NotGenuine("malformed");
      open.at(-1).add(name);
    } else if (!string && !/^(?:0|-?[1-9][0-9]{0,14})$/.test(token)) throw new NotGenuine("malformed");
  }
  return value;
}

function json(part) {
  const bytes = decode(part);
  try {
    return strictJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new NotGenuine("malformed");
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stripped(text) {
  return text.replace(/^[ \t\r\n]+/, "").replace(/[ \t\r\n]+$/, "");
}
