// Sarvam's refusals: {error:{message, code, request_id}}. A bad key is 403, not 401.
import { randomUUID } from "node:crypto";

export interface Refusal {
  status: number;
  code: string;
  message: string;
  requestId: string;
  headers: Record<string, string>;
  body: string;
}

export function requestId(): string {
  return `${new Date().toISOString().slice(0, 10).replaceAll("-", "")}_${randomUUID()}`;
}

export function refusal(status: number, code: string, message: string, more: Record<string, string> = {}): Refusal {
  const id = requestId();
  return {
    status,
    code,
    message,
    requestId: id,
    headers: { "content-type": "application/json", ...more },
    body: JSON.stringify({ error: { message, code, request_id: id } }),
  };
}

export const badRequest = (message: string): Refusal => refusal(400, "invalid_request_error", message);
export const unprocessable = (message: string): Refusal => refusal(422, "unprocessable_entity_error", message);

// By kind of fault. Sarvam serves one region; nothing is known of a refusal for it, a key without the right is nearest.
export const refusals: Record<string, () => Refusal> = {
  bad_key: () => refusal(403, "invalid_api_key_error", "Invalid API key"),
  no_credit: () => refusal(429, "insufficient_quota_error", "Credits exhausted. Please top up to continue."),
  rate_limit: () => refusal(429, "rate_limit_exceeded_error", "Rate limit exceeded. Please try again later.", { "retry-after": "1" }),
  unknown_model: () => badRequest("Invalid model: the model is not available for this endpoint"),
  region: () => refusal(403, "authentication_error", "The API is not available in your region"),
  bad_request: () => badRequest("The request could not be processed"),
  overload: () => refusal(503, "rate_limit_exceeded_error", "The service is overloaded. Please try again later."),
  server_error: () => refusal(500, "internal_server_error", "Internal server error"),
};
