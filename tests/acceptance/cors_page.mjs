// A page of each origin calls the API; what it could read comes back.
export default async function (page, { gateway, token, allowed, foreign }) {
  const seen = {};
  for (const [name, origin] of Object.entries({ allowed, foreign })) {
    await page.goto(`${origin}/`);
    seen[name] = await page.evaluate(callTheApi, gateway, token);
  }
  return seen;
}

/** Runs in the page. */
async function callTheApi(gateway, token) {
  async function call(path, options = {}) {
    try {
      const answer = await fetch(gateway + path, { cache: "no-store", ...options });
      const text = await answer.text();
      const id = answer.ok && options.method === "POST" ? JSON.parse(text).id : undefined;
      return { status: answer.status, headers: Object.fromEntries(answer.headers), id };
    } catch (error) {
      return { error: error.name };
    }
  }
  const authorization = { Authorization: `Bearer ${token}` };
  const services = await call("/v1/services");
  const again = await call("/v1/services", { headers: { "If-None-Match": services.headers?.etag ?? '"none"' } });
  const demand = {
    method: "POST",
    headers: { ...authorization, "Content-Type": "application/json", "Idempotency-Key": `page-${location.port}` },
    body: JSON.stringify({ service: "echo.note", form: { text: "from a page" } }),
  };
  const filed = await call("/v1/cases", demand);
  const repeated = await call("/v1/cases", demand);
  const unknown = await call("/v1/nothing", { headers: authorization });
  return { origin: location.origin, services, again, filed, repeated, unknown };
}
