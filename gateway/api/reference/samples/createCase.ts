import { ApiProblem, Client } from "@mre-gateway/services";

const services = new Client(gateway, { token, language: "fr" });
try {
  // With an Idempotency-Key: what got no answer is sent again, and files nothing twice.
  const filed = await services.cases.file({ service: "echo.stamped", form: { text: "Bonjour" } });
  console.log(filed.id, filed.status);
} catch (error) {
  if (error instanceof ApiProblem) console.error(`${error.detail} ${error.remedy} (${error.callId})`);
  throw error;
}
