// Keeps the page of a case up to date: the window passes on what happens, and the page is read again when it does.
// Without scripts there is a link that does the same.
const MOST_FAILURES = 5, AGAIN_MS = 5000, TOGETHER_MS = 300, GONE = [401, 403, 404, 409];
let page = document.querySelector("#case"), source, failures = 0, waiting;

/** Reads the page again and puts the new one in its place; the reader's focus and what is open stay. */
async function renew() {
  waiting = undefined;
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => undefined);
  // Her session is over, or the agent acts for her no longer: nothing of hers stays on the screen.
  if (GONE.includes(answer?.status)) return location.reload();
  if (!answer?.ok) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#case");
  if (!found || found.dataset.after === page.dataset.after) return;
  const id = page.contains(document.activeElement) ? document.activeElement.dataset.do : undefined;
  page.replaceWith(found);
  page = found;
  if (id) page.querySelector(`[data-do="${CSS.escape(id)}"]`)?.focus();
  document.querySelector("#news").textContent = page.dataset.news;
  if (!page.dataset.live) source?.close();
}

function listen() {
  source = new EventSource(page.dataset.live);
  source.onopen = () => { failures = 0; };
  source.onmessage = () => { waiting ??= setTimeout(renew, TOGETHER_MS); };
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED || !page.dataset.live || ++failures > MOST_FAILURES) return;
    renew();
    setTimeout(() => { if (page.dataset.live) listen(); }, AGAIN_MS * failures);
  };
}
if (page?.dataset.live) listen();
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", ({ persisted }) => { if (persisted && page?.dataset.live) { renew(); listen(); } });
