/** What is filed: as strict as the service is known. */

import type { CaseRequest } from "./models.js";

type Known = CaseRequest["service"];

/** The demand of a service. Where only a text names it, as in a frontend that draws any form, any form will do. */
export type Demand<S extends string> = S extends Known
  ? Extract<CaseRequest, { service: S }>
  : Omit<CaseRequest, "service" | "form"> & { service: S; form: Readonly<Record<string, unknown>> };
