import { Client } from "@mre-gateway/services";

const services = new Client(gateway, { token, language: "fr" });
const paying = await services.cases.pay(caseId);
const { method, url, fields } = paying.checkout!;
// In a browser: a form with these fields, sent to this address, leads to the card page.
console.log(method, url, Object.keys(fields).length);
