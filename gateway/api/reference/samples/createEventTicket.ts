const answer = await fetch(`${gateway}/v1/events/tickets`, {
  method: "POST",
  headers: {
    Authorization: `Bearer ${token}`,
    "Content-Type": "application/json",
    "Idempotency-Key": crypto.randomUUID(),
  },
  body: "{}",
});
const { url } = await answer.json();
const source = new EventSource(gateway + url); // when it breaks: a new ticket, and `&cursor=` with the last `id`
source.onmessage = ({ data }) => {
  const event = JSON.parse(data);
  console.log(event.case, event.text);
  source.close();
};
