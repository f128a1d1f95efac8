import { Client } from "@mre-gateway/services";

const services = new Client(gateway, { token, language: "ar" });
const found = await services.cases.get(caseId);
console.log(found.id, found.status, found.actions.map((action) => action.type));
