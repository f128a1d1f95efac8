// Proves records whose words, checkpoints and keys are an attack, and looks whether anything of it ran.
export default async function (page, { url, cookie, paths, given }) {
  const ran = [], said = {};
  page.on("dialog", (dialog) => { ran.push(dialog.message()); dialog.dismiss(); });
  page.on("pageerror", (error) => ran.push(`page: ${error.message}`));
  page.on("request", (request) => {
    const ours = request.url().startsWith(url) || request.url().startsWith("data:image/svg+xml;base64,"); // of a style
    if (!ours) ran.push(request.url());
  });
  await page.setCookie({ name: "window-session", value: cookie, url });
  const clean = () => page.evaluate(() => {
    const odd = [...document.querySelectorAll("main img, main script:not([src^='/static/']), main iframe, main svg a, main [onerror], main [onload]")];
    return [...odd.map((each) => each.outerHTML), ...("ran" in globalThis ? ["ran"] : []), ...("ran" in {} ? ["polluted"] : [])];
  });
  for (const path of paths) {
    await page.goto(url + path);
    ran.push(...(await clean()));
  }
  for (const [name, fields] of Object.entries(given)) {
    await page.goto(`${url}/audit/records/7`);
    await page.waitForSelector("[data-proof] button:not([disabled])");
    await page.evaluate((fields) => {
      for (const [name, value] of Object.entries(fields)) document.querySelector(`[name=${name}]`).value = value;
    }, fields);
    await page.click("[data-proof] button");
    await page.waitForSelector("[data-verdict]:not([hidden])");
    said[name] = await page.$eval("[data-verdict]", (node) => [node.dataset.holds, ...[...node.children].map((each) => each.textContent)]);
    ran.push(...(await clean()));
  }
  return { ran, said };
}
