/* Fetches an export with its progress shown, and hands the file over when it is whole. Without this script the links
   are links. */
const HELD = 4_000_000, TAIL = 20_000;
const said = document.querySelector("[data-export-said]");
const again = document.querySelector("[data-sign-in]");

const size = (bytes) => (bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);

/** The index of the last record that begins in these bytes; OCSF events have it further inside, and show none. */
function place(bytes) {
  const text = new TextDecoder().decode(bytes.subarray(-TAIL));
  return [...text.matchAll(/\n(?:\{"index":)?([0-9]{1,16}),/g)].map((found) => Number(found[1])).pop();
}

async function bring(link) {
  const bar = said.querySelector("progress");
  const text = said.querySelector("bdi");
  said.hidden = bar.hidden = false;
  again.hidden = true;
  text.textContent = "";
  try {
    const answer = await fetch(link.href, { redirect: "manual" });
    if (!answer.ok) {
      const out = [0, 401, 403].includes(answer.status); // 0: sent to sign in
      text.textContent = out ? said.dataset.signedOut : said.dataset.failed;
      again.hidden = !out;
      bar.hidden = true;
      return;
    }
    const total = Number(answer.headers.get("audit-size")) || 0; // of the log: how far the last record is
    let parts = [], held = 0, came = 0;
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      came += value.length;
      if ((held += value.length) > HELD) [parts, held] = [[new Blob(parts)], 0]; // browsers keep large ones on disk
      const at = place(value);
      if (total && at !== undefined) [bar.max, bar.value] = [total, at + 1];
      text.textContent = at === undefined ? size(came) : `${size(came)} · ${at + 1} / ${total}`;
    }
    const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "log";
    const file = document.createElement("a");
    file.href = URL.createObjectURL(new Blob(parts));
    file.download = name;
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
    text.textContent = `${size(came)} · ${said.dataset.done}`;
  } catch {
    text.textContent = said.dataset.failed;
  }
  bar.hidden = true;
}

for (const link of document.querySelectorAll("[data-export]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    bring(link);
  });
}
