// A call that we place is one row, too, in whatever order the answer of the request that placed it, the request for the
// stream's address, the stream and the callbacks come; with an Exotel that answers when it is told to.
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, api } from "../control/support/api.js";
import { agentConfig, unique, uniqueNumber } from "../control/support/workspace.js";
import { Server, eventually } from "../control/support/server.js";
import { ExotelCaller } from "../e2e/support/exotel.js";
import { type Fields, ask, callSid, callsOf, errorsOf, isOver, theCall, unlimited } from "./support/asking.js";

const exoPhone = "08047112233";

// What was asked of it for each number, and how to answer.
interface Placing {
  fields: Fields;
  answer: (status: number, body: Json) => void;
}

let exotel: HttpServer;
const placings = new Map<string, Placing[]>();
let server: Server;
let client: Api;
const agent = unique("caller");

beforeAll(async () => {
  exotel = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const answer = (status: number, json: Json) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(json));
      };
      if (request.method !== "POST") return answer(200, { Metadata: { Total: 0 }, Calls: [] });
      const fields = Object.fromEntries(new URLSearchParams(body)) as Fields;
      const number = fields["From"]!.slice(-10);
      placings.set(number, [...(placings.get(number) ?? []), { fields, answer }]);
    });
  });
  await new Promise<void>((resolve) => exotel.listen(0, "127.0.0.1", resolve));
  server = await Server.start({
    env: {
      ...unlimited,
      EXOTEL_BASE_URL: `http://127.0.0.1:${(exotel.address() as AddressInfo).port}`,
      EXOTEL_ACCOUNT_SID: "acme1",
      EXOTEL_API_KEY: "key-0123456789abcdef",
      EXOTEL_API_TOKEN: "token-0123456789abcdef",
      EXOTEL_VIRTUAL_NUMBER: exoPhone,
      EXOTEL_APP_ID: "926",
      EXOTEL_MAX_OPEN_CALLS: "0",
      EXOTEL_REQUESTS_PER_MINUTE: "100000",
      PUBLIC_URL: "https://voice.example.com",
    },
  });
  client = api(server);
  await client.must("POST", "/api/v1/agents", { config: { ...agentConfig(agent), first_message: "Hello {{name}}." }, publish: true });
});
afterAll(async () => {
  expect(errorsOf(server)).toEqual([]);
  for (const text of ["key-0123456789abcdef", "token-0123456789abcdef", exoPhone.slice(1)]) expect(server.stderr).not.toContain(text);
  await server.stop();
  exotel.closeAllConnections();
  await new Promise((resolve) => exotel.close(resolve));
});

type Step = "accepted" | "address" | "stream" | "answered" | "terminal";

function ordersOf<T>(things: T[]): T[][] {
  if (things.length < 2) return [things];
  return things.flatMap((first) => ordersOf(things.filter((other) => other !== first)).map((rest) => [first, ...rest]));
}

// As the public address says it, at the port where the server is.
const here = (url: string) => url.replace(/^wss:\/\/voice\.example\.com/, server.ws).replace("https://voice.example.com", "");

// One call, placed by the API; its carrier then tells of it step by step.
class Placed {
  readonly sid = callSid();
  readonly to = uniqueNumber();
  id = "";
  caller: ExotelCaller | undefined;
  private url = "";
  private placing!: Placing;

  async place(): Promise<void> {
    this.id = (await client.must("POST", "/api/v1/calls", { to: this.to, agent, variables: { name: "Asha" } })).id;
    this.placing = await eventually("it is placed", async () => placings.get(this.to.slice(-10))?.[0]);
  }

  get national(): string {
    return this.to.replace("+91", "0");
  }

