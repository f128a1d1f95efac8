// Amina is asked for everything on the way of one case, on a phone and in Arabic: she files, pays, is asked for a
// document, chooses a slot, and sees the page come up to date by itself. Then she looks at what is hers.
import { Person } from "./person.mjs";

export default async function (page, { url, english, service, example, login, card, file, large, pages }) {
  await page.setViewport({ width: 375, height: 740 });
  const person = new Person(page, url, english), kinds = [];
  let tooLarge;
  await person.speak("ar");
  await person.signIn(login);
  await person.open(`/services/${service}/form`);
  await person.fill(example);
  await person.press('button[value="check"]:not(.ds-sr-only)');
  await page.waitForSelector('form[action$="/send"]');
  await person.press('form[action$="/send"] button');
  const address = new URL(page.url()).pathname;

  const does = {
    async pay() {
      await page.click('[data-do="pay"]');
      await page.waitForSelector("#pan"); // the page in between sends itself
      await page.type("#pan", card);
      await page.type("#expiry", "12/30");
      await page.type("#cvc", "000");
      await page.click("button.main");
    },
    async choose_slot() {
      await person.press('[data-do="choose_slot"]');
      if (await page.$("#post")) {
        await page.select("#post", "lyon");
        await person.press('form[method="get"] button');
      }
      await person.look("slots");
      await page.click('input[name="slot"]');
      await person.press('form[data-action="choose_slot"] button');
    },
    async provide_document() {
      await person.press('[data-do="provide_document"]');
      await person.look("document");
      const input = await page.$("#file");
      await input.uploadFile(large); // told before it is sent
      tooLarge = await page.$eval("#file", (field) => [field.files.length, field.closest(".file-field").querySelector(".upload-status").textContent]);
      await input.uploadFile(file);
      await person.press('form[data-action="provide_document"] button');
    },
  };
  // One action at a time; what comes next is waited for without reading the page anew.
  for (;;) {
    const shown = await page.waitForSelector('#case[data-status="completed"], #action [data-do]', { timeout: 60_000 }).catch(() => undefined);
    if (!shown) throw new Error(await person.told());
    const kind = await shown.evaluate((element) => element.dataset.do);
    if (!kind) break;
    await person.look(`case, ${kind}`);
    kinds.push(kind);
    await does[kind]();
    await page.waitForFunction((kind) => document.querySelector("#case") && !document.querySelector(`#action [data-do="${kind}"]`), { timeout: 60_000 }, kind);
  }
  await person.look("case, completed");
  const said = await page.$eval("#news", (news) => news.textContent);
  for (const path of [`${address}/receipt`, ...pages]) {
    await person.open(path);
    await person.look(path.replace(address, "case"));
  }
  return { address, kinds, said, tooLarge, problems: person.problems };
}
