// Files a case with the TypeScript client of openapi-generator.
import { CasesApi, Configuration, EchoNoteRequestServiceEnum, ResponseError } from "./client";

async function main(): Promise<void> {
  const [basePath, token] = process.argv.slice(2) as [string, string];
  // This generator puts the token of an OAuth 2 scheme into the header as it is.
  const cases = new CasesApi(new Configuration({ basePath, accessToken: `Bearer ${token}` }));
  const filed = await cases.createCase({
    idempotencyKey: crypto.randomUUID(),
    caseRequest: { service: EchoNoteRequestServiceEnum.EchoNote, form: { text: "by openapi-generator" } },
  });
  const read = await cases.getCase({ caseId: filed.id });
  const page = await cases.listCases({ limit: 100 });
  const events = await cases.listCaseEvents({ caseId: filed.id });
  let code: string | undefined;
  try {
    await cases.getCase({ caseId: "case_unknown" });
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    code = ((await error.response.json()) as { code: string }).code;
  }
  console.log(
    JSON.stringify({
      id: filed.id,
      service: read.service,
      listed: page.data.map((each) => each.id),
      events: events?.data.map((each) => each.code),
      code,
    }),
  );
}

void main();
