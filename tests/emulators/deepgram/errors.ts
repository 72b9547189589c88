// Deepgram's refusals: the same JSON for REST and for a refused handshake, with `dg-error` beside it.
import type { ErrorFault, HttpRefusal, RefusalContext, RefusalDetail, StreamRefusal } from "../core/types.js";

/** What a request has wrong in itself. */
export interface Wrong extends RefusalDetail {
  fault: ErrorFault;
}

export const badRequest = (message: string): Wrong => ({ fault: "bad_request", message: `Bad Request: ${message}` });

export function isWrong(value: object): value is Wrong {
  return "fault" in value;
}

interface Words {
  status: number;
  code: string;
  message: string;
  headers?: Record<string, string>;
}

// Deepgram has no refusal for a region; the nearest is a model that the project may not use.
function words(fault: ErrorFault, context: RefusalContext): Words {
  switch (fault) {
    case "bad_key":
      return { status: 401, code: "INVALID_AUTH", message: "Invalid credentials." };
    case "no_credit":
      return {
        status: 402,
        code: "ASR_PAYMENT_REQUIRED",
        message: "Project does not have enough credits for an ASR request and does not have an overage agreement.",
      };
    case "rate_limit":
      return {
        status: 429,
        code: "TOO_MANY_REQUESTS",
        message: "Too many requests. Please try again later.",
        headers: { "retry-after": String(Math.ceil((context.retryAfterMs ?? 300) / 1000)) },
      };
    case "unknown_model":
      return { status: 400, code: "Bad Request", message: "Bad Request: No such model/language/tier combination found." };
    case "region":
      return {
        status: 403,
        code: "INSUFFICIENT_PERMISSIONS",
        message: "Project does not have access to the requested model.",
      };
    case "bad_request":
      return { status: 400, code: "Bad Request", message: "Bad Request: failed to process audio: corrupt or unsupported data" };
    case "overload":
      return { status: 503, code: "SERVICE_UNAVAILABLE", message: "Service unavailable. Please try again later." };
    case "server_error":
      return { status: 500, code: "INTERNAL_SERVER_ERROR", message: "Internal server error." };
  }
}

const kNotFound = "not_found";
export const notFound: Wrong = { fault: "bad_request", code: kNotFound };
export const tooLong: Wrong = { fault: "bad_request", code: "PAYLOAD_TOO_LARGE", message: "Input text exceeds maximum character limit of 2000." };
/** Some endpoints word a body that is no JSON in a form of its own. */
export const invalidJson = (details: string): Wrong => ({ fault: "bad_request", code: "INVALID_JSON", message: details });

export function httpError(fault: ErrorFault, context: RefusalContext): HttpRefusal {
  if (context.code === kNotFound) return { status: 404, headers: { "content-type": "text/plain" }, body: "Not Found" };
  if (context.code === "INVALID_JSON") {
    const body = {
      category: "INVALID_JSON",
      message: "Invalid JSON submitted.",
      details: context.message ?? "",
      request_id: context.requestId,
    };
    return { status: 400, headers: {}, body };
  }
  const { status, code, message, headers } = words(fault, context);
  const text = context.message ?? message;
  return {
    status: context.code === "PAYLOAD_TOO_LARGE" ? 413 : status,
    headers: { "dg-error": text, ...headers },
    body: { err_code: context.code ?? code, err_msg: text, request_id: context.requestId },
  };
}

const link = (code: string): string => `https://dpgr.am/${code.toLowerCase().replace("-", "")}`;
export const kNoAudio = `Deepgram did not receive audio data or a text message within the timeout window. See ${link("NET-0001")}`;
export const kNotDecodable = `DATA-0000: The payload cannot be decoded as audio. See ${link("DATA-0000")}`;

export function streamError(fault: ErrorFault, context: RefusalContext, over: "http" | "ws"): StreamRefusal {
  // Sound is raw bytes: the connection just ends.
  if (over === "http") return {};
  const { code, message } = words(fault, context);
  const description = context.message ?? message;
  if (context.path === "/v2/listen") {
    const name = fault === "server_error" || fault === "overload" ? "INTERNAL_SERVER_ERROR" : (context.code ?? code);
    return {
      message: { json: { type: "Error", sequence_id: 0, code: name, description } },
      close: fault === "server_error" || fault === "overload" ? { code: 1011, reason: "NET-0000" } : { code: 1008, reason: name },
    };
  }
  const ours = fault === "server_error" || fault === "overload";
  return {
    message: { json: { type: "Error", description, message: description, variant: context.code ?? code } },
    close: ours
      ? { code: 1011, reason: `NET-0000: Internal server error. See ${link("NET-0000")}`.slice(0, 120) }
      : { code: 1008, reason: (fault === "bad_request" ? kNotDecodable : description).slice(0, 120) },
  };
}
