// Loads each page of `pages` as a phone on a slow network does, `rounds` times: with nothing kept (`first`), and with the
// files that an earlier page brought (`again`). Gives milliseconds and bytes of each load.
import { PredefinedNetworkConditions } from "puppeteer-core";

const PHONE = { width: 360, height: 640, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

export default async function (first, { url, pages, login, network, processor, rounds }) {
  const browser = first.browser(), found = {};
  for (const { name, path, signedIn } of pages) {
    found[name] = { first: [], again: [] };
    const context = await browser.createBrowserContext(), page = await context.newPage();
    await page.setViewport(PHONE);
    await page.setExtraHTTPHeaders({ "Accept-Language": "fr" });
    if (signedIn) {
      await page.goto(`${url}/sign-in/start?as=person&to=/`);
      await Promise.all([page.waitForNavigation(), page.click(`button[value="${login}"]`)]);
    }
    const address = path === "a case" ? await page.$eval('main a[href^="/cases/case_"]', (link) => link.href) : url + path;
    const session = await page.createCDPSession();
    await session.send("Network.enable");
    let bytes = 0, requests = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; requests += 1; });
    await page.evaluateOnNewDocument(() => {
      globalThis.largest = 0;
      new PerformanceObserver((list) => { for (const each of list.getEntries()) globalThis.largest = each.startTime; })
        .observe({ type: "largest-contentful-paint", buffered: true });
    });
    await page.emulateNetworkConditions(PredefinedNetworkConditions[network]);
    await page.emulateCPUThrottling(processor);
    for (let round = 0; round < rounds; round += 1) {
      await session.send("Network.clearBrowserCache");
      for (const kind of ["first", "again"]) {
        await page.goto("about:blank");
        bytes = requests = 0;
        await page.goto(address, { waitUntil: "load" });
        const told = await page.evaluate(async () => {
          await new Promise((done) => { requestAnimationFrame(() => setTimeout(done, 300)); });
          const [navigation] = performance.getEntriesByType("navigation");
          return {
            firstPaint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
            largestPaint: globalThis.largest, answer: navigation.responseStart, loaded: navigation.loadEventEnd,
          };
        });
        found[name][kind].push({ ...told, bytes, requests });
      }
    }
    await context.close();
  }
  return found;
}
