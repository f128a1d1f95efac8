// Each service of the catalogue, filled in from its example and sent; where it costs something, the card page is reached.
import { Person } from "./person.mjs";

export default async function (page, { url, english, language, services, login, scripts }) {
  await page.setViewport({ width: 375, height: 740 });
  await page.setJavaScriptEnabled(scripts);
  const person = Object.assign(new Person(page, url, english), { scripts }), outcomes = {};
  await person.speak(language);
  await person.open("/sign-in/start");
  await person.press(`button[value="${login}"]`);
  for (const { id, example } of services) {
    try {
      await person.open(`/services/${id}/form`);
      if (new URL(page.url()).pathname === "/sign-in") { // a stronger sign-in, which her identity provider offers
        await person.press('main a[href^="/sign-in/start"]');
        await person.press(`button[value="${login}"]`);
      }
      if (scripts) await person.look(`form of ${id}`, { dark: false });
      await person.fill(example);
      await person.press('button[value="check"]:not(.ds-sr-only)');
      if (!(await page.$('form[action$="/send"]'))) throw new Error(await person.told());
      if (scripts) await person.look(`answers of ${id}`, { dark: false });
      await person.press('form[action$="/send"] button');
      const address = new URL(page.url()).pathname;
      if (!address.startsWith("/cases/")) throw new Error(await person.told());
      outcomes[id] = address.slice("/cases/".length);
    } catch (error) {
      outcomes[id] = `failed: ${error.message}`;
    }
  }
  return { outcomes, problems: person.problems };
}
