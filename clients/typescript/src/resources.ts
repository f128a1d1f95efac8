/**
 * The resources of the client. Written by `make clients`.
 *
 * Made of 55c91d845502be85daeae5655d089c471725727eee5f2ec2f5f5caf9d8bae710,
adds up to 6e8fb78aeb0d47ea6ab4a0dda45d87b930bd09607908f68ac124ca42af32540d.
 */

import type { CallOptions, Calls, CheckedWriteOptions, WriteOptions } from "./calls.js";
import { segment } from "./calls.js";
import type { Demand } from "./demand.js";
import type * as models from "./models.js";

export class Services {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** List the services, or search them. `GET /v1/services` */
  list(query: { q?: string | undefined; portal?: string | undefined; category?: "civil-status" | "identity" | "consular" | "permits" | "complaints" | "payments" | "tracking" | "other" | undefined; audience?: "person" | "child" | "business" | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<models.ServiceList> {
    return this.#calls.json("GET", `/v1/services`, { query, ...options });
  }

  /** All of `list`, page after page. */
  each(query: { q?: string | undefined; portal?: string | undefined; category?: "civil-status" | "identity" | "consular" | "permits" | "complaints" | "payments" | "tracking" | "other" | undefined; audience?: "person" | "child" | "business" | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.ServiceList["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list({ ...query, cursor }, options));
  }

  /** One service, with the form to fill in. `GET /v1/services/{service_id}` */
  get(serviceId: string, options: CallOptions = {}): Promise<models.Service> {
    return this.#calls.json("GET", `/v1/services/${segment(serviceId)}`, { ...options });
  }

  /** What the words of a form mean. `GET /v1/form-vocabulary` */
  formVocabulary(options: CallOptions = {}): Promise<Record<string, unknown>> {
    return this.#calls.json("GET", `/v1/form-vocabulary`, { ...options });
  }
}

export class Places {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Morocco's communes. `GET /v1/communes` */
  communes(query: { region?: string | undefined; province?: string | undefined; cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.CommunePage> {
    return this.#calls.json("GET", `/v1/communes`, { query, ...options });
  }

  /** All of `communes`, page after page. */
  eachCommune(query: { region?: string | undefined; province?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.CommunePage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.communes({ ...query, cursor }, options));
  }

  /** Countries, by name. `GET /v1/countries` */
  countries(query: { cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.CountryPage> {
    return this.#calls.json("GET", `/v1/countries`, { query, ...options });
  }

  /** All of `countries`, page after page. */
  eachCountry(query: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.CountryPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.countries({ ...query, cursor }, options));
  }

  /** Morocco's prefectures and provinces. `GET /v1/provinces` */
  provinces(query: { region?: string | undefined; cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.ProvincePage> {
    return this.#calls.json("GET", `/v1/provinces`, { query, ...options });
  }

  /** All of `provinces`, page after page. */
  eachProvince(query: { region?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.ProvincePage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.provinces({ ...query, cursor }, options));
  }
}

export class Posts {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Posts that give appointments for a service. `GET /v1/posts` */
  list(query: { service?: string | undefined; post?: string | undefined; cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.PostPage> {
    return this.#calls.json("GET", `/v1/posts`, { query, ...options });
  }

  /** All of `list`, page after page. */
  each(query: { service?: string | undefined; post?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.PostPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list({ ...query, cursor }, options));
  }
}

export class Slots {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Free slots of a post. `GET /v1/slots` */
  list(query: { service: string; post: string; from?: string | undefined; to?: string | undefined; cursor?: string | undefined; limit?: number | undefined }, options: CallOptions = {}): Promise<models.SlotPage> {
    return this.#calls.json("GET", `/v1/slots`, { query, ...options });
  }

  /** All of `list`, page after page. */
  each(query: { service: string; post: string; from?: string | undefined; to?: string | undefined; limit?: number | undefined }, options: CallOptions = {}): AsyncGenerator<models.SlotPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list({ ...query, cursor }, options));
  }
}

export class Cases {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** List my cases. `GET /v1/cases` */
  list(query: { status?: readonly models.CaseStatus[] | undefined; service?: string | undefined; from?: string | undefined; to?: string | undefined; q?: string | undefined; cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.CasePage> {
    return this.#calls.json("GET", `/v1/cases`, { query, mandated: true, ...options });
  }

  /** All of `list`, page after page. */
  each(query: { status?: readonly models.CaseStatus[] | undefined; service?: string | undefined; from?: string | undefined; to?: string | undefined; q?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.CasePage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list({ ...query, cursor }, options));
  }

  /** File a case. `POST /v1/cases` */
  file<S extends string>(body: { service: S } & Demand<S>, options: CheckedWriteOptions = {}): Promise<models.Case> {
    return this.#calls.json("POST", `/v1/cases`, { body, mandated: true, ...options });
  }

  /** Say what is wrong with a demand, and file nothing. `POST /v1/cases/validate` */
  validate<S extends string>(body: { service: S } & Demand<S>, options: CallOptions = {}): Promise<models.Validation> {
    return this.#calls.json("POST", `/v1/cases/validate`, { body, mandated: true, ...options });
  }

  /** One case. `GET /v1/cases/{case_id}` */
  get(caseId: string, options: CallOptions = {}): Promise<models.Case> {
    return this.#calls.json("GET", `/v1/cases/${segment(caseId)}`, { mandated: true, ...options });
  }

  /** Answer what the case asks. `POST /v1/cases/{case_id}/actions/{action}` */
  act(caseId: string, action: string, body: models.AnswerRequest = {}, options: CheckedWriteOptions = {}): Promise<models.Case> {
    return this.#calls.json("POST", `/v1/cases/${segment(caseId)}/actions/${segment(action)}`, { body, mandated: true, ...options });
  }

  /** Book an appointment, or move it. `POST /v1/cases/{case_id}/actions/choose_slot` */
  chooseSlot(caseId: string, body: models.AnswerRequest = {}, options: CheckedWriteOptions = {}): Promise<models.Case> {
    return this.#calls.json("POST", `/v1/cases/${segment(caseId)}/actions/choose_slot`, { body, mandated: true, ...options });
  }

  /** Open the card page for the fee. `POST /v1/cases/{case_id}/actions/pay` */
  pay(caseId: string, body: models.PayRequest = {}, options: CheckedWriteOptions = {}): Promise<models.Case> {
    return this.#calls.json("POST", `/v1/cases/${segment(caseId)}/actions/pay`, { body, ...options });
  }

  /** Take the case back. `POST /v1/cases/{case_id}/actions/withdraw` */
  withdraw(caseId: string, options: CheckedWriteOptions = {}): Promise<models.Case> {
    return this.#calls.json("POST", `/v1/cases/${segment(caseId)}/actions/withdraw`, { mandated: true, ...options });
  }

  /** The timeline of a case. `GET /v1/cases/{case_id}/events` */
  events(caseId: string, query: { cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.CaseEventPage> {
    return this.#calls.json("GET", `/v1/cases/${segment(caseId)}/events`, { query, mandated: true, ...options });
  }

  /** All of `events`, page after page. */
  eachEvent(caseId: string, query: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.CaseEventPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.events(caseId, { ...query, cursor }, options));
  }

  /** The timeline of a case. `GET /v1/cases/{case_id}/events` */
  follow(caseId: string, query: { cursor?: string | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.CaseEvent, void, undefined> {
    return this.#calls.stream(`/v1/cases/${segment(caseId)}/events`, { query, mandated: true, ...options });
  }

  /** The signed receipt (law 55-19). `GET /v1/cases/{case_id}/receipt` */
  receipt(caseId: string, options: CallOptions = {}): Promise<models.Receipt> {
    return this.#calls.json("GET", `/v1/cases/${segment(caseId)}/receipt`, { mandated: true, ...options });
  }

  /** The signed receipt (law 55-19). `GET /v1/cases/{case_id}/receipt` */
  receiptHtml(caseId: string, options: CallOptions = {}): Promise<string> {
    return this.#calls.text("GET", `/v1/cases/${segment(caseId)}/receipt`, { mandated: true, accept: "text/html", ...options });
  }

  /** The signed receipt (law 55-19). `GET /v1/cases/{case_id}/receipt` */
  receiptPdf(caseId: string, options: CallOptions = {}): Promise<Blob> {
    return this.#calls.download("GET", `/v1/cases/${segment(caseId)}/receipt`, { mandated: true, accept: "application/pdf", ...options });
  }

  /** A document that the portal made. `GET /v1/cases/{case_id}/documents/{document_id}` */
  document(caseId: string, documentId: string, options: CallOptions = {}): Promise<Blob> {
    return this.#calls.download("GET", `/v1/cases/${segment(caseId)}/documents/${segment(documentId)}`, { mandated: true, accept: "*/*", ...options });
  }
}

export class Payments {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** The payments of a case. `GET /v1/cases/{case_id}/payments` */
  list(caseId: string, query: { cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.PaymentPage> {
    return this.#calls.json("GET", `/v1/cases/${segment(caseId)}/payments`, { query, mandated: true, ...options });
  }

  /** All of `list`, page after page. */
  each(caseId: string, query: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.PaymentPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list(caseId, { ...query, cursor }, options));
  }

  /** One payment. `GET /v1/cases/{case_id}/payments/{payment_id}` */
  get(caseId: string, paymentId: string, options: CallOptions = {}): Promise<models.Payment> {
    return this.#calls.json("GET", `/v1/cases/${segment(caseId)}/payments/${segment(paymentId)}`, { mandated: true, ...options });
  }
}

export class Attachments {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Hand in a file (multipart, member `file`). `POST /v1/attachments` */
  upload(file: Blob, options: WriteOptions = {}): Promise<models.Attachment> {
    return this.#calls.json("POST", `/v1/attachments`, { file, mandated: true, ...options });
  }

  /** Use a document of an earlier case again. `POST /v1/attachments/references` */
  reuse(body: models.ReuseRequest, options: WriteOptions = {}): Promise<models.Attachment> {
    return this.#calls.json("POST", `/v1/attachments/references`, { body, ...options });
  }
}

export class Drafts {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** List my drafts. `GET /v1/drafts` */
  list(query: { cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.DraftSummaryPage> {
    return this.#calls.json("GET", `/v1/drafts`, { query, mandated: true, ...options });
  }

  /** All of `list`, page after page. */
  each(query: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.DraftSummaryPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list({ ...query, cursor }, options));
  }

  /** Begin a draft. `POST /v1/drafts` */
  create(body: models.DraftRequest, options: WriteOptions = {}): Promise<models.Draft> {
    return this.#calls.json("POST", `/v1/drafts`, { body, mandated: true, ...options });
  }

  /** One draft. `GET /v1/drafts/{draft_id}` */
  get(draftId: string, options: CallOptions = {}): Promise<models.Draft> {
    return this.#calls.json("GET", `/v1/drafts/${segment(draftId)}`, { mandated: true, ...options });
  }

  /** Go on with a draft. `PUT /v1/drafts/{draft_id}` */
  update(draftId: string, body: models.DraftUpdateRequest = {}, options: CheckedWriteOptions = {}): Promise<models.Draft> {
    return this.#calls.json("PUT", `/v1/drafts/${segment(draftId)}`, { body, mandated: true, ...options });
  }

  /** Give a draft up. `DELETE /v1/drafts/{draft_id}` */
  delete(draftId: string, options: CheckedWriteOptions = {}): Promise<models.DraftSummary> {
    return this.#calls.json("DELETE", `/v1/drafts/${segment(draftId)}`, { mandated: true, ...options });
  }
}

export class Events {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** What happens to my cases. `GET /v1/events` */
  list(query: { cursor?: string | undefined; limit?: number | undefined; begin?: "oldest" | "now" | undefined } = {}, options: CallOptions = {}): Promise<models.FeedPage> {
    return this.#calls.json("GET", `/v1/events`, { query, mandated: true, ...options });
  }

  /** What happens to my cases. `GET /v1/events` */
  stream(query: { cursor?: string | undefined; begin?: "oldest" | "now" | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.CaseEvent, void, undefined> {
    return this.#calls.stream(`/v1/events`, { query, mandated: true, ...options });
  }

  /** A ticket for an event stream in a browser. `POST /v1/events/tickets` */
  ticket(body: models.TicketRequest = {}, options: WriteOptions = {}): Promise<models.Ticket> {
    return this.#calls.json("POST", `/v1/events/tickets`, { body, mandated: true, ...options });
  }
}

export class Tracking {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Where a parcel or a demand stands. `GET /v1/tracking/{portal}/{reference}` */
  get(portal: string, reference: string, query: { trackingProof?: string | undefined } = {}, options: CallOptions = {}): Promise<models.Tracking> {
    return this.#calls.json("GET", `/v1/tracking/${segment(portal)}/${segment(reference)}`, { mandated: true, headers: { "Tracking-Proof": query.trackingProof }, ...options });
  }
}

export class Me {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Who I am here. `GET /v1/me` */
  get(options: CallOptions = {}): Promise<models.Me> {
    return this.#calls.json("GET", `/v1/me`, { ...options });
  }

  /** How I want to be told. `GET /v1/me/preferences` */
  preferences(options: CallOptions = {}): Promise<models.Preferences> {
    return this.#calls.json("GET", `/v1/me/preferences`, { ...options });
  }

  /** Say how I want to be told. `PUT /v1/me/preferences` */
  updatePreferences(body: models.PreferencesRequest = {}, options: CheckedWriteOptions = {}): Promise<models.Preferences> {
    return this.#calls.json("PUT", `/v1/me/preferences`, { body, ...options });
  }

  /** Send a code to an unverified address. `POST /v1/me/preferences/code` */
  sendAddressCode(body: models.AddressCodeRequest, options: CheckedWriteOptions = {}): Promise<models.Preferences> {
    return this.#calls.json("POST", `/v1/me/preferences/code`, { body, ...options });
  }

  /** Give back the code that was sent to an address. `POST /v1/me/preferences/verify` */
  verifyAddress(body: models.AddressVerificationRequest, options: WriteOptions = {}): Promise<models.Preferences> {
    return this.#calls.json("POST", `/v1/me/preferences/verify`, { body, ...options });
  }

  /** What I was told. `GET /v1/me/messages` */
  messages(query: { cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.MessagePage> {
    return this.#calls.json("GET", `/v1/me/messages`, { query, ...options });
  }

  /** All of `messages`, page after page. */
  eachMessage(query: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.MessagePage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.messages({ ...query, cursor }, options));
  }

  /** Who looked at my data. `GET /v1/me/accesses` */
  accesses(query: { about?: "me" | "everyone" | undefined; cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.AccessPage> {
    return this.#calls.json("GET", `/v1/me/accesses`, { query, ...options });
  }

  /** All of `accesses`, page after page. */
  eachAccess(query: { about?: "me" | "everyone" | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.AccessPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.accesses({ ...query, cursor }, options));
  }
}

export class Mandates {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Mandates that I gave, or hold. `GET /v1/mandates` */
  list(query: { cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.MandatePage> {
    return this.#calls.json("GET", `/v1/mandates`, { query, ...options });
  }

  /** All of `list`, page after page. */
  each(query: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.MandatePage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list({ ...query, cursor }, options));
  }

  /** Let an agent act for me. `POST /v1/mandates` */
  give(body: models.MandateRequest, options: WriteOptions = {}): Promise<models.Mandate> {
    return this.#calls.json("POST", `/v1/mandates`, { body, ...options });
  }

  /** Take up a mandate by its code. `POST /v1/mandates/take` */
  take(body: models.TakeRequest, options: WriteOptions = {}): Promise<models.Mandate> {
    return this.#calls.json("POST", `/v1/mandates/take`, { body, ...options });
  }

  /** End a mandate that I gave, or give back one that I hold. `POST /v1/mandates/{mandate_id}/revoke` */
  revoke(mandateId: string, options: WriteOptions = {}): Promise<models.Mandate> {
    return this.#calls.json("POST", `/v1/mandates/${segment(mandateId)}/revoke`, { ...options });
  }

  /** Hand a mandate that I hold over to a colleague. `POST /v1/mandates/{mandate_id}/hand-over` */
  handOver(mandateId: string, options: WriteOptions = {}): Promise<models.Mandate> {
    return this.#calls.json("POST", `/v1/mandates/${segment(mandateId)}/hand-over`, { ...options });
  }
}

export class Agenda {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** The appointments of a post on a day. `GET /v1/agenda` */
  get(query: { post: string; on?: string | undefined }, options: CallOptions = {}): Promise<models.Agenda> {
    return this.#calls.json("GET", `/v1/agenda`, { query, ...options });
  }

  /** Note that somebody has come to an appointment. `POST /v1/agenda/check-ins` */
  checkIn(body: models.CheckInRequest, options: WriteOptions = {}): Promise<models.Visit> {
    return this.#calls.json("POST", `/v1/agenda/check-ins`, { body, ...options });
  }

  /** What is late, of those for whom the agent works. `GET /v1/agenda/late` */
  late(query: { cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.LatePage> {
    return this.#calls.json("GET", `/v1/agenda/late`, { query, ...options });
  }

  /** All of `late`, page after page. */
  eachLate(query: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.LatePage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.late({ ...query, cursor }, options));
  }
}

export class Notes {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** What agents wrote about a case. `GET /v1/cases/{case_id}/notes` */
  list(caseId: string, query: { cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.NotePage> {
    return this.#calls.json("GET", `/v1/cases/${segment(caseId)}/notes`, { query, mandated: true, ...options });
  }

  /** All of `list`, page after page. */
  each(caseId: string, query: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.NotePage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list(caseId, { ...query, cursor }, options));
  }

  /** Write a note about a case, which the person reads. `POST /v1/cases/{case_id}/notes` */
  add(caseId: string, body: models.NoteRequest, options: WriteOptions = {}): Promise<models.Note> {
    return this.#calls.json("POST", `/v1/cases/${segment(caseId)}/notes`, { body, mandated: true, ...options });
  }
}

export class Portals {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** How the portals do. `GET /v1/portals` */
  list(query: { hours?: number | undefined; cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.PortalSummaryPage> {
    return this.#calls.json("GET", `/v1/portals`, { query, ...options });
  }

  /** All of `list`, page after page. */
  each(query: { hours?: number | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.PortalSummaryPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list({ ...query, cursor }, options));
  }

  /** How one portal does: traffic, errors, delays, changed answers. `GET /v1/portals/{portal}` */
  get(portal: string, query: { hours?: number | undefined } = {}, options: CallOptions = {}): Promise<models.Portal> {
    return this.#calls.json("GET", `/v1/portals/${segment(portal)}`, { query, ...options });
  }
}

export class Operations {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Queues and what is overdue, workers, messages and webhooks that fail. `GET /v1/operations` */
  get(query: { hours?: number | undefined } = {}, options: CallOptions = {}): Promise<models.Operations> {
    return this.#calls.json("GET", `/v1/operations`, { query, ...options });
  }
}

export class Cards {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** List my cards. `GET /v1/cards` */
  list(query: { cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.CardPage> {
    return this.#calls.json("GET", `/v1/cards`, { query, ...options });
  }

  /** All of `list`, page after page. */
  each(query: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.CardPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list({ ...query, cursor }, options));
  }

  /** Have a card issued to me. `POST /v1/cards` */
  create(body: models.CardRequest = {}, options: WriteOptions = {}): Promise<models.Card> {
    return this.#calls.json("POST", `/v1/cards`, { body, ...options });
  }

  /** One card, as JSON or as a QR code. `GET /v1/cards/{card_id}` */
  get(cardId: string, query: { disclose?: string | undefined } = {}, options: CallOptions = {}): Promise<models.Card> {
    return this.#calls.json("GET", `/v1/cards/${segment(cardId)}`, { query, ...options });
  }

  /** One card, as JSON or as a QR code. `GET /v1/cards/{card_id}` */
  svg(cardId: string, query: { disclose?: string | undefined } = {}, options: CallOptions = {}): Promise<string> {
    return this.#calls.text("GET", `/v1/cards/${segment(cardId)}`, { query, accept: "image/svg+xml", ...options });
  }

  /** One card, as JSON or as a QR code. `GET /v1/cards/{card_id}` */
  png(cardId: string, query: { disclose?: string | undefined } = {}, options: CallOptions = {}): Promise<Blob> {
    return this.#calls.download("GET", `/v1/cards/${segment(cardId)}`, { query, accept: "image/png", ...options });
  }

  /** Revoke a card for good. `POST /v1/cards/{card_id}/revoke` */
  revoke(cardId: string, options: WriteOptions = {}): Promise<models.Card> {
    return this.#calls.json("POST", `/v1/cards/${segment(cardId)}/revoke`, { ...options });
  }

  /** Which cards are revoked (Token Status List). `GET /cards/status/{number}` */
  statusList(number: number, options: CallOptions = {}): Promise<string> {
    return this.#calls.text("GET", `/cards/status/${segment(number)}`, { accept: "application/statuslist+jwt", ...options });
  }

  /** The issuer of the cards, and its keys. `GET /.well-known/jwt-vc-issuer` */
  issuer(options: CallOptions = {}): Promise<models.CardIssuer> {
    return this.#calls.json("GET", `/.well-known/jwt-vc-issuer`, { ...options });
  }
}

export class Webhooks {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** List my endpoints. `GET /v1/webhooks` */
  list(query: { cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.WebhookPage> {
    return this.#calls.json("GET", `/v1/webhooks`, { query, ...options });
  }

  /** All of `list`, page after page. */
  each(query: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.WebhookPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.list({ ...query, cursor }, options));
  }

  /** Register an endpoint. `POST /v1/webhooks` */
  create(body: models.WebhookRequest, options: WriteOptions = {}): Promise<models.Webhook> {
    return this.#calls.json("POST", `/v1/webhooks`, { body, ...options });
  }

  /** One endpoint, and how it does. `GET /v1/webhooks/{webhook_id}` */
  get(webhookId: string, options: CallOptions = {}): Promise<models.Webhook> {
    return this.#calls.json("GET", `/v1/webhooks/${segment(webhookId)}`, { ...options });
  }

  /** Change an endpoint. `PATCH /v1/webhooks/{webhook_id}` */
  update(webhookId: string, body: models.WebhookUpdateRequest = {}, options: WriteOptions = {}): Promise<models.Webhook> {
    return this.#calls.json("PATCH", `/v1/webhooks/${segment(webhookId)}`, { body, ...options });
  }

  /** Remove an endpoint. `DELETE /v1/webhooks/{webhook_id}` */
  delete(webhookId: string, options: WriteOptions = {}): Promise<models.RemovedWebhook> {
    return this.#calls.json("DELETE", `/v1/webhooks/${segment(webhookId)}`, { ...options });
  }

  /** Send nothing for now. `POST /v1/webhooks/{webhook_id}/pause` */
  pause(webhookId: string, options: WriteOptions = {}): Promise<models.Webhook> {
    return this.#calls.json("POST", `/v1/webhooks/${segment(webhookId)}/pause`, { ...options });
  }

  /** Send again, after a pause or after it was disabled. `POST /v1/webhooks/{webhook_id}/resume` */
  resume(webhookId: string, options: WriteOptions = {}): Promise<models.Webhook> {
    return this.#calls.json("POST", `/v1/webhooks/${segment(webhookId)}/resume`, { ...options });
  }

  /** Have an endpoint show that it is mine. `POST /v1/webhooks/{webhook_id}/verify` */
  verify(webhookId: string, options: WriteOptions = {}): Promise<models.Webhook> {
    return this.#calls.json("POST", `/v1/webhooks/${segment(webhookId)}/verify`, { ...options });
  }

  /** Send a test event. `POST /v1/webhooks/{webhook_id}/test` */
  test(webhookId: string, options: WriteOptions = {}): Promise<models.WebhookDelivery> {
    return this.#calls.json("POST", `/v1/webhooks/${segment(webhookId)}/test`, { ...options });
  }

  /** Get a new secret. `POST /v1/webhooks/{webhook_id}/rotate-secret` */
  rotateSecret(webhookId: string, body: models.RotateWebhookSecretRequest = {}, options: WriteOptions = {}): Promise<models.Webhook> {
    return this.#calls.json("POST", `/v1/webhooks/${segment(webhookId)}/rotate-secret`, { body, ...options });
  }

  /** What an endpoint was told, or is to be told. `GET /v1/webhooks/{webhook_id}/deliveries` */
  deliveries(webhookId: string, query: { state?: readonly models.DeliveryState[] | undefined; case?: string | undefined; cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.WebhookDeliveryPage> {
    return this.#calls.json("GET", `/v1/webhooks/${segment(webhookId)}/deliveries`, { query, ...options });
  }

  /** All of `deliveries`, page after page. */
  eachDelivery(webhookId: string, query: { state?: readonly models.DeliveryState[] | undefined; case?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.WebhookDeliveryPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.deliveries(webhookId, { ...query, cursor }, options));
  }

  /** One delivery. `GET /v1/webhooks/{webhook_id}/deliveries/{delivery_id}` */
  delivery(webhookId: string, deliveryId: string, options: CallOptions = {}): Promise<models.WebhookDelivery> {
    return this.#calls.json("GET", `/v1/webhooks/${segment(webhookId)}/deliveries/${segment(deliveryId)}`, { ...options });
  }

  /** Send an event again. `POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver` */
  redeliver(webhookId: string, deliveryId: string, options: WriteOptions = {}): Promise<models.WebhookDelivery> {
    return this.#calls.json("POST", `/v1/webhooks/${segment(webhookId)}/deliveries/${segment(deliveryId)}/redeliver`, { ...options });
  }
}

export class Indicators {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** How portals serve: demands, answers, delays, satisfaction. `GET /v1/indicators` */
  list(query: { portal?: string | undefined; service?: string | undefined; post?: string | undefined; from?: string | undefined; to?: string | undefined; group_by?: string | undefined } = {}, options: CallOptions = {}): Promise<models.Indicators> {
    return this.#calls.json("GET", `/v1/indicators`, { query, ...options });
  }

  /** How portals serve: demands, answers, delays, satisfaction. `GET /v1/indicators` */
  csv(query: { portal?: string | undefined; service?: string | undefined; post?: string | undefined; from?: string | undefined; to?: string | undefined; group_by?: string | undefined } = {}, options: CallOptions = {}): Promise<string> {
    return this.#calls.text("GET", `/v1/indicators`, { query, accept: "text/csv", ...options });
  }
}

export class Audit {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Records of the log, newest first. `GET /audit/records` */
  records(query: { since?: string | undefined; until?: string | undefined; portal?: string | undefined; service?: string | undefined; client?: string | undefined; outcome?: string | undefined; kind?: "call" | "step" | "admin" | "access" | "refusal" | undefined; call_id?: string | undefined; case_id?: string | undefined; operation?: string | undefined; subject?: string | undefined; actor?: string | undefined; cursor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<models.AuditRecordPage> {
    return this.#calls.json("GET", `/audit/records`, { query, ...options });
  }

  /** All of `records`, page after page. */
  eachRecord(query: { since?: string | undefined; until?: string | undefined; portal?: string | undefined; service?: string | undefined; client?: string | undefined; outcome?: string | undefined; kind?: "call" | "step" | "admin" | "access" | "refusal" | undefined; call_id?: string | undefined; case_id?: string | undefined; operation?: string | undefined; subject?: string | undefined; actor?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.AuditRecordPage["data"][number], void, undefined> {
    return this.#calls.pages((cursor) => this.records({ ...query, cursor }, options));
  }

  /** One record by its index. `GET /audit/records/{index}` */
  record(index: number, options: CallOptions = {}): Promise<models.AuditRecord> {
    return this.#calls.json("GET", `/audit/records/${segment(index)}`, { ...options });
  }

  /** The requests and answers behind a record. `GET /audit/records/{index}/bodies` */
  bodies(index: number, query: { purpose: "court-order" | "subject-request" | "incident" | "supervision" }, options: CallOptions = {}): Promise<models.AuditBodies> {
    return this.#calls.json("GET", `/audit/records/${segment(index)}/bodies`, { query, ...options });
  }

  /** How many records fit a filter, over time. `GET /audit/density` */
  density(query: { since?: string | undefined; until?: string | undefined; portal?: string | undefined; service?: string | undefined; client?: string | undefined; outcome?: string | undefined; kind?: "call" | "step" | "admin" | "access" | "refusal" | undefined; call_id?: string | undefined; case_id?: string | undefined; operation?: string | undefined; subject?: string | undefined; actor?: string | undefined; buckets?: number | undefined } = {}, options: CallOptions = {}): Promise<models.Density> {
    return this.#calls.json("GET", `/audit/density`, { query, ...options });
  }

  /** What to look at first: denied attempts, bursts, changed answers and more. `GET /audit/anomalies` */
  anomalies(query: { since?: string | undefined; until?: string | undefined } = {}, options: CallOptions = {}): Promise<models.Anomalies> {
    return this.#calls.json("GET", `/audit/anomalies`, { query, ...options });
  }

  /** Records as JSON Lines, CSV or OCSF events. `GET /audit/export` */
  export(query: { since?: string | undefined; until?: string | undefined; portal?: string | undefined; service?: string | undefined; client?: string | undefined; outcome?: string | undefined; kind?: "call" | "step" | "admin" | "access" | "refusal" | undefined; call_id?: string | undefined; case_id?: string | undefined; operation?: string | undefined; subject?: string | undefined; actor?: string | undefined; first?: number | undefined; size?: number | undefined } = {}, options: CallOptions = {}): Promise<string> {
    return this.#calls.text("GET", `/audit/export`, { query, accept: "application/x-ndjson", ...options });
  }

  /** Records as JSON Lines, CSV or OCSF events. `GET /audit/export` */
  exportCsv(query: { since?: string | undefined; until?: string | undefined; portal?: string | undefined; service?: string | undefined; client?: string | undefined; outcome?: string | undefined; kind?: "call" | "step" | "admin" | "access" | "refusal" | undefined; call_id?: string | undefined; case_id?: string | undefined; operation?: string | undefined; subject?: string | undefined; actor?: string | undefined; first?: number | undefined; size?: number | undefined } = {}, options: CallOptions = {}): Promise<string> {
    return this.#calls.text("GET", `/audit/export`, { query, accept: "text/csv", ...options });
  }

  /** The pseudonyms of a person, for a stated purpose. `POST /audit/subjects` */
  resolveSubject(body: models.AuditSubjectRequest, options: CallOptions = {}): Promise<models.AuditSubject> {
    return this.#calls.json("POST", `/audit/subjects`, { body, ...options });
  }

  /** Proof that a call's record is in the signed log (C2SP tlog-proof). `GET /audit/receipts/{call_id}` */
  receipt(callId: string, options: CallOptions = {}): Promise<string> {
    return this.#calls.text("GET", `/audit/receipts/${segment(callId)}`, { accept: "text/plain", ...options });
  }
}

export class Gateway {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** What this gateway is, and where its parts are. `GET /.well-known/mre-gateway` */
  get(options: CallOptions = {}): Promise<models.Gateway> {
    return this.#calls.json("GET", `/.well-known/mre-gateway`, { ...options });
  }

  /** Public keys: receipts and outbound signatures. `GET /.well-known/jwks.json` */
  keys(options: CallOptions = {}): Promise<models.Jwks> {
    return this.#calls.json("GET", `/.well-known/jwks.json`, { ...options });
  }

  /** Whose tokens are taken, and how they must come (RFC 9728). `GET /.well-known/oauth-protected-resource` */
  resourceMetadata(options: CallOptions = {}): Promise<models.ResourceMetadata> {
    return this.#calls.json("GET", `/.well-known/oauth-protected-resource`, { ...options });
  }
}

export class Resources {
  protected readonly calls: Calls;
  readonly services: Services;
  readonly places: Places;
  readonly posts: Posts;
  readonly slots: Slots;
  readonly cases: Cases;
  readonly payments: Payments;
  readonly attachments: Attachments;
  readonly drafts: Drafts;
  readonly events: Events;
  readonly tracking: Tracking;
  readonly me: Me;
  readonly mandates: Mandates;
  readonly agenda: Agenda;
  readonly notes: Notes;
  readonly portals: Portals;
  readonly operations: Operations;
  readonly cards: Cards;
  readonly webhooks: Webhooks;
  readonly indicators: Indicators;
  readonly audit: Audit;
  readonly gateway: Gateway;

  constructor(calls: Calls) {
    this.calls = calls;
    this.services = new Services(calls);
    this.places = new Places(calls);
    this.posts = new Posts(calls);
    this.slots = new Slots(calls);
    this.cases = new Cases(calls);
    this.payments = new Payments(calls);
    this.attachments = new Attachments(calls);
    this.drafts = new Drafts(calls);
    this.events = new Events(calls);
    this.tracking = new Tracking(calls);
    this.me = new Me(calls);
    this.mandates = new Mandates(calls);
    this.agenda = new Agenda(calls);
    this.notes = new Notes(calls);
    this.portals = new Portals(calls);
    this.operations = new Operations(calls);
    this.cards = new Cards(calls);
    this.webhooks = new Webhooks(calls);
    this.indicators = new Indicators(calls);
    this.audit = new Audit(calls);
    this.gateway = new Gateway(calls);
  }
}
