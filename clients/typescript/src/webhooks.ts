/** Whether a webhook is the gateway's (Standard Webhooks, https://www.standardwebhooks.com). */

/** It is not the gateway's, or too old: answer 400 and do nothing. */
export class WebhookInvalid extends Error {
  override name = "WebhookInvalid";
}

export interface VerifyOptions {
  /** Seconds by which its time may differ from ours. */
  readonly tolerance?: number;
  /** Seconds since 1970; the machine's clock where it is left out. */
  readonly now?: number;
}

/**
 * The event in `body`, if one of `secrets` signed it a short time ago. Throws `WebhookInvalid`.
 *
 * `body` is what came over the wire, byte by byte: text that was parsed and written anew has another signature. While a
 * secret is changed both are given. The same event can come several times: keep its `webhook-id`, and ignore it then.
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: Headers | Readonly<Record<string, string | undefined>>,
  secrets: string | readonly string[],
  { tolerance = 300, now = Date.now() / 1000 }: VerifyOptions = {},
): Promise<Record<string, unknown>> {
  const [id, sent, signatures] = [header(headers, "webhook-id"), header(headers, "webhook-timestamp"), header(headers, "webhook-signature")];
  if (!id || !sent || !signatures) throw new WebhookInvalid("a header of webhook-id, -timestamp, -signature is missing");
  if (!/^[0-9]{1,15}$/.test(sent)) throw new WebhookInvalid("webhook-timestamp is no time");
  if (Math.abs(now - Number(sent)) > tolerance) throw new WebhookInvalid("too old, or from the future");
  const content = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const start = new TextEncoder().encode(`${id}.${sent}.`);
  const signed = new Uint8Array(start.length + content.length);
  signed.set(start);
  signed.set(content, start.length);
  for (const secret of typeof secrets === "string" ? [secrets] : secrets) {
    const key = await crypto.subtle.importKey("raw", bytes(secret.replace(/^whsec_/, "")), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    for (const each of signatures.split(" ")) {
      if (each.startsWith("v1,") && (await fits(key, each.slice(3), signed))) return event(content);
    }
  }
  throw new WebhookInvalid("no signature fits");
}

function header(headers: Headers | Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  return Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
}

async function fits(key: CryptoKey, signature: string, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  let found: Uint8Array<ArrayBuffer>;
  try {
    found = bytes(signature);
  } catch {
    return false;
  }
  return crypto.subtle.verify("HMAC", key, found, signed);
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
}

function event(content: Uint8Array): Record<string, unknown> {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    throw new WebhookInvalid("no JSON");
  }
  if (typeof found !== "object" || found === null || Array.isArray(found)) throw new WebhookInvalid("no object");
  return found as Record<string, unknown>;
}
