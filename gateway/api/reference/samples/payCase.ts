const answer = await fetch(`${gateway}/v1/cases/${caseId}/actions/pay`, {
  method: "POST",
  headers: {
    Authorization: `Bearer ${token}`,
    "Content-Type": "application/json",
    "Idempotency-Key": crypto.randomUUID(),
  },
  body: "{}",
});
const { checkout } = await answer.json();
// In a browser: a form with these fields, sent to this address, leads to the card page.
console.log(checkout.method, checkout.url, Object.keys(checkout.fields).length);
