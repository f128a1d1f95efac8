// A person files a service of the catalogue on a phone and brings it to its end, whatever it asks on its way; or files
// it with scripts turned off.
import { Person } from "./person.mjs";

const FILE = new URL("scan.pdf", import.meta.url).pathname;
const QUIET_MS = 6_000, MOST_MOVES = 40;

export default async function (page, { url, english, language, login, id, example, card, clock, days, scripts }) {
  await page.setViewport({ width: 375, height: 740 });
  const person = new Person(page, url, english), done = { kinds: [], status: "", problem: "" };
  await person.speak(language);
  await person.signIn(login);
  if (!scripts) {
    await page.setJavaScriptEnabled(false);
    person.scripts = false;
  }
  try {
    done.address = await file(page, person, id, example);
    if (!scripts) return { ...done, status: "filed", problems: person.problems };
    done.status = await follow(page, person, done, { card, clock, days });
    await person.look(`${id} at its end`, { dark: false });
  } catch (error) {
    done.problem = `${error.message}\n${await person.told().catch(() => "")}`.slice(0, 1500);
  }
  return { ...done, problems: person.problems };
}

async function file(page, person, id, example) {
  await person.open(`/services/${id}/form`);
  await signInStronger(page, person);
  if (person.scripts !== false) await person.look(`${id} form`, { dark: false });
  await person.fill(example);
  await person.press('button[value="check"]:not(.ds-sr-only)');
  await page.waitForSelector('form[action$="/send"]', { timeout: 15_000 });
  await person.press('form[action$="/send"] button');
  await page.waitForSelector("#case");
  return new URL(page.url()).pathname;
}

/** Where a service asks for more than she has shown so far. */
async function signInStronger(page, person) {
  if (!new URL(page.url()).pathname.startsWith("/sign-in")) return;
  await person.press('main a[href^="/sign-in/start"]');
  const who = await page.$("button.person");
  if (who) await person.press("button.person");
}

async function follow(page, person, done, { card, clock, days }) {
  for (let moves = 0; moves < MOST_MOVES; ) {
    const ended = await page.$eval("#case", ({ dataset }) => (dataset.live ? "" : dataset.status));
    if (ended) return ended;
    const wanted = await page.$("#action [data-do]");
    if (wanted) {
      const kind = await wanted.evaluate((element) => element.dataset.do);
      done.kinds.push(kind);
      await act(page, person, kind, card);
      await page.waitForSelector("#case");
      await page.waitForFunction((kind) => !document.querySelector(`#action [data-do="${kind}"]`), { timeout: 30_000 }, kind);
      continue;
    }
    // Nothing to do: the portals' clock goes on, and the page has to say by itself what came of it.
    moves += 1;
    const before = await page.$eval("#case", ({ dataset }) => dataset.after);
    await fetch(clock, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ advance: days * 86_400 }) });
    await page.waitForFunction((before) => document.querySelector("#case").dataset.after !== before, { timeout: QUIET_MS }, before).catch(() => undefined);
  }
  throw new Error("it does not come to an end");
}

async function act(page, person, kind, card) {
  if (kind === "pay") {
    await page.click('#action [data-do="pay"]');
    await page.waitForSelector("#pan");
    await page.type("#pan", card);
    await page.type("#expiry", "12/30");
    await page.type("#cvc", "000");
    return page.click("button.main");
  }
  await person.press(`#action [data-do="${kind}"]`);
  if (kind === "choose_slot") {
    if (await page.$("#post")) {
      await page.evaluate(() => { document.querySelector("#post").selectedIndex = 1; });
      await person.press('form[method="get"] button');
    }
    await page.evaluate(() => { document.querySelector('input[name="slot"]').checked = true; });
  } else if (kind === "provide_document") await (await page.$("#file")).uploadFile(FILE);
  else await page.evaluate(() => { const choice = document.querySelector('input[name="choice"]'); if (choice) choice.checked = true; });
  return person.press("form[data-action] button");
}
