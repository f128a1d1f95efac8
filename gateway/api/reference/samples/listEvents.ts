import { Client } from "@mre-gateway/services";

const services = new Client(gateway, { token, language: "fr" });
let cursor = "";
for (let more = true; more; ) {
  const page = await services.events.list({ limit: 2, cursor });
  for (const event of page.data) console.log(event.case, event.text);
  more = page.has_more;
  cursor = page.position; // keep it: tomorrow it goes on here
}
// Live, and again after a break: for await (const event of services.events.stream({ cursor })) ...
