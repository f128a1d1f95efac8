// How high the head of a page is on a narrow phone, and how wide the page.
export default async function (page, { url, languages }) {
  await page.setViewport({ width: 320, height: 800 });
  const found = {};
  for (const language of languages) {
    await page.setExtraHTTPHeaders({ "Accept-Language": language });
    await page.goto(`${url}/sign-in`);
    found[language] = await page.evaluate(() => [document.querySelector(".site-head").offsetHeight, document.documentElement.scrollWidth]);
  }
  return found;
}
