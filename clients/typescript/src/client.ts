/** The client. */

import { Calls, type ApiResponse, type CallSettings, type Token, type WriteOptions } from "./calls.js";
import { Resources } from "./resources.js";

export interface ClientOptions {
  /** An access token, or a function that gives the present one; without it only what needs none can be called. */
  readonly token?: Token | undefined;
  /** Of all texts: `ar`, `fr` or `en`. */
  readonly language?: string;
  /** For an agent: id of the person's mandate. */
  readonly mandate?: string | undefined;
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds that one attempt may take. */
  readonly timeout?: number;
  /** How often a call is made, at most. */
  readonly maxAttempts?: number;
  /** Seconds waited between the attempts of a call, all together. */
  readonly maxWait?: number;
}

export interface RequestOptions extends WriteOptions {
  readonly json?: unknown;
  readonly params?: Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[] | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly accept?: string;
}

/**
 * The MRE Services API of one gateway, as one caller. Every call throws `ServiceError`: `ApiProblem` or
 * `GatewayUnreachable`. What may be repeated is repeated, within bounds, with the same `Idempotency-Key`.
 */
export class Client extends Resources {
  readonly #options: ClientOptions;
  readonly #baseUrl: string;

  constructor(baseUrl: string, options: ClientOptions = {}) {
    const url = new URL(baseUrl);
    if (!/^https?:$/.test(url.protocol) || url.search || url.hash) throw new TypeError(`not the address of a gateway: ${baseUrl}`);
    const settings: CallSettings = {
      baseUrl: baseUrl.replace(/\/+$/, ""),
      token: options.token,
      language: options.language ?? "fr",
      mandate: options.mandate,
      fetch: options.fetch ?? globalThis.fetch,
      timeout: options.timeout ?? 30_000,
      retries: { attempts: options.maxAttempts ?? 4, seconds: options.maxWait ?? 60 },
    };
    super(new Calls(settings));
    this.#options = options;
    this.#baseUrl = baseUrl;
  }

  /** The same client in another language, or for another caller. */
  withOptions(options: ClientOptions): Client {
    return new Client(this.#baseUrl, { ...this.#options, ...options });
  }

  /** For an agent: the same client, with a person's mandate. */
  onBehalfOf(mandate: string): Client {
    return this.withOptions({ mandate });
  }

  /** Any call, also of what this client does not know yet: decoded JSON, a `Blob` of anything else, or nothing. */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<unknown> {
    return (await this.response(method, path, options)).data;
  }

  /** Any call, with the status and the headers of its answer (`etag`). */
  async response(method: string, path: string, options: RequestOptions = {}): Promise<ApiResponse> {
    const { json: body, params: query, ...rest } = options;
    return this.calls.response(method, path, { ...rest, body, ...(query ? { query } : {}), mandated: true });
  }
}
