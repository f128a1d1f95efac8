// Amina orders a birth extract in French, on a phone: signs in, fills in, sends, pays, and sees it arrive. Then in Arabic.
import { Person } from "./person.mjs";

export default async function (page, { url, english, service, example, login, card }) {
  await page.setViewport({ width: 375, height: 740 });
  const person = new Person(page, url, english);
  await person.speak("fr");
  await person.look("visitor");
  await person.signIn(login);
  await person.look("home");
  await person.open(`/services/${service}`);
  await person.look("service");
  await person.press(`main a[href^="/services/${service}/form?key="]`);
  await person.look("form");
  const identity = await page.$eval(".identity", (box) => box.innerText);
  await person.press('button[value="check"]:not(.ds-sr-only)'); // nothing filled in: it says what is missing
  const wrong = await page.$$eval("#errors li a", (links) => links.map((link) => document.querySelector(`[id="${link.hash.slice(1)}"]`) !== null));
  await person.fill(example);
  await person.press('button[value="check"]:not(.ds-sr-only)');
  const fine = await page.waitForSelector('form[action$="/send"]', { timeout: 20_000 }).catch(() => undefined);
  if (!fine) throw new Error(await person.told());
  await person.look("check");
  const clicks = await Promise.all([page.waitForNavigation(), page.evaluate(() => {
    const button = document.querySelector('form[action$="/send"] button');
    button.click();
    button.click(); // impatient
  })]).then(() => 2);
  await person.look("filed");
  const address = new URL(page.url()).pathname;
  await page.evaluate(() => document.querySelector('form[action$="/pay"] button').click());
  await page.waitForSelector("#pan"); // the page in between sends itself
  await page.type("#pan", card);
  await page.type("#expiry", "12/30");
  await page.type("#cvc", "000");
  await page.click("button.main");
  await page.waitForSelector("[data-status]"); // over the gateway, which takes the card page's answer
  const back = new URL(page.url()).pathname;
  for (let looks = 0; looks < 100; looks += 1) {
    if (await page.$('[data-status="completed"]')) break;
    await person.open(address);
  }
  const status = await page.$eval("[data-status]", (shown) => shown.dataset.status);
  await person.look("completed");
  const french = await page.$eval("main", (main) => main.innerText);
  await person.speak("ar");
  for (const [name, path] of [["case", address], ["home", "/"], ["cases", "/cases"], ["services", "/services"], ["service", `/services/${service}`],
    ["form", `/services/${service}/form`]]) {
    await person.open(path);
    await person.look(name);
  }
  await person.open(address);
  const arabic = await page.$eval("main", (main) => main.innerText);
  const cookies = (await page.cookies()).map(({ name, httpOnly }) => [name, httpOnly]);
  return { identity, wrong, clicks, address, back, status, french, arabic, cookies, problems: person.problems };
}
