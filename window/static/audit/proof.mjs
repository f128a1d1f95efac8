/* The form around `verify_record.mjs`: takes what stands in its fields, and says what came of it in the page's words. */
import { prove, NotProved } from "./verify_record.mjs";

const form = document.querySelector("[data-proof]");
const verdict = document.querySelector("[data-verdict]");
const texts = Object.fromEntries([...document.querySelectorAll("[data-why]")].map((each) => [each.dataset.why, each.textContent]));

async function tile(name) {
  const answer = await fetch(`/audit/tile/${name}`);
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
}

/* Lines of text, never of markup: whatever is in a record or a checkpoint is shown and not read. */
function say(holds, lines) {
  verdict.dataset.holds = holds ? "yes" : "no";
  verdict.replaceChildren(
    ...lines.map((line, at) => {
      const node = document.createElement("p");
      if (at === 0) node.append(Object.assign(document.createElement("strong"), { textContent: line }));
      else node.append(Object.assign(document.createElement("bdi"), { textContent: line }));
      return node;
    }),
  );
  verdict.hidden = false;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = (name) => form.elements.namedItem(name).value;
  const given = {
    record: field("record"),
    index: Number(form.dataset.index),
    note: field("note").replaceAll("\r\n", "\n").trimEnd() + "\n",
    keys: field("keys"),
    tile,
  };
  try {
    const found = await prove(given);
    const seen = found.witnesses.map(({ name, at }) => `${name}, ${new Date(at * 1000).toISOString()}`);
    say(true, [
      texts.holds,
      `${form.dataset.index} < ${found.size}`,
      found.leaf,
      ...(seen.length ? [texts.witnesses, ...seen] : [texts.no_witness]),
    ]);
  } catch (error) {
    say(false, [texts.fails, error instanceof NotProved ? (texts[error.message] ?? error.message) : texts.unsupported]);
  }
});
form.querySelector("button").disabled = false;
