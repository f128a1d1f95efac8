/* Opens the page that checks receipts as somebody does who has scanned a code, and lets it judge `texts`. */
export default async function (page, { address, altered, texts }) {
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  const verdict = async () => {
    await page.waitForSelector("#verdict");
    return page.evaluate(() => {
      const box = document.getElementById("verdict");
      return { result: box.dataset.result, text: box.innerText, dir: document.documentElement.dir };
    });
  };
  await page.goto(address);
  const scanned = await verdict();
  await page.click("#languages button[lang=ar]");
  const arabic = await verdict();
  await page.click("#clear");
  await page.type("#receipt", altered, { delay: 0 });
  await page.click("button[type=submit]");
  const wrong = await verdict();
  const judged = await page.evaluate(async (texts) => {
    const trust = JSON.parse(document.getElementById("trust").textContent);
    const found = [];
    for (const text of texts) found.push(await verifyReceipt(text, trust));
    return found;
  }, texts);
  return { scanned, arabic, wrong, judged, asked };
}
