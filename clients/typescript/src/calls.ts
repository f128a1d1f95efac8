/** How the methods of the resources reach the gateway. */

import { EventStream } from "./event-stream.js";
import type { CaseEvent } from "./models.js";
import { ApiProblem, GatewayUnreachable, mediaType, problemOf, ServiceError, UNREADABLE } from "./problems.js";
import { pause, sleep, type Retries } from "./retries.js";

/** An access token, or a function that gives the present one. It is asked at each call. */
export type Token = string | (() => string | Promise<string>);

export interface CallOptions {
  /** Ends the call, and a stream. */
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Made by the client where it is left out. */
  readonly idempotencyKey?: string | undefined;
}

export interface CheckedWriteOptions extends WriteOptions {
  /** The `etag` that was read: 412 if there is a newer one. */
  readonly ifMatch?: string | undefined;
}

/** An answer with what is around it. */
export interface ApiResponse<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** Decoded JSON; a `Blob` where it is something else; nothing where there is nothing. */
  readonly data: T;
}

export interface CallSettings {
  readonly baseUrl: string;
  readonly token: Token | undefined;
  readonly language: string;
  readonly mandate: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds. */
  readonly timeout: number;
  readonly retries: Retries;
}

type Query = Readonly<Record<string, QueryValue | readonly QueryValue[]>>;
type QueryValue = string | number | boolean | undefined | null;

export interface Call extends CheckedWriteOptions {
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly file?: Blob;
  readonly mandated?: boolean;
  readonly accept?: string;
}

const STREAM = "text/event-stream";
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** A stream says something every 15 s, and be it a comment; after this long it is taken for broken. */
const SILENCE_MS = 60_000;

/** A value as one segment of a path. */
export function segment(value: string | number): string {
  const text = encodeURIComponent(String(value));
  if (text === "" || text === "." || text === "..") throw new TypeError(`not the name of anything: ${JSON.stringify(value)}`);
  return text;
}

export class Calls {
  constructor(readonly settings: CallSettings) {}

