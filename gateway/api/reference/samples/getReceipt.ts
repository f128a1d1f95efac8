import { Client } from "@mre-gateway/services";

const services = new Client(gateway, { token, language: "fr" });
const { receipt, claims } = await services.cases.receipt(caseId);
console.log(claims.sub, receipt.length);
