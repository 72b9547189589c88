// ElevenLabs' refusals, in the form of today ({detail:{type, code, message, status, …}}) and in the older one
// ({detail:{status, message}}); a request that does not fit the schema gets FastAPI's list.
import { randomBytes } from "node:crypto";

export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
  // What a socket says and how it closes, for errors after the upgrade.
  error: string;
  message: string;
  code: number;
}

export function requestId(): string {
  return randomBytes(10).toString("hex");
}

interface Reason {
  status: number;
  type: string;
  code: string; // of the new form
  oldStatus: string; // of the old form, still there as `status` in the new one
  message: string;
  closeCode?: number;
  headers?: Record<string, string>;
}

export function refusal(reason: Reason, form: "new" | "old"): Refusal {
  const id = requestId();
  const { type, code, oldStatus, message } = reason;
  const detail =
    form === "old" ? { status: oldStatus, message } : { type, code, message, status: oldStatus, request_id: id, param: null };
  return {
    status: reason.status,
    headers: { "content-type": "application/json", "request-id": id, ...reason.headers },
    body: JSON.stringify({ detail }),
    error: oldStatus,
    message,
    code: reason.closeCode ?? (reason.status >= 500 ? 1011 : 1008),
  };
}

export function validation(location: (string | number)[], message: string, type: string): Refusal {
  return {
    status: 422,
    headers: { "content-type": "application/json", "request-id": requestId() },
    body: JSON.stringify({ detail: [{ loc: location, msg: message, type }] }),
    error: "invalid_message",
    message,
    code: 1008,
  };
}

export const voiceNotFound = (voice: string): Reason => ({
  status: 404,
  type: "not_found",
  code: "voice_not_found",
  oldStatus: "voice_not_found",
  message: `A voice with the voice_id ${voice} was not found.`,
});

export const tooLong = (limit: number): Reason => ({
  status: 400,
  type: "validation_error",
  code: "max_character_limit_exceeded",
  oldStatus: "max_character_limit_exceeded",
  message: `Maximum allowed characters in a single request for this model is ${limit}.`,
});

export const badRequest = (message: string): Reason => ({
  status: 400,
  type: "validation_error",
  code: "invalid_parameters",
  oldStatus: "invalid_parameters",
  message,
});

export const unknownModel = (model: string): Reason => ({
  status: 400,
  type: "validation_error",
  code: "model_not_found",
  oldStatus: "model_not_found",
  message: `A model with the model_id ${model} does not exist.`,
});

export const socketsRefused = (model: string): Reason => ({
  status: 403,
  type: "authorization_error",
  code: "unsupported_model",
  oldStatus: "unsupported_model",
  message: `The model ${model} is not available over a websocket.`,
});

// By kind of fault.
export const reasons: Record<string, Reason> = {
  bad_key: {
    status: 401,
    type: "authentication_error",
    code: "invalid_api_key",
    oldStatus: "invalid_api_key",
    message: "Invalid API key",
  },
  no_credit: {
    status: 401,
    type: "payment_required",
    code: "quota_exceeded",
    oldStatus: "quota_exceeded",
    message: "This request exceeds your quota. You have 0 credits remaining, while 12 credits are required for this request.",
  },
  rate_limit: {
    status: 429,
    type: "rate_limit_error",
    code: "concurrent_limit_exceeded",
    oldStatus: "too_many_concurrent_requests",
    message: "Too many concurrent requests. Your current subscription is associated with a maximum of 3 concurrent requests.",
    headers: { "current-concurrent-requests": "3", "maximum-concurrent-requests": "3", "retry-after": "1" },
  },
  unknown_model: unknownModel("eleven_unknown"),
  region: {
    status: 403,
    type: "authorization_error",
    code: "only_for_creator+",
    oldStatus: "only_for_creator+",
    message: "Please upgrade to use this output format or region.",
  },
  bad_request: badRequest("The request could not be processed."),
  overload: {
    status: 429,
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
    oldStatus: "system_busy",
    message: "The system is experiencing heavy traffic, please try again.",
    closeCode: 1011,
  },
  server_error: {
    status: 500,
    type: "internal_error",
    code: "internal_server_error",
    oldStatus: "internal_server_error",
    message: "An internal error occurred.",
  },
};
