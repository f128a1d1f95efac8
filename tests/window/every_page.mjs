// Visits pages as somebody who cannot see, has a small or a wide screen, reads in the dark, or reads from right to left.
// `groups`: who signs in (nobody, where no role is named), and which pages she visits; a page with `post` is the answer to
// a form. Gives all that is wrong, each with language and page.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENS = [["light", 320, 700], ["dark", 1600, 900]];

export default async function (first, { url, groups, languages, english, frames, alike }) {
  const browser = first.browser(), problems = [], visited = [];
  for (const language of languages) {
    for (const { role, login, pages } of groups) {
      const context = await browser.createBrowserContext(), page = await context.newPage();
      const here = { path: "sign-in", status: 200 }, told = (what) => {
        problems.push(`${language} ${role} ${here.path}: ${what}`);
        console.error(problems.at(-1));
      };
      page.on("pageerror", (error) => told(`script: ${error.message}`));
      page.on("console", (message) => {
        const expected = here.warns ? message.text().includes(here.warns) : here.status !== 200 && message.text().includes(`status of ${here.status}`);
        if (["error", "warn"].includes(message.type()) && !expected) told(`console: ${message.text()} ${message.location().url ?? ""}`);
      });
      await page.setExtraHTTPHeaders({ "Accept-Language": language });
      if (role) {
        await page.goto(`${url}/language?code=${language}&to=/`);
        await page.goto(`${url}/sign-in/start?as=${role}&to=/`);
        await Promise.all([page.waitForNavigation(), page.click(`button[value="${login}"]`)]);
      }
      for (const [at, each] of pages.entries()) {
        Object.assign(here, { status: 200, warns: "" }, each);
        const answer = await open(page, url, each);
        visited.push(new URL(page.url()).pathname);
        if (answer.status() !== here.status) told(`answered ${answer.status()}`);
        for (const [scheme, width, height] of SCREENS) {
          await page.setViewport({ width, height });
          await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
          for (const what of await seen(page, width)) told(`${scheme} ${what}`);
          await page.evaluate(() => { document.querySelector(".languages").open = true; });
          for (const what of await tooWide(page, width)) told(`${scheme}, with its menu open, ${what}`);
          await page.evaluate(() => { document.querySelector(".languages").open = false; });
        }
        for (const what of await read(page, language, english, frames[language], alike)) told(what);
      }
      await context.close();
    }
  }
  return { problems, visited };
}

/** A navigation as a link makes it or, with `post`, a form that stands on the page before; `still`, if the page would
 *  send itself on. */
async function open(page, url, { path, post, still }) {
  if (still) {
    await page.setRequestInterception(true); // the page goes on by itself: its script is empty this time
    page.on("request", (request) => (request.url().includes("/submit.js") ? request.respond({ contentType: "text/javascript", body: "" }) : request.continue()));
  }
  if (post === undefined) return page.goto(path.startsWith("http") ? path : url + path);
  const sent = page.waitForNavigation();
  await page.evaluate((path, post) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action: path });
    const hidden = Object.fromEntries([...document.querySelectorAll('[name="csrf"], [name="owner"], [name="acting_for"]')].map(({ name, value }) => [name, value]));
    for (const [name, value] of Object.entries({ ...hidden, ...post })) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    document.body.append(form);
    form.submit();
  }, path, post.large ? { large: "x".repeat(post.large) } : post);
  return sent;
}

/** For axe, and on a screen of this width. */
async function seen(page, width) {
  const found = await violations(page);
  found.push(...(await tooWide(page, width)));
  const headings = await page.$$eval("h1", (all) => all.length);
  if (headings !== 1) found.push(`${headings} main headings`);
  return found;
}

async function violations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, nodes }) => `axe ${id}: ${nodes.map(({ html }) => html).join(" ").slice(0, 300)}`);
}

/** What cannot be reached, or only by moving the page to and fro. */
async function tooWide(page, width) {
  return page.evaluate((width) => {
    const guilty = [...document.querySelectorAll("body *")].filter((each) => {
      const { left, right, width: own } = each.getBoundingClientRect();
      return own > 0 && (right > width + 1 || left < -1) && !each.closest(".ds-sr-only, .ds-skip-link, .wide-scroll, thead, svg");
    });
    const wide = document.documentElement.scrollWidth - width;
    if (wide <= 0 && !guilty.length) return [];
    return [`${wide} px too wide at ${width}: ${guilty.slice(-2).map((each) => each.outerHTML.slice(0, 150)).join(" | ")}`];
  }, width);
}