  async json<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const found = await this.response(method, path, call);
    if (found.data instanceof Blob) throw new ApiProblem(found.status, { code: UNREADABLE }, found.headers);
    return found.data as T;
  }

  async text(method: string, path: string, call: Call = {}): Promise<string> {
    return this.#send(method, path, call, (response) => response.text());
  }

  async download(method: string, path: string, call: Call = {}): Promise<Blob> {
    return this.#send(method, path, call, (response) => response.blob());
  }

  async response(method: string, path: string, call: Call = {}): Promise<ApiResponse> {
    return this.#send(method, path, call, read);
  }

  async *pages<T>(page: (cursor: string | undefined) => Promise<{ data: T[]; next_cursor: string | null }>): AsyncGenerator<T, void, undefined> {
    let cursor: string | undefined;
    do {
      const found = await page(cursor);
      yield* found.data;
      cursor = found.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** The events, for as long as there are any. A connection that breaks is opened again where it broke. */
  async *stream(path: string, call: Call = {}): AsyncGenerator<CaseEvent, void, undefined> {
    const { retries } = this.settings;
    const events = new EventStream(String(call.query?.cursor ?? ""));
    let [without, waited] = [0, 0];
    for (;;) {
      const query = { ...call.query, cursor: events.lastId || undefined };
      const ending = new AbortController();
      const signal = both(call.signal, ending.signal);
      let [progress, failure]: [boolean, unknown] = [false, undefined];
      try {
        const response = await this.#send("GET", path, { ...call, query, accept: STREAM, signal }, async (found) => found);
        if (response.status === 204 || !response.body) return;
        const reader = response.body.getReader();
        for (;;) {
          const piece = await before(reader.read(), SILENCE_MS, ending);
          if (piece.done) break;
          for (const data of events.read(piece.value)) {
            [progress, without, waited] = [true, 0, 0];
            yield JSON.parse(data) as CaseEvent;
          }
        }
      } catch (error) {
        if (call.signal?.aborted || error instanceof ServiceError || error instanceof SyntaxError || error instanceof RangeError) throw error;
        failure = error;
      } finally {
        ending.abort(); // also when the reader wants no more
      }
      events.broken();
      if (failure === undefined) {
        // The gateway closed the stream. Where something came it is asked at once whether that was all (204).
        await sleep(progress ? 0 : (events.retrySeconds ?? 2), call.signal);
        continue;
      }
      without += 1;
      const unreachable = new GatewayUnreachable(without, undefined, failure);
      const seconds = pause(retries, without, waited, unreachable);
      if (seconds === undefined) throw unreachable;
      waited += seconds;
      await sleep(seconds, call.signal);
    }
  }

  /** Throws `ServiceError`, and the signal's reason once it is aborted. */
  async #send<T>(method: string, path: string, call: Call, take: (response: Response) => Promise<T>): Promise<T> {
    const { url, init, key } = this.#prepare(method, path, call);
    let waited = 0;
    let refused: string | undefined;
    for (let made = 1; ; made += 1) {
      call.signal?.throwIfAborted();
      const token = await this.#token();
      let failure: ServiceError;
      const ending = new AbortController();
      const timer = setTimeout(() => ending.abort(new DOMException("no answer in time", "TimeoutError")), this.settings.timeout);
      try {
        const headers = { ...init.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
        const response = await this.settings.fetch.call(globalThis, url, { ...init, headers, signal: both(call.signal, ending.signal) });
        if (response.ok || response.status === 304) return await take(response);
        failure = await problemOf(response, key);
        if (response.status === 401 && refused === undefined && token !== undefined) {
          refused = token;
          if ((await this.#token()) !== token) continue; // it was renewed meanwhile
        }
      } catch (error) {
        if (call.signal?.aborted || error instanceof ServiceError) throw error;
        failure = new GatewayUnreachable(made, key, error);
      } finally {
        clearTimeout(timer);
      }
      const seconds = pause(this.settings.retries, made, waited, failure);
      if (seconds === undefined) throw failure;
      waited += seconds;
      await sleep(seconds, call.signal);
    }
  }

  #prepare(method: string, path: string, call: Call) {
    if (!path.startsWith("/") || path.startsWith("//") || path.includes("\\")) {
      throw new TypeError(`an address of the gateway begins with one slash, and has no host: ${JSON.stringify(path)}`);
    }
    const { baseUrl, language, mandate } = this.settings;
    const verb = method.toUpperCase();
    const headers: Record<string, string> = { Accept: call.accept ?? "application/json", "Accept-Language": language };
    for (const [name, value] of Object.entries(call.headers ?? {})) if (value !== undefined) headers[name] = value;
    if (call.ifMatch !== undefined) headers["If-Match"] = call.ifMatch;
    if (call.mandated && mandate !== undefined) headers.Mandate = mandate;
    const key = SAFE.has(verb) ? undefined : (call.idempotencyKey ?? headers["Idempotency-Key"] ?? newKey());
    if (key !== undefined) headers["Idempotency-Key"] = key;
    let body: string | FormData | undefined;
    if (call.file !== undefined) {
      body = new FormData();
      body.append("file", call.file);
    } else if (call.body !== undefined) {
      body = JSON.stringify(call.body);
      headers["Content-Type"] = "application/json";
    }
    const init = { method: verb, headers, ...(body === undefined ? {} : { body }), redirect: "error", credentials: "omit", cache: "no-store" } as const;
    return { url: baseUrl + path + search(call.query ?? {}), init, key };
  }

  async #token(): Promise<string | undefined> {
    const { token } = this.settings;
    return typeof token === "function" ? token() : token;
  }
}

async function read(response: Response): Promise<ApiResponse> {
  const { status, headers } = response;
  const type = mediaType(response);
  if (type !== "application/json" && !type.endsWith("+json")) {
    const found = await response.blob();
    return { status, headers, data: found.size ? found : undefined };
  }
  const text = await response.text();
  try {
    return { status, headers, data: text ? JSON.parse(text) : undefined };
  } catch {
    throw new ApiProblem(status, { code: UNREADABLE }, headers);
  }
}

function search(query: Query): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined && each !== null) found.append(name, String(each));
  }
  const text = found.toString();
  return text && `?${text}`;
}

/** 128 bits: `crypto.randomUUID` is only there where a page is served securely. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) => each.toString(16).padStart(2, "0")).join("");
}

function both(one: AbortSignal | undefined, other: AbortSignal): AbortSignal {
  return one ? AbortSignal.any([one, other]) : other;
}

/** What is promised, if it comes in time; otherwise all is ended. */
async function before<T>(promised: Promise<T>, milliseconds: number, ending: AbortController): Promise<T> {
  const timer = setTimeout(() => ending.abort(new DOMException("the stream fell silent", "TimeoutError")), milliseconds);
  try {
    return await promised;
  } finally {
    clearTimeout(timer);
  }
}
