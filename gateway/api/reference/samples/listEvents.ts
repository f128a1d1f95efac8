let cursor = "";
for (let more = true; more; ) {
  const answer = await fetch(`${gateway}/v1/events?limit=2&cursor=${cursor}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const page = await answer.json();
  for (const event of page.data) console.log(event.case, event.text);
  more = page.has_more;
  cursor = page.position; // keep it: tomorrow it goes on here
}
