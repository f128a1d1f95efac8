export type { ApiResponse, CallOptions, CheckedWriteOptions, Token, WriteOptions } from "./calls.js";
export { Client, type ClientOptions, type RequestOptions } from "./client.js";
export type * as models from "./models.js";
export { ApiProblem, GatewayUnreachable, ServiceError } from "./problems.js";
export type { Demand } from "./demand.js";
export { verifyWebhook, WebhookInvalid, type VerifyOptions } from "./webhooks.js";
