// Somebody's page sends her browser to the window and looks how long the answers are; and she signs out in another tab.
export default async function (page, { url, elsewhere, cookie, case_id }) {
  const told = [];
  const listen = (page, as) => page.on("response", (answer) => {
    if (answer.request().isNavigationRequest() && answer.url().startsWith(url) && answer.status() === 200) {
      told.push([as.at, answer.headers()["content-encoding"] ?? ""]);
    }
  });
  const as = { at: "typed" };
  listen(page, as);
  await page.setCookie({ name: "window-session", value: cookie, url });
  await page.goto(`${url}/me?guess=AB1`);
  as.at = "reloaded";
  await page.reload();
  as.at = "link of hers";
  await Promise.all([page.waitForNavigation(), page.click(".site-nav a[href='/cases']")]);

  await page.goto(elsewhere);
  as.at = "link of another site";
  await Promise.all([page.waitForNavigation(), page.click("a")]);
  as.at = "came back to";
  await page.goto(elsewhere);
  await Promise.all([page.waitForNavigation(), page.goBack()]);
  as.at = "reloaded from another site";
  await page.reload();
  as.at = "through a redirect of ours";
  await page.goto(elsewhere);
  await Promise.all([page.waitForNavigation(), page.click("#language")]);
  as.at = "opened";
  await page.goto(elsewhere);
  const opening = new Promise((found) => page.once("popup", found));
  await page.click("button");
  const popup = await opening;
  await popup.waitForFunction(() => location.search === "?guess=AB3" && document.readyState === "complete");
  await page.waitForFunction(() => document.title === "gone"); // its opener cannot lead it on
  const echoed = await popup.evaluate(() => document.documentElement.outerHTML.includes("guess"));
  await popup.close();

  as.at = "signed out"; // what she sees then is for nobody
  await page.goto(`${url}/cases/${case_id}`);
  await page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("case.js")));
  const other = await page.browser().newPage();
  await other.goto(url);
  await Promise.all([other.waitForNavigation(), other.click('form[action="/sign-out"] button')]);
  await page.waitForFunction(() => location.pathname === "/sign-in", { timeout: 60_000 });
  return { told, echoed };
}