/** Texts that nobody translated, but for a portal's own words (`bdi[lang]`); in Arabic also what is written in the wrong direction. */
async function read(page, language, english, frame, alike) {
  return page.evaluate((language, english, frame, alike) => {
    const found = [], root = document.documentElement, known = new Set(english), same = new Set(alike);
    if (root.lang !== language) found.push(`says that it is written in ${root.lang}`);
    if (root.dir !== (language === "ar" ? "rtl" : "ltr")) found.push(`says that it is written ${root.dir}`);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
    while (walker.nextNode()) {
      const node = walker.currentNode, inside = node.parentElement;
      if (!inside.closest("script, style, textarea, option") && node.data.trim()) texts.push(node);
    }
    const labels = [...document.querySelectorAll("[aria-label], [placeholder], [title], [alt]")]
      .flatMap((each) => ["aria-label", "placeholder", "title", "alt"].map((name) => each.getAttribute(name)).filter(Boolean));
    const options = [...document.querySelectorAll("option")].filter(({ text, value }) => text !== value).map(({ text }) => text.trim());
    const said = texts.filter((node) => !node.parentElement.closest(".code, pre, code, bdi[lang]")).map((node) => node.data.trim());
    for (const text of [document.title, ...labels, ...options, ...said]) {
      if (/%\(\w+\)[sd]|\{\{|^None$|\bundefined\b/.test(text)) found.push(`a text that was not filled in: ${text.slice(0, 120)}`);
      if (language !== "en" && known.has(text)) found.push(`not translated: ${text.slice(0, 120)}`);
    }
    if (frame) {
      // Each text is in the language that its element says: the frame in the reader's, the content in the fallback.
      const own = new Set(frame.own), content = new Set(frame.content);
      const labelled = [...document.querySelectorAll("[aria-label], [placeholder], [title], [alt]")]
        .flatMap((each) => ["aria-label", "placeholder", "title", "alt"].map((name) => [each, each.getAttribute(name)]));
      const title = document.querySelector("title");
      for (const [inside, text] of [[title, title.text.split(" – ")[0]], ...labelled, ...texts.map((node) => [node.parentElement, node.data.trim()])]) {
        const marked = inside.closest("[lang]").lang;
        if (own.has(text) && marked !== language) found.push(`marked as ${marked}: ${text.slice(0, 120)}`);
        if (content.has(text) && marked === language) found.push(`marked as ${marked}, and is not: ${text.slice(0, 120)}`);
      }
    }
    for (const node of texts) {
      const text = node.data.trim(), inside = node.parentElement;
      if (inside.closest("bdi, [lang]:not(html):not(main), pre, code, .typed, .code, svg") || same.has(text)) continue;
      if (/^[a-z]+(_[a-z]+)+$/.test(text)) found.push(`a key, and no text: ${text}`);
      if (language === "ar" && /[A-Za-z]{3,} [A-Za-z]{2,}/.test(text) && !/[\u0600-\u06ff]/.test(text)) found.push(`no Arabic: ${text.slice(0, 120)}`);
    }
    if (language !== "ar") return found;
    // What is read from the left: each run of Latin letters and digits has to be drawn from the left to the right.
    const range = document.createRange();
    const place = (node, at) => {
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      return range.getClientRects()[0];
    };
    for (const node of texts) {
      for (const { 0: run, index } of node.data.matchAll(/[A-Za-z0-9](?:[^\s\u0600-\u06ff]*[A-Za-z0-9%])?(?: [A-Za-z]+[-A-Za-z0-9]*)*/g)) {
        let before;
        for (let at = 0; at < run.length; at += 1) {
          if (!/\S/.test(run[at])) continue;
          const drawn = place(node, index + at);
          if (!drawn || !drawn.width) continue;
          if (before && Math.abs(before.top - drawn.top) < 3 && drawn.left < before.left - 0.5) {
            found.push(`drawn from the right: ${run} in ${node.data.trim().slice(0, 100)} (${node.parentElement.outerHTML.slice(0, 120)})`);
            break;
          }
          before = drawn;
        }
      }
    }
    return found;
  }, language, english, frame, alike);
}
