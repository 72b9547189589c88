// Deepgram's refusals: the same JSON for REST and for a refused handshake, with `dg-error` and `dg-request-id` beside it.
import { randomUUID } from "node:crypto";

export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export function refusal(status: number, code: string, message: string, more: Record<string, string> = {}): Refusal {
  const requestId = randomUUID();
  return {
    status,
    headers: { "content-type": "application/json", "dg-error": message, "dg-request-id": requestId, ...more },
    body: JSON.stringify({ err_code: code, err_msg: message, request_id: requestId }),
  };
}

// Some endpoints answer in another form.
export function invalidJson(details: string): Refusal {
  const requestId = randomUUID();
  return {
    status: 400,
    headers: { "content-type": "application/json", "dg-request-id": requestId },
    body: JSON.stringify({
      category: "INVALID_JSON",
      message: "Invalid JSON submitted.",
      details,
      request_id: requestId,
    }),
  };
}

export const badRequest = (message: string): Refusal => refusal(400, "Bad Request", message);

// By kind of fault. Deepgram has no refusal for a region; the nearest is a model that the project may not use.
export const refusals: Record<string, () => Refusal> = {
  bad_key: () => refusal(401, "INVALID_AUTH", "Invalid credentials."),
  no_credit: () =>
    refusal(402, "ASR_PAYMENT_REQUIRED", "Project does not have enough credits for an ASR request and does not have an overage agreement."),
  rate_limit: () => refusal(429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later.", { "retry-after": "1" }),
  unknown_model: () => refusal(400, "Bad Request", "Bad Request: No such model/language/tier combination found."),
  region: () => refusal(403, "INSUFFICIENT_PERMISSIONS", "Project does not have access to the requested model."),
  bad_request: () => badRequest("Bad Request: failed to process audio: corrupt or unsupported data"),
  overload: () => refusal(503, "SERVICE_UNAVAILABLE", "Service Unavailable: please try again later."),
  server_error: () => refusal(500, "INTERNAL_SERVER_ERROR", "Internal server error."),
};
