// One picture of the window, as somebody who has signed in sees it.
export default async function (page, { url, language, path, role, login, follow, file, width, height }) {
  await page.setViewport({ width, height, deviceScaleFactor: 1 });
  await page.goto(`${url}/language?code=${language}&to=/`);
  await page.goto(`${url}/sign-in/start?as=${role}`);
  const person = await page.waitForSelector(`button[value="${login}"]`);
  await Promise.all([page.waitForNavigation(), person.click()]);
  await page.goto(url + path, { waitUntil: "networkidle0" });
  if (follow) await Promise.all([page.waitForNavigation(), page.click(follow)]);
  await page.screenshot({ path: file });
}
