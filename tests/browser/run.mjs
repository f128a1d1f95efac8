// `node run.mjs SCRIPT`: calls what SCRIPT exports as default with a page of a fresh browser and the JSON of standard
// input, and prints what that gives as JSON. What the page says on its console and what fails in it go to standard error.
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { launch } from "./chromium.mjs";

const { default: script } = await import(pathToFileURL(process.argv[2]));
const input = JSON.parse(await text(process.stdin));
const browser = await launch();
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.error(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => console.error(`page: ${error.message}`));
  process.stdout.write(JSON.stringify((await script(page, input)) ?? null));
} finally {
  await browser.close();
}
