// What is to be done in the carrier's portal, in order: parts of steps, each a text and perhaps an address to be pasted.
import type { Schemas } from "@/api/client";

export type Way = "voicebot" | "transfer" | "record";

export interface Step {
  text: string; // of the page's texts, under "step"
  paste?: { label: string; value: string };
}
export interface Part {
  title: string; // under "part"
  steps: Step[];
}

export type Addresses = Pick<
  Schemas["PhoneNumber"],
  "webhookUrl" | "websocketUrl" | "dynamicEndpointUrl" | "statusCallbackUrl" | "passthruUrl" | "connectUrl" | "greetingUrl"
>;

const say = (...texts: string[]): Step[] => texts.map((text) => ({ text }));

function paste(text: string, value: string | null): Step[] {
  return value ? [{ text, paste: { label: `${text}Label`, value } }] : [];
}

function twilio(addresses: Addresses): Part[] {
  return [
    {
      title: "twilio",
      steps: [
        ...say("twilioOpen"),
        ...paste("twilioComes", addresses.webhookUrl),
        ...paste("twilioStatus", addresses.statusCallbackUrl),
        ...say("twilioSave", "twilioSigned", "twilioTransfer"),
      ],
    },
    { title: "try", steps: say("call") },
  ];
}

function recording(addresses: Addresses): Part[] {
  return [
    { title: "prepare", steps: say("kyc", "recordNumber", "recordKeys") },
    { title: "record", steps: [...paste("recordUrl", addresses.webhookUrl), ...paste("status", addresses.statusCallbackUrl)] },
    { title: "try", steps: say("call") },
  ];
}

export function guide(provider: string, way: Way, addresses: Addresses): Part[] {
  if (provider === "twilio") return twilio(addresses);
  if (way === "record") return recording(addresses);
  const transfer = way === "transfer";
  return [
    { title: "prepare", steps: say("kyc", "applet", ...(transfer ? ["agentTransfer"] : [])) },
    { title: "flow", steps: say("signIn", "newFlow", "dragVoicebot") },
    {
      title: "voicebot",
      steps: [
        ...paste("url", addresses.dynamicEndpointUrl),
        ...say("authNone", "rate", "params", "record", "dtmf", transfer ? "nextTransfer" : "next"),
      ],
    },
    ...(transfer
      ? [
          {
            title: "passthru",
            steps: [...paste("passthruUrl", addresses.passthruUrl), ...say("passthruSync", "passthru200", "passthru302")],
          },
          { title: "connect", steps: [...paste("connectUrl", addresses.connectUrl), ...say("connectNobody", "connectAfter")] },
        ]
      : []),
    { title: "number", steps: [...say("save", "exophones"), ...paste("status", addresses.statusCallbackUrl)] },
    { title: "outbound", steps: say("appId") },
    { title: "try", steps: say("call") },
  ];
}

// Whether a carrier could reach the address: https, and not this very machine or its net.
export function reachable(address: string): boolean {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return false;
  }
  if (url.protocol !== "https:" && url.protocol !== "wss:") return false;
  return !/^(localhost|.*\.local|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[)/.test(url.hostname);
}

// How the simulated caller rings this number.
export function simulation(websocketUrl: string, number: string): string {
  return `parley call ${websocketUrl} --to ${number} --say "Hello, who is there?"`;
}
