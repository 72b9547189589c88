import { expect, test } from "vitest";
import texts from "./texts.en.json";
import { guide, reachable, type Addresses, type Way } from "./guide";

const exotel: Addresses = {
  webhookUrl: "https://v/webhook", websocketUrl: "wss://v/ws", dynamicEndpointUrl: "https://v/endpoint", statusCallbackUrl: "https://v/status",
  passthruUrl: "https://v/passthru", connectUrl: "https://v/connect", greetingUrl: "https://v/greeting",
};
const twilio: Addresses = { ...exotel, dynamicEndpointUrl: null, passthruUrl: null, connectUrl: null, greetingUrl: null };
const pasted = (provider: string, way: Way, addresses: Addresses) =>
  guide(provider, way, addresses).flatMap((part) => part.steps.flatMap((step) => step.paste?.value ?? []));

test("the agent's flow gets the dynamic address, and with transfers those behind it", () => {
  expect(pasted("exotel", "voicebot", exotel)).toEqual(["https://v/endpoint", "https://v/status"]);
  expect(pasted("exotel", "transfer", exotel)).toEqual(["https://v/endpoint", "https://v/passthru", "https://v/connect", "https://v/status"]);
  expect(pasted("exotel", "record", exotel)).toEqual(["https://v/webhook", "https://v/status"]);
  expect(pasted("twilio", "voicebot", twilio)).toEqual(["https://v/webhook", "https://v/status"]);
});

test("every step and part has its text", () => {
  for (const provider of ["exotel", "twilio"]) {
    for (const way of ["voicebot", "transfer", "record"] as const) {
      for (const part of guide(provider, way, provider === "twilio" ? twilio : exotel)) {
        expect(texts.part).toHaveProperty(part.title);
        for (const step of part.steps) {
          expect(texts.step).toHaveProperty(step.text);
          if (step.paste) expect(texts.step).toHaveProperty(step.paste.label);
        }
      }
    }
  }
});

test("an address of this machine or without TLS is out of a carrier's reach", () => {
  expect(reachable("https://voice.example.com/x")).toBe(true);
  expect(reachable("wss://voice.example.com/x")).toBe(true);
  for (const address of ["http://voice.example.com", "https://localhost:8080", "https://127.0.0.1", "https://10.0.0.7", "https://[::1]:80", "https://172.20.1.1", "x"])
    expect(reachable(address), address).toBe(false);
});
