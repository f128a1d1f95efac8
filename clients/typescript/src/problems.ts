/** What goes wrong, named by what to do about it. */

import type { FieldError } from "./models.js";

/** `code` of an answer that is not the gateway's: a proxy's page, or half a text. */
export const UNREADABLE = "unreadable_answer";
const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whatever a call of this client can fail with. */
export class ServiceError extends Error {
  /** Whether the very same request, with the same key, may be sent again. */
  retrySafe = false;
  /** Seconds after which to do so, where the gateway said it. */
  retryAfter: number | undefined;

  constructor(
    message: string,
    /** Of a write: given again, it is done once. */
    readonly idempotencyKey: string | undefined,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = new.target.name;
  }
}

/** The gateway said no, in its own shape (RFC 9457), or something before it answered in its place. */
export class ApiProblem extends ServiceError {
  /** For programs. A newer gateway may have codes that this client has never heard of. */
  readonly code: string;
  /** Address of a page about it, for people. */
  readonly type: string;
  readonly title: string;
  /** For the person, in her language. */
  readonly detail: string;
  /** What to do about it, in her language. */
  readonly remedy: string;
  /** On whose side the fault is: client, gateway, connector, portal; empty where nobody said it. */
  readonly origin: string;
  /** What is wrong with which value. */
  readonly errors: readonly FieldError[];
  /** Under this name the audit log knows the call. */
  readonly callId: string | undefined;

  constructor(
    readonly status: number,
    /** All that was said. */
    readonly problem: Readonly<Record<string, unknown>>,
    headers: Headers,
    idempotencyKey?: string,
  ) {
    const text = (name: string): string => (typeof problem[name] === "string" ? (problem[name] as string) : "");
    const code = text("code") || UNREADABLE;
    const told = [text("detail") || text("title"), text("remedy")].filter(Boolean).join(" ");
    super(`${status} ${code}${told && `: ${told}`}`, idempotencyKey);
    this.code = code;
    this.type = text("type") || "about:blank";
    this.title = text("title");
    this.detail = text("detail");
    this.remedy = text("remedy");
    this.origin = text("origin");
    this.errors = Array.isArray(problem.errors) ? (problem.errors as FieldError[]) : [];
    this.callId = text("call_id") || headers.get("call-id") || undefined;
    this.retrySafe = problem.retry_safe === true;
    this.retryAfter = seconds(headers.get("retry-after"));
  }
}

/** No answer came. A write may have been done: the same call with `idempotencyKey` finds out, and does it once. */
export class GatewayUnreachable extends ServiceError {
  constructor(readonly attempts: number, idempotencyKey: string | undefined, cause: unknown) {
    super(`no answer from the gateway in ${attempts} attempts`, idempotencyKey, cause);
    this.retrySafe = true;
  }
}

/** What an answer says that is no success. */
export async function problemOf(response: Response, idempotencyKey: string | undefined): Promise<ApiProblem> {
  let problem: unknown;
  const text = await response.text();
  if (mediaType(response) === "application/problem+json") {
    try {
      problem = JSON.parse(text);
    } catch {
      problem = undefined;
    }
  }
  const told =
    typeof problem === "object" && problem !== null
      ? (problem as Record<string, unknown>)
      : { code: UNREADABLE, retry_safe: TRY_AGAIN.has(response.status) };
  return new ApiProblem(response.status, told, response.headers, idempotencyKey);
}

export function mediaType(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

/** `Retry-After` as seconds; it may also be a date (RFC 9110, 10.2.3). */
function seconds(retryAfter: string | null): number | undefined {
  if (!retryAfter) return undefined;
  if (/^[0-9]{1,9}$/.test(retryAfter)) return Number(retryAfter);
  const moment = Date.parse(retryAfter);
  return Number.isNaN(moment) ? undefined : Math.max(0, (moment - Date.now()) / 1000);
}