  async tell(step: Step): Promise<void> {
    const { fields } = this.placing;
    const custom = fields["CustomField"]!;
    switch (step) {
      case "accepted":
        this.placing.answer(200, {
          Call: { Sid: this.sid, AccountSid: "acme1", From: this.national, To: null, PhoneNumberSid: exoPhone, Status: "in-progress", Direction: "outbound-api", DateCreated: "2026-11-21 15:40:00" },
        });
        return;
      case "address": {
        const asked = { CallSid: this.sid, CallFrom: this.national, CallTo: exoPhone, From: this.national, To: exoPhone, Direction: "outbound-dial", CustomField: custom };
        const answer = await ask(server, "/api/v1/telephony/exotel/endpoint", asked, "query");
        expect(answer.status, answer.text).toBe(200);
        this.url = here(answer.json.url);
        return;
      }
      case "stream":
        this.caller = await ExotelCaller.dial(this.url, { callId: this.sid, from: this.national, to: exoPhone });
        await this.caller.agentSpeaks();
        return;
      default: {
        const told = { CallSid: this.sid, EventType: step, Status: step === "answered" ? "in-progress" : "completed", CustomField: custom, ConversationDuration: "9" };
        const answer = await ask(server, here(fields["StatusCallback"]!), told, "multipart");
        expect([answer.status, answer.json], answer.text).toEqual([200, { success: true }]);
      }
    }
  }
}

const orders = ordersOf<Step>(["accepted", "address", "stream", "answered", "terminal"])
  // Without the address there is nothing to open a stream at.
  .filter((order) => order.indexOf("address") < order.indexOf("stream"));

describe.concurrent("a call that is placed", () => {
  test.each(orders.map((order) => [order.join(", "), order] as const))("%s", async (_title, order) => {
    const placed = new Placed();
    await placed.place();
    for (const step of order) await placed.tell(step);
    await placed.caller!.hangUp();
    const call = await theCall(client, placed.to, (one) => isOver(one) && one.streamId !== "" && one.carrierStatus === "completed");
    expect(call).toMatchObject({
      id: placed.id,
      carrierCallId: placed.sid,
      streamId: placed.caller!.streamId,
      direction: "outbound",
      agent,
      to: placed.to,
      variables: { name: "Asha" },
      status: "completed",
      endReason: "caller hung up",
      carrierSeconds: 9,
    });
    expect(call.turns[0].agentText).toBe("Hello Asha.");
    expect(placings.get(placed.to.slice(-10))).toHaveLength(1);
  });

  test("two to the same number at once stay apart, whichever is accepted first", async () => {
    const to = uniqueNumber();
    const ids = [];
    for (const name of ["Asha", "Ravi"]) ids.push((await client.must("POST", "/api/v1/calls", { to, agent, variables: { name } })).id);
    const asked = await eventually("both are placed", async () => {
      const all = placings.get(to.slice(-10)) ?? [];
      return all.length === 2 && all;
    });
    const sids = [callSid(), callSid()];
    // The one that was asked last is accepted first.
    for (const i of [1, 0]) asked[i]!.answer(200, { Call: { Sid: sids[i], Status: "queued" } });
    const words = ["busy", "no-answer"];
    for (const i of [0, 1]) {
      const { CustomField, StatusCallback } = asked[i]!.fields;
      const answer = await ask(server, here(StatusCallback!), { CallSid: sids[i]!, Status: words[i]!, EventType: "terminal", CustomField: CustomField! });
      expect(answer.status, answer.text).toBe(200);
    }
    const calls = await eventually("both are over", async () => {
      const found = await callsOf(client, to);
      return found.length === 2 && found.every(isOver) && found;
    });
    expect(calls.map((one: Json) => one.id).sort()).toEqual([...ids].sort());
    for (const i of [0, 1]) {
      const told = asked[i]!.fields["CustomField"]!;
      const call = calls.find((one: Json) => told.includes(one.id));
      expect(call).toMatchObject({ carrierCallId: sids[i], status: words[i]!.replace("-", "_"), carrierStatus: words[i] });
    }
  });

  test("a callback that comes while nobody has accepted the call yet ends it, and it is placed once", async () => {
    const placed = new Placed();
    await placed.place();
    await placed.tell("terminal");
    expect(await theCall(client, placed.to, isOver)).toMatchObject({ id: placed.id, status: "completed", endReason: "ended without a stream" });
    await placed.tell("accepted");
    expect(await theCall(client, placed.to, (call) => call.carrierCallId === placed.sid)).toMatchObject({ status: "completed" });
    expect(placings.get(placed.to.slice(-10))).toHaveLength(1);
  });
});
