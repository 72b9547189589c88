// What a carrier asks when a call comes in: each request is a new call, with an id of its own.
import { randomBytes } from "node:crypto";
import type { Facts, Kind } from "./requests.js";
import { callerNumber, kCallers } from "./seed_sql.js";

const pick = (chance: () => number, of: number) => Math.floor(chance() * of);

// As Exotel writes them: its ids with a suffix, national numbers, Indian time without a zone.
function incoming(facts: Facts, chance: () => number): { phoneId: string; fields: URLSearchParams } {
  const n = pick(chance, facts.numbers.length);
  const from = callerNumber(pick(chance, kCallers)).replace("+91", "0");
  const to = facts.ownNumbers[n]!.replace("+91", "0");
  const fields = new URLSearchParams({
    CallSid: `${randomBytes(14).toString("hex")}1abl`,
    CallFrom: from,
    From: from,
    CallTo: to,
    To: to,
    Direction: "incoming",
    Created: "Sat, 21 Nov 2026 15:51:06",
    CurrentTime: "2026-11-21 15:51:06",
    DialWhomNumber: "",
  });
  return { phoneId: facts.numbers[n]!, fields };
}

export const kWebhookKinds: Kind[] = [
  {
    name: "webhook of a call, answered in XML",
    share: 0,
    make: (facts, chance) => {
      const { phoneId, fields } = incoming(facts, chance);
      return { method: "POST", path: `/api/telephony/webhook/${phoneId}`, body: fields.toString(), type: "application/x-www-form-urlencoded" };
    },
    expects: "<Stream url=",
  },
  {
    name: "address of a stream, answered in JSON",
    share: 0,
    make: (facts, chance) => ({ method: "GET", path: `/api/v1/telephony/exotel/endpoint?${incoming(facts, chance).fields.toString()}` }),
    expects: '{"url":"ws',
  },
];
