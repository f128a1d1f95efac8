/* Fetches an export with its progress shown, and hands the file over when it is whole. Without this script the links
   are links. */
const said = document.querySelector("[data-export-said]");

const size = (bytes) => (bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);

async function bring(link) {
  const bar = said.querySelector("progress");
  const text = said.querySelector("span");
  said.hidden = bar.hidden = false;
  text.textContent = "";
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const total = Number(answer.headers.get("content-length")) || 0;
    const parts = [];
    let came = 0;
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      came += value.length;
      if (total) [bar.max, bar.value] = [total, came];
      text.textContent = size(came);
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
