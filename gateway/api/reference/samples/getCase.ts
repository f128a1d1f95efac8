const answer = await fetch(`${gateway}/v1/cases/${caseId}`, {
  headers: { Authorization: `Bearer ${token}`, "Accept-Language": "ar" },
});
const found = await answer.json();
console.log(found.id, found.status, found.actions.map((action: { type: string }) => action.type));
