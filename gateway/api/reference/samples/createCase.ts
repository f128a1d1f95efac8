const answer = await fetch(`${gateway}/v1/cases`, {
  method: "POST",
  headers: {
    Authorization: `Bearer ${token}`,
    "Content-Type": "application/json",
    "Idempotency-Key": crypto.randomUUID(), // keep it: the same key again files nothing twice
  },
  body: JSON.stringify({ service: "echo.stamped", form: { text: "Bonjour" } }),
});
const filed = await answer.json();
if (!answer.ok) throw new Error(`${filed.title}: ${filed.remedy} (${filed.call_id})`);
console.log(filed.id, filed.status);
