// The client for TypeScript in a real browser, from another origin: files, pays on the card page, follows live to the end.
export default async function (page, { url, gateway, token, card }) {
  await page.goto(url);
  const checkout = await page.evaluate(async (gateway, token) => {
    const { ApiProblem, Client } = await import("/dist/index.js");
    const services = new Client(gateway, { token, language: "ar" });
    const { example } = await services.services.get("watiqa.birth-extract");
    const filed = await services.cases.file({ service: "watiqa.birth-extract", form: example });
    const refused = await services.cases.file({ service: "echo.note", form: { txt: "" } }).catch((error) => error);
    globalThis.seen = { id: filed.id, refused: refused instanceof ApiProblem && refused.code, codes: [] };
    globalThis.followed = (async () => {
      for await (const event of services.cases.follow(filed.id)) seen.codes.push(event.code);
      const { claims } = await services.cases.receipt(filed.id);
      const ended = await services.cases.get(filed.id);
      return { ...seen, receipt: claims.sub, status: ended.status, text: ended.status_text };
    })();
    return (await services.cases.pay(filed.id)).checkout;
  }, gateway, token);
  const other = await page.browser().newPage();
  await other.evaluate(({ method, url, fields }) => {
    const form = Object.assign(document.createElement("form"), { method, action: url });
    for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement("input"), { name, value }));
    document.body.append(form);
    form.submit();
  }, checkout);
  await other.waitForSelector("#pan");
  await other.type("#pan", card);
  await other.type("#expiry", "12/30");
  await other.type("#cvc", "000");
  await other.click("button.main");
  return page.evaluate(() => globalThis.followed);
}
