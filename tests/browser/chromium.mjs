// The browser of the tests: the locked Chromium of npm, which needs nothing installed on the machine, or a system's.
//
// `node chromium.mjs` unpacks it into node_modules/.cache, as `make` does once; tests only start it.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "node_modules");
const unpacked = join(modules, ".cache", "chromium");
const fonts = join(modules, "@expo-google-fonts", "noto-sans-arabic");
const SYSTEM = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** The locked one is built for Linux on x86-64. */
const locked = process.platform === "linux" && process.arch === "x64";

// Not `chromium.args` of the package: they switch the same-origin policy off, which is what tests here look at.
const ARGUMENTS = ["--no-sandbox", "--no-zygote", "--font-render-hinting=none", "--disable-gpu", "--disable-dev-shm-usage"];

/** Where the browser's executable is; undefined where the locked one does not run and no other is installed. */
async function executable() {
  const named = process.env.MRE_CHROMIUM;
  if (named) return named;
  if (locked) return unpack();
  const folders = (process.env.PATH ?? "").split(":");
  return folders.flatMap((folder) => SYSTEM.map((name) => join(folder, name))).find(existsSync);
}

/** Unpacks the package's files where no other version of it can lie: `npm ci` empties the folder. */
async function unpack() {
  mkdirSync(unpacked, { recursive: true });
  // The package unpacks into the folder for temporary files, and the system libraries it brings only on Lambda.
  process.env.TMPDIR = unpacked;
  process.env.AWS_EXECUTION_ENV = process.env.AWS_LAMBDA_JS_RUNTIME = "AWS_Lambda_nodejs22.x";
  const { default: chromium } = await import("@sparticuz/chromium");
  return chromium.executablePath();
}

/** The environment that the browser runs in. The package brings no Arabic font, and Arabic without one is invisible. */
function environment() {
  if (!locked || process.env.MRE_CHROMIUM) return process.env;
  const settings = join(unpacked, "fontconfig");
  mkdirSync(settings, { recursive: true });
  writeFileSync(
    join(settings, "fonts.conf"),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    <dir>${fonts}</dir><dir>${join(unpacked, "fonts", "fonts")}</dir><cachedir>${join(settings, "cache")}</cachedir></fontconfig>`,
  );
  return { ...process.env, FONTCONFIG_PATH: settings };
}

/** Starts a headless browser with a profile of its own. Whoever starts it closes it. */
export async function launch() {
  const executablePath = await executable();
  if (!executablePath) {
    throw new Error(`no browser: install one of ${SYSTEM.join(", ")}, or name one in MRE_CHROMIUM`);
  }
  const { default: puppeteer } = await import("puppeteer-core");
  return puppeteer.launch({ executablePath, args: ARGUMENTS, headless: "shell", pipe: true, env: environment() });
}

if (process.argv[1] === fileURLToPath(import.meta.url) && locked) await unpack();
