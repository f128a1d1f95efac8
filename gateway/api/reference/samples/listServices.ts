import { Client } from "@mre-gateway/services";

const services = new Client(gateway, { language: "fr" });
for await (const service of services.services.each({ q: "acte de naissance" })) console.log(service.id, service.title);
