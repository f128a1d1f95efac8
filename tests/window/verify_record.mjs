// Proves records of logs in a browser: for each case, whether it holds, or the word that says why not.
export default async function (page, { url, cases }) {
  await page.goto(url);
  return page.evaluate(async (cases) => {
    const { prove, NotProved } = await import("/verify_record.mjs");
    const told = [];
    for (const { record, index, note, keys, tiles } of cases) {
      const tile = (name) => {
        const text = tiles[name];
        return text === undefined ? null : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      };
      try {
        const found = await prove({ record, index, note, keys, tile });
        told.push({ holds: true, size: found.size, witnesses: found.witnesses });
      } catch (error) {
        if (!(error instanceof NotProved)) throw error;
        told.push({ holds: false, why: error.message });
      }
    }
    return told;
  }, cases);
}
