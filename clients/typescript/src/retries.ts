/** Whether a call is made once more, and when. */

import type { ServiceError } from "./problems.js";

const FIRST_SECONDS = 0.5;
const LONGEST_SECONDS = 8;

/** Bounded by number and by time. Every call may be repeated: a write has a key, and the others change nothing. */
export interface Retries {
  /** How often a call is made, at most. */
  readonly attempts: number;
  /** Seconds waited between all attempts of a call together. Whoever is told to wait longer gives up at once. */
  readonly seconds: number;
}

/** Seconds until the next attempt after `made` ones, or nothing where there is none. */
export function pause(retries: Retries, made: number, waited: number, failure: ServiceError): number | undefined {
  if (!failure.retrySafe || made >= retries.attempts) return undefined;
  const spread = Math.min(FIRST_SECONDS * 2 ** (made - 1), LONGEST_SECONDS) * (0.5 + Math.random() / 2);
  const found = failure.retryAfter === undefined ? spread : failure.retryAfter + spread / 10;
  return waited + found <= retries.seconds ? found : undefined;
}

/** Resolves after so many seconds; rejects with the signal's reason once it is aborted. */
export function sleep(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
