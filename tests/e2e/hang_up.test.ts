// Every way in which a call ends.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExotelCaller } from "./support/exotel.js";
import { Server, e2eAgents } from "./support/server.js";

describe.concurrent("the caller's side ends the call", () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start({ agent: "bench" });
  });
  afterAll(() => server.stop());

  const greeted = async () => {
    const caller = await ExotelCaller.dial(`${server.ws}/media`);
    await caller.agentSpeaks();
    return caller;
  };

  test("stop, then the socket closes", async () => {
    const caller = await greeted();
    await caller.hangUp();
    const call = await server.callOfStream(caller.streamId);
    expect(call).toMatchObject({ status: "completed", endReason: "caller hung up" });
  });

  test("stop without a close: the server closes", async () => {
    const caller = await greeted();
    caller.stopMedia();
    caller.sendStop();
    expect((await caller.closed()).code).toBe(1000);
    expect((await server.callOfStream(caller.streamId)).status).toBe("completed");
  });

  test("a stop without a reason", async () => {
    const caller = await greeted();
    caller.sendJson({ event: "stop", stream_sid: caller.streamId });
    await caller.closed();
    expect((await server.callOfStream(caller.streamId)).status).toBe("completed");
  });

  test("a close without a stop", async () => {
    const caller = await greeted();
    caller.closeSocket(1001);
    expect((await server.callOfStream(caller.streamId)).status).toBe("completed");
  });

  test("the connection drops", async () => {
    const caller = await greeted();
    caller.drop();
    const call = await server.callOfStream(caller.streamId);
    expect(["completed", "failed"]).toContain(call.status);
    expect(call.endReason).not.toBe("");
    expect(call.recording?.complete).toBe(true);
  });

  test("the connection drops before start: nothing is logged, nothing is left over", async () => {
    const caller = new ExotelCaller(`${server.ws}/media`);
    await caller.open();
    caller.sendConnected();
    caller.drop();
    const after = await greeted();
    await after.hangUp();
    await server.callOfStream(after.streamId);
    expect((await server.calls()).some((call) => call.streamId === caller.streamId)).toBe(false);
  });
});

describe.concurrent("the agent's side ends the call", () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start({ agent: join(e2eAgents, "keypad.yaml") });
  });
  afterAll(() => server.stop());

  test("the goodbye is heard to its end before the socket closes", async () => {
    const caller = await ExotelCaller.dial(`${server.ws}/media`);
    await caller.agentFinished();
    const before = caller.received.length;
    caller.dtmf("9");
    await caller.agentSpeaks(before);
    const closed = await caller.closed(20_000);
    expect(closed.code).toBe(1000);
    // All that was received had been played when the socket closed.
    expect(caller.agentIsAudible).toBe(false);
    expect(caller.protocolErrors).toEqual([]);
    const call = await server.callOfStream(caller.streamId);
    expect(call).toMatchObject({ status: "completed", endReason: "agent hung up" });
    expect(call.turns.at(-1)).toMatchObject({ inputKind: "dtmf", agentHeard: call.turns.at(-1)!.agentText });
  });

  test("a caller who never echoes marks is let go too", async () => {
    const caller = await ExotelCaller.dial(`${server.ws}/media`, { echoMarks: false });
    await caller.agentFinished();
    caller.dtmf("9");
    expect((await caller.closed(20_000)).code).toBe(1000);
    expect((await server.callOfStream(caller.streamId)).endReason).toBe("agent hung up");
  });

  test("a call that is too long is ended", async () => {
    const short = await Server.start({ agent: join(e2eAgents, "short.yaml") });
    try {
      const caller = await ExotelCaller.dial(`${short.ws}/media`);
      expect((await caller.closed(20_000)).code).toBe(1000);
      expect((await short.callOfStream(caller.streamId)).endReason).toMatch(/max(imum)? duration/);
    } finally {
      await short.stop();
    }
  });
});
