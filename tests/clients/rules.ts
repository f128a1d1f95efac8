/** `rules.ts`: what the client for TypeScript does with answers that no gateway gives on demand. Prints results as JSON. */

import { ApiProblem, Client, GatewayUnreachable, verifyWebhook, WebhookInvalid } from "@mre-gateway/services";

interface Given {
  /** An event stream, as Base64, and what is in it. */
  stream: string;
  webhook: { body: string; headers: Record<string, string>; secret: string; now: number };
}

const given = JSON.parse(process.argv[2]!) as Given;
const found: Record<string, unknown> = {};
const seen: Request[] = [];

/** A client whose answers come from a list. */
function answering(answers: (() => Response | Promise<Response>)[], token?: () => string): Client {
  seen.length = 0;
  const answer: typeof fetch = async (url, init) => {
    seen.push(new Request(url as string, init));
    const next = answers.length > 1 ? answers.shift()! : answers[0]!;
    return next();
  };
  return new Client("http://gateway.example", { fetch: answer, maxAttempts: 2, ...(token ? { token } : {}) });
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}, type = "application/json"): (() => Response) =>
  () => new Response(JSON.stringify(body), { status, headers: { "content-type": type, ...headers } });
const problem = (status: number, body: Record<string, unknown>, headers: Record<string, string> = {}): (() => Response) =>
  json({ status, ...body }, status, headers, "application/problem+json");
const failure = async (call: Promise<unknown>): Promise<unknown> => call.then(() => "no failure", (error: unknown) => error);

// Event streams, cut at every place.
const bytes = Uint8Array.from(atob(given.stream), (each) => each.charCodeAt(0));
const read = async (pieces: Uint8Array<ArrayBuffer>[]): Promise<unknown[]> => {
  const body = (): Response => new Response(new ReadableStream({ start(to) { pieces.forEach((each) => to.enqueue(each)); to.close(); } }));
  const events: unknown[] = [];
  for await (const event of answering([body, () => new Response(null, { status: 204 })]).cases.follow("case_1")) events.push(event);
  return [events, new URL(seen[1]!.url).search];
};
const cuts = new Set<string>();
for (let place = 0; place <= bytes.length; place += 1) cuts.add(JSON.stringify(await read([bytes.slice(0, place), bytes.slice(place)])));
cuts.add(JSON.stringify(await read(Array.from(bytes, (each) => Uint8Array.of(each)))));
found.streams = [...cuts].map((each) => JSON.parse(each) as unknown);

// What a newer gateway says.
const newer = await answering([json({ id: "case_1", status: "resting", moon: "full" })]).cases.get("case_1");
found.newer = newer;
const unknown = await failure(answering([problem(418, { code: "teapot", origin: "moon", retry_safe: false })]).cases.get("case_1"));
found.unknown = unknown instanceof ApiProblem && [unknown.status, unknown.code, unknown.origin, seen.length];

// Retries, and their end.
const late = await failure(answering([problem(503, { code: "overloaded", retry_safe: true }, { "retry-after": "3600" })]).cases.get("case_1"));
found.late = late instanceof ApiProblem && [late.retryAfter, seen.length];
const dead = await failure(answering([() => { throw new TypeError("fetch failed"); }]).drafts.create({ service: "echo.note" }));
found.dead = dead instanceof GatewayUnreachable && [dead.attempts, dead.idempotencyKey === seen[0]!.headers.get("idempotency-key"), new Set(seen.map((each) => each.headers.get("idempotency-key"))).size];
const proxied = await failure(answering([() => new Response("<html>", { status: 200, headers: { "content-type": "text/html" } })]).cases.get("case_1"));
found.proxied = proxied instanceof ApiProblem && [proxied.status, proxied.code];
const half = await failure(answering([() => new Response('{"id":', { headers: { "content-type": "application/json" } })]).cases.get("case_1"));
found.half = half instanceof ApiProblem && half.code;
const tokens = ["old", "new"];
await answering([problem(401, { code: "token_expired" }), json({})], () => tokens.length > 1 ? tokens.shift()! : tokens[0]!).me.get();
found.tokens = seen.map((each) => each.headers.get("authorization"));
const stopped = new AbortController();
stopped.abort(new Error("enough"));
found.stopped = String(await failure(answering([json({})]).me.get({ signal: stopped.signal })));
const paths: unknown[] = [];
for (const path of ["//evil.example/v1/me", "https://evil.example/", "/\\evil.example", "v1/me"]) paths.push((await failure(answering([json({})]).request("GET", path))) instanceof TypeError && seen.length);
paths.push((await failure((async () => answering([json({})]).cases.get(".."))())) instanceof TypeError && seen.length);
found.paths = paths;
await answering([json({})]).onBehalfOf("mnd_1").cases.get("a/b?c");
found.mandate = [seen[0]!.headers.get("mandate"), new URL(seen[0]!.url).pathname];

// Webhooks.
const { body, headers, secret, now } = given.webhook;
const verdict = async (text: string, of: Record<string, string>, secrets: string | string[], at: number): Promise<unknown> =>
  verifyWebhook(text, of, secrets, { now: at }).then((event) => event.type, (error: unknown) => (error instanceof WebhookInvalid ? error.message : String(error)));
found.webhooks = [
  await verdict(body, headers, secret, now),
  await verdict(body, headers, ["whsec_b3RoZXI=", secret], now),
  await verdict(body.replace("case_1", "case_2"), headers, secret, now),
  await verdict(body, { ...headers, "webhook-id": "msg_other" }, secret, now),
  await verdict(body, { ...headers, "webhook-signature": "v1,Zm9yZ2Vk v1,%%% v2,x" }, secret, now),
  await verdict(body, headers, "whsec_b3RoZXI=", now),
  await verdict(body, headers, secret, now + 301),
  await verdict(body, headers, secret, now - 301),
  await verdict(body, { ...headers, "webhook-timestamp": "1e9" }, secret, now),
  await verdict(body, {}, secret, now),
];
console.log(JSON.stringify(found));
