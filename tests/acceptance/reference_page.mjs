// The reference page on a telephone: what it shows, what it asked for, what the browser refused, how wide it is.
export default async function (page, { url }) {
  const asked = [], refused = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => message.type() === "error" && refused.push(message.text()));
  page.on("pageerror", (error) => refused.push(String(error)));
  await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true, deviceScaleFactor: 1 });
  await page.goto(url);
  await page.waitForFunction(() => document.documentElement.dataset.ready, { timeout: 100_000 });
  const seen = await page.evaluate(() => {
    const text = document.body.innerText;
    const cut = (each) => !each.matches(".api-content") && (getComputedStyle(each).overflowX !== "visible" || cut(each.parentElement));
    const wide = [...document.querySelectorAll(".api-content *")]
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !cut(each.parentElement))
      .slice(0, 5)
      .map((each) => `${each.tagName}.${each.className}: ${each.textContent.slice(0, 40)}`);
    return {
      ready: document.documentElement.dataset.ready,
      title: document.title,
      operations: ["File a case", "What happens to my cases", "The timeline of a case"].filter((each) => text.includes(each)),
      samples: document.querySelectorAll('[role="tab"]').length,
      width: document.scrollingElement.scrollWidth,
      wide,
    };
  });
  return { ...seen, asked, refused };
}
