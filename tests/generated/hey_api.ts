// Files a case with the client of @hey-api/openapi-ts.
import { createCase, getCase, listCaseEvents, listCases, type EchoNoteRequest } from "./client";
import { client } from "./client/client.gen";

async function main(): Promise<void> {
  const [baseUrl, token] = process.argv.slice(2) as [string, string];
  client.setConfig({ baseUrl, auth: token });
  const body: EchoNoteRequest = { service: "echo.note", form: { text: "by hey-api" } };
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  const filed = await createCase({ headers, body, throwOnError: true });
  const path = { case_id: filed.data.id };
  const read = await getCase({ path, throwOnError: true });
  const page = await listCases({ query: { limit: 100 }, throwOnError: true });
  const events = await listCaseEvents({ path, throwOnError: true });
  const missing = await getCase({ path: { case_id: "case_unknown" } });
  const told = typeof events.data === "string" ? undefined : events.data; // text is what a stream has
  console.log(
    JSON.stringify({
      id: filed.data.id,
      service: read.data.service,
      listed: page.data.data.map((each) => each.id),
      events: told?.data.map((each) => each.code),
      code: missing.error?.code,
    }),
  );
}

void main();
