// Visits the pages of each role on a small screen in each language; says what is wrong with them, proves a record, and
// keeps pictures where a folder is given.
import { mkdirSync } from "node:fs";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const WIDTH = 375;
const axe = (() => {
  try {
    return readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  } catch {
    return "";
  }
})();

async function signIn(page, url, role, language) {
  await page.setExtraHTTPHeaders({ "Accept-Language": language });
  await page.goto(`${url}/sign-in/start?as=${role}&to=/`);
  await Promise.all([page.waitForNavigation(), page.click("button.person")]);
}

async function wrongWith(page, path, language) {
  const wrong = await page.evaluate((width) => {
    const found = [];
    if (document.documentElement.scrollWidth > width) {
      const wide = [...document.querySelectorAll("main *")].filter((each) => {
        const { left, right } = each.getBoundingClientRect();
        return right > width + 1 || left < -1;
      });
      found.push(`overflows: ${wide.slice(0, 3).map((each) => each.outerHTML.slice(0, 80)).join(" | ")}`);
    }
    if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
    return found;
  }, WIDTH);
  if (axe) {
    await page.evaluate(axe);
    const result = await page.evaluate(() => globalThis.axe.run({ exclude: [[".demo-note"]] }, { resultTypes: ["violations"] }));
    wrong.push(...result.violations.map((each) => `axe ${each.id}: ${each.nodes[0]?.html.slice(0, 120)}`));
  }
  return wrong.map((each) => `${language} ${path}: ${each}`);
}

export default async function (page, { url, roles, languages, record, forged, pictures }) {
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`console: ${message.text()}`);
  });
  if (pictures) mkdirSync(pictures, { recursive: true });
  await page.setViewport({ width: WIDTH, height: 740, deviceScaleFactor: 1 });
  for (const language of languages) {
    for (const [role, paths] of Object.entries(roles)) {
      await page.deleteCookie(...(await page.cookies(url)));
      await signIn(page, url, role, language);
      for (const path of paths) {
        await page.goto(url + path);
        wrong.push(...(await wrongWith(page, path, language)));
        if (pictures) {
          const name = `${language}-${role}${path.replaceAll(/[^a-z0-9]+/g, "-")}`.slice(0, 60);
          await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
        }
      }
    }
  }
  // The proof, as an auditor makes it: as it stands; with one letter changed; under a checkpoint that is forged. From
  // here on the browser itself tells of requests that failed.
  page.removeAllListeners("console");
  await page.deleteCookie(...(await page.cookies(url)));
  await signIn(page, url, "auditor", "en");
  const said = [];
  async function prove(change) {
    await page.goto(`${url}/audit/records/${record}`);
    await page.waitForSelector("[data-proof] button:not([disabled])");
    await page.evaluate(change.field ? ({ field, from, to, moved }) => {
      const node = document.querySelector(`[name=${field}]`);
      const lines = node.value.split("\n").map((line) => `  ${line} `); // as a mail or a copy moves them in
      node.value = moved ? `\n \n${lines.join("\n")}` : from === null ? to : node.value.replace(from, to);
    } : () => undefined, { ...change, before: undefined });
    await change.before?.();
    await page.click("[data-proof] button");
    await page.waitForSelector("[data-verdict]:not([hidden])");
    said.push(await page.$eval("[data-verdict]", (node) => [node.dataset.holds, node.children[1]?.textContent]));
    if (pictures) await page.screenshot({ path: `${pictures}/proof-${said.length}.png`, fullPage: true });
  }
  await prove({});
  await prove({ field: "record", from: '"ok"', to: '"denied"' });
  await prove({ field: "note", from: null, to: forged });
  await prove({ field: "keys", from: null, to: "" });
  await prove({ field: "note", moved: true });
  // The hashes cannot be had: the line is down, another gateway's page answers, the session has ended.
  await page.setCacheEnabled(false);
  await prove({ before: () => page.setOfflineMode(true) });
  await page.setOfflineMode(false);
  await prove({ before: async () => {
    await page.setRequestInterception(true);
    page.on("request", (asked) => (asked.url().includes("/audit/tile/") ? asked.respond({ status: 503 }) : asked.continue()));
  } });
  page.removeAllListeners("request");
  await page.setRequestInterception(false);
  await prove({ before: async () => page.deleteCookie(...(await page.cookies(url))) });
  said.push(await page.$eval("[data-sign-in]", (node) => [node.hidden, node.querySelector("a").getAttribute("href")]));
  return { wrong, said };
}
