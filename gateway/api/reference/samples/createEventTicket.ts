import { Client } from "@mre-gateway/services";

const services = new Client(gateway, { token, language: "fr" });
const { url } = await services.events.ticket();
const source = new EventSource(gateway + url); // when it breaks: a new ticket, and `&cursor=` with the last `id`
source.onmessage = ({ data }) => {
  const event = JSON.parse(data);
  console.log(event.case, event.text);
  source.close();
};
