// One picture of the window, as Amina sees it on her phone.
export default async function (page, { url, language, path, file }) {
  await page.setViewport({ width: 390, height: 844, deviceScaleFactor: 1 });
  await page.goto(`${url}/language?code=${language}&to=/`);
  await page.goto(`${url}/sign-in/start`);
  const person = await page.waitForSelector('button[value="AB123456"]');
  await Promise.all([page.waitForNavigation(), person.click()]);
  await page.goto(url + path, { waitUntil: "networkidle0" });
  await page.screenshot({ path: file });
}
