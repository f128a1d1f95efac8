const answer = await fetch(`${gateway}/v1/cases/${caseId}/receipt`, { headers: { Authorization: `Bearer ${token}` } });
const { receipt, claims } = await answer.json();
console.log(claims.sub, receipt.length);
