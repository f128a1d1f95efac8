// A person in a browser: signs in, fills in any service's form from its example, looks at pages as tests do.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FILE = new URL("scan.pdf", import.meta.url).pathname;

export class Person {
  constructor(page, url, english) {
    Object.assign(this, { page, url, english: new Set(english), problems: [] });
    page.on("console", (message) => {
      const refused = message.text().includes("status of 422"); // a form with mistakes, which the test makes
      if (["error", "warn"].includes(message.type()) && !refused) this.problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.problems.push(`page: ${error.message}`));
  }

  async open(path) {
    await this.page.goto(path.startsWith("http") ? path : this.url + path);
  }

  /** Presses what leads to another page, and waits for that. */
  async press(selector) {
    const found = await this.page.waitForSelector(selector);
    await Promise.all([this.page.waitForNavigation(), found.evaluate((element) => element.click())]);
  }

  async speak(language) {
    await this.open(`/language?code=${language}&to=/`);
    this.language = language;
  }

  async signIn(login) {
    await this.open("/sign-in");
    await this.look("sign-in");
    await this.press('main a[href^="/sign-in/start"]');
    await this.press(`button[value="${login}"]`);
  }

  /** What is wrong with the page for somebody who cannot see it, has a small screen, or reads no English. */
  async look(name, { dark = true } = {}) {
    const { page } = this, told = (what) => this.problems.push(`${name} ${this.language}: ${what}`);
    const status = await page.evaluate(() => performance.getEntriesByType("navigation")[0].responseStatus);
    if (status !== 200) told(`answered ${status}`);
    for (const scheme of dark ? ["light", "dark"] : ["light"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      for (const each of violations) told(`${scheme} ${each.id}: ${each.nodes.map(({ html }) => html).join(" ").slice(0, 400)}`);
    }
    const wide = await page.evaluate(() => [...document.querySelectorAll("body *")]
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 || each.getBoundingClientRect().left < -1)
      .filter((each) => !each.closest(".ds-sr-only, .ds-skip-link, .wide-scroll"))
      .map((each) => each.outerHTML.slice(0, 120)));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) told(`is ${over} px too wide: ${wide[0]}`);
    if (this.language === "en") return;
    const texts = await page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
      while (walker.nextNode()) found.push(walker.currentNode.data.trim());
      return [...found, ...[...document.querySelectorAll("[aria-label], [placeholder]")].map((each) => each.ariaLabel ?? each.placeholder)];
    });
    for (const text of texts) if (this.english.has(text)) told(`not translated: ${text}`);
    if (this.language === "ar") {
      const direction = await page.evaluate(() => getComputedStyle(document.querySelector("main")).direction);
      if (direction !== "rtl") told("is not written from right to left");
    }
  }

  /** Fills in the form with the members of an example, whatever service it is of. */
  async fill(example, at = "") {
    for (const [name, value] of Object.entries(example)) await this.fillMember(`${at}/${name}`, value);
  }

  async fillMember(pointer, value) {
    const { page } = this, named = (suffix = "") => `[name="${pointer}${suffix}"]`;
    const files = typeof value === "string" && value.startsWith("att_");
    if (Array.isArray(value) && value.every((each) => typeof each === "string" && !each.startsWith("att_"))) {
      return this.set(named(), value.join("\n"));
    }
    if (Array.isArray(value)) {
      for (const [place, each] of value.entries()) {
        const item = `${pointer}/${place}`;
        if (typeof each === "string") {
          const input = await page.$(`input[type=file]${named("#file")}`);
          await input.uploadFile(FILE);
          await this.press('button[value="refresh"], button[value="check"]:not(.ds-sr-only)');
          continue;
        }
        if (!(await page.$(`[name^="${item}/"]`))) await this.press(`button[value="add:${pointer}"]`);
        await this.fill(each, item);
      }
      return;
    }
    if (value !== null && typeof value === "object") return this.fill(value, pointer);
    if (files) {
      const input = await page.$(`input[type=file]${named("#file")}`);
      if (!input) return;
      await input.uploadFile(FILE);
      if (this.scripts === false) return; // it goes with the form
      await page.waitForFunction((id) => document.querySelector(id)?.value.startsWith("att_"), {}, `input[type=hidden]${named()}`);
      return;
    }
    if (await page.$(named("#year"))) {
      const [year = "", month = "", day = ""] = String(value).split("-");
      await this.set(named("#year"), year);
      await this.set(named("#month"), month);
      await this.set(named("#day"), day);
      return;
    }
    await this.set(named(), typeof value === "boolean" ? (value ? "yes" : "no") : String(value));
  }

  /** A field as somebody leaves it who has typed, chosen or ticked; one that is not there is the verified identity's. */
  async set(selector, value) {
    await this.page.evaluate((selector, value) => {
      const fields = [...document.querySelectorAll(selector)].filter((each) => each.type !== "hidden");
      const choice = fields.find((each) => ["radio", "checkbox"].includes(each.type) && each.value === value);
      if (choice) choice.click();
      else if (fields.length && !["radio", "checkbox"].includes(fields[0].type)) {
        fields[0].value = value;
        fields[0].dispatchEvent(new Event("change", { bubbles: true }));
      }
    }, selector, value);
  }

  /** Everything that stands in the page, to be told when a step does not come. */
  async told() {
    return this.page.evaluate(() => `${location.pathname} ${document.querySelector("main")?.innerText.slice(0, 1500)}`);
  }
}
