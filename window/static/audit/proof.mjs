/* The form around `verify_record.mjs`: takes what stands in its fields, and says what came of it in the page's words. */
import { prove, NotProved } from "./verify_record.mjs";

const form = document.querySelector("[data-proof]");
const verdict = document.querySelector("[data-verdict]");
const again = document.querySelector("[data-sign-in]");
const texts = Object.fromEntries([...document.querySelectorAll("[data-why]")].map((each) => [each.dataset.why, each.textContent]));
const undecided = ["unsupported", "signed_out", "not_fetched"]; // of the record none of them says anything

/* Null, that there is no such tile, is what the log itself says. Whatever else fails says nothing about it. */
async function tile(name) {
  try {
    const answer = await fetch(`/audit/tile/${name}`, { redirect: "manual" });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.ok || answer.status === 404) return answer.ok ? bytes : null;
    throw new NotProved([0, 401, 403].includes(answer.status) ? "signed_out" : "not_fetched"); // 0: sent to sign in
  } catch (error) {
    throw error instanceof NotProved ? error : new NotProved("not_fetched");
  }
}

/* Lines of text, never of markup: whatever is in a record or a checkpoint is shown and not read. */
function say(holds, lines) {
  verdict.dataset.holds = holds;
  verdict.replaceChildren(...lines.map((line, at) => {
    const node = document.createElement("p");
    node.append(Object.assign(document.createElement(at ? "bdi" : "strong"), { textContent: line }));
    return node;
  }));
  verdict.hidden = false;
  again.hidden = !lines.includes(texts.signed_out);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = (name) => form.elements.namedItem(name).value;
  const lines = field("note").split("\n").map((line) => line.trim()); // as a mail or a copy may have moved them in
  const given = { record: field("record"), note: `${lines.join("\n").trim()}\n`, keys: field("keys") };
  try {
    const found = await prove({ ...given, index: Number(form.dataset.index), tile });
    const seen = found.witnesses.map(({ name, at }) => `${name}, ${new Date(at * 1000).toISOString()}`);
    const signed = seen.length ? [texts.witnesses, ...seen] : [texts.no_witness];
    say("yes", [texts.holds, `${form.dataset.index} < ${found.size}`, found.leaf, ...signed]);
  } catch (error) {
    const why = error instanceof NotProved ? error.message : "unsupported";
    if (undecided.includes(why)) say("open", [texts.open, texts[why]]);
    else say("no", [texts.fails, texts[why] ?? why]);
  }
});
form.querySelector("button").disabled = false;
