const answer = await fetch(`${gateway}/v1/services?q=acte+de+naissance`, { headers: { "Accept-Language": "fr" } });
const { data } = await answer.json();
for (const service of data) console.log(service.id, service.title);
