// Files a case with the types of openapi-typescript, and openapi-fetch.
import createClient from "openapi-fetch";
import type { components, paths } from "./client/schema";

type Demand = components["schemas"]["EchoNoteRequest"];

async function main(): Promise<void> {
  const [baseUrl, token] = process.argv.slice(2) as [string, string];
  const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const body: Demand = { service: "echo.note", form: { text: "by openapi-typescript" } };
  const header = { "Idempotency-Key": crypto.randomUUID() };
  const filed = await client.POST("/v1/cases", { params: { header }, body });
  if (!filed.data) throw new Error(filed.error.detail);
  const path = { case_id: filed.data.id };
  const read = await client.GET("/v1/cases/{case_id}", { params: { path } });
  const page = await client.GET("/v1/cases", { params: { query: { limit: 100 } } });
  const events = await client.GET("/v1/cases/{case_id}/events", { params: { path } });
  const told = typeof events.data === "string" ? undefined : events.data; // text is what a stream has
  const missing = await client.GET("/v1/cases/{case_id}", { params: { path: { case_id: "case_unknown" } } });
  const code: components["schemas"]["ProblemCode"] | undefined = missing.error?.code;
  console.log(
    JSON.stringify({
      id: filed.data.id,
      service: read.data?.service,
      listed: page.data?.data.map((each) => each.id),
      events: told?.data.map((each) => each.code),
      code,
    }),
  );
}

void main();
