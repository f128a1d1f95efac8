/** `journey.ts URL PROXY TOKEN`: a person's way with the client for TypeScript; prints what it saw, as JSON. */

import { ApiProblem, Client, models, type Demand } from "@mre-gateway/services";

const [url, proxy, token] = process.argv.slice(2) as [string, string, string];
const BIRTH = "watiqa.birth-extract";
const gateway = new Client(url, { token, language: "en" });

/** What a person's browser does on the card page. */
async function fillIn(checkout: models.Checkout): Promise<void> {
  const page = await fetch(checkout.url, { method: checkout.method, body: new URLSearchParams(checkout.fields as Record<string, string>) });
  const html = (await page.text()).replaceAll("&amp;", "&");
  const fields = new URLSearchParams();
  for (const [tag] of html.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1];
    if (name) fields.set(name, /value="([^"]*)"/.exec(tag)?.[1] ?? "");
  }
  const card: Record<string, string> = { number: "4000000000000010", pan: "4000000000000010", cvc: "000", expiry: "12/30" };
  for (const [name, value] of Object.entries(card)) if (fields.has(name)) fields.set(name, value);
  const action = new URL(/<form[^>]*action="([^"]*)"/.exec(html)![1]!, page.url);
  await (await fetch(action, { method: "POST", body: fields })).text();
}

const listed: string[] = [];
for await (const service of gateway.services.each({ limit: 5 })) listed.push(service.id);
const { example } = await gateway.services.get(BIRTH);
const demand: Demand<string> = { service: BIRTH, form: example ?? {} }; // as a frontend draws any form
const { valid } = await gateway.cases.validate(demand);
const filed = await gateway.cases.file(demand);
const paying = await gateway.cases.pay(filed.id);
await fillIn(paying.checkout!);
const codes: string[] = [];
for await (const event of gateway.cases.follow(filed.id)) codes.push(event.code);
const ended = await gateway.cases.get(filed.id);
const receipt = await gateway.cases.receipt(filed.id);
const pdf = await (await gateway.cases.receiptPdf(filed.id)).slice(0, 4).text();

// Its own case once more through a network that breaks.
const across = new Client(proxy, { token, language: "en" });
const again: string[] = [];
for await (const event of across.cases.follow(filed.id)) again.push(event.code);
const note = await across.cases.file({ service: "echo.note", form: { text: "once" } });

// @ts-expect-error: the form of a service that the client knows is checked
const refused = await gateway.cases.file({ service: "echo.note", form: { txt: "" } }).catch((error: unknown) => error);

console.log(
  JSON.stringify({
    listed,
    valid,
    codes,
    again,
    milestone: ended.shipment?.milestone,
    receipt: receipt.case === filed.id,
    pdf,
    note: note.id,
    refused: refused instanceof ApiProblem && [refused.status, refused.code, refused.errors[0]?.pointer],
  }),
);
