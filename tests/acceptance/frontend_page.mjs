// A person in front of docs/examples/frontend.html: signs in, orders, pays, watches, reads the receipt.
export default async function (page, { url, gateway, card }) {
  const press = async (text) => {
    const wanted = `::-p-xpath(//button[starts-with(normalize-space(.), "${text}")])`;
    // The page draws its buttons anew as the case goes on: a locator looks again where one has just been replaced.
    await page.locator(wanted).click().catch(async () => {
      throw new Error(`no ${text}: ${await page.$eval("#problem", (shown) => shown.textContent)}`);
    });
  };
  await page.goto(`${url}?gateway=${encodeURIComponent(gateway)}`);
  await page.evaluate(() => { document.cookie = "session=mine; SameSite=Lax"; });
  await press("Sign in");
  await press("Amina El Fassi");
  await press("Order");
  await press("Pay the fee");
  await page.waitForSelector("#pan");
  await page.type("#pan", card);
  await page.type("#expiry", "12/30");
  await page.type("#cvc", "000");
  const requests = [], cookies = [];
  const network = await page.createCDPSession();
  await network.send("Network.enable");
  network.on("Network.requestWillBeSentExtraInfo", ({ headers }) => {
    if ((headers.Host ?? headers.host) === new URL(url).host) cookies.push(headers.Cookie ?? headers.cookie ?? "");
  });
  page.on("request", (request) => {
    if (request.isNavigationRequest() && request.url().startsWith(url)) requests.push([request.method(), request.url()]);
  });
  await page.click("button.main");
  await page.waitForSelector('#result[data-status="completed"]');
  const events = await page.$$eval("ol li", (lines) => lines.map((line) => line.firstChild.textContent));
  const result = await page.$eval("#result", (line) => line.textContent);
  await press("Show the receipt");
  await page.waitForSelector("#receipt");
  const receipt = JSON.parse(await page.$eval("#receipt", (text) => text.textContent));
  const problem = await page.$eval("#problem", (text) => text.textContent);
  return { events, result, receipt, problem, requests, cookies, address: page.url() };
}
