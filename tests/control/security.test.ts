// What an attacker, or two people at once, would try.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, acceptInvite, api, becomeOwner } from "./support/api.js";
import { Server } from "./support/server.js";

const rounds = Array.from({ length: 30 }, (_, round) => round);

// Two changes of different parts at once, again and again: both must be there afterwards.
async function bothStay(client: Api, path: string, one: (round: number) => Json, other: (round: number) => Json) {
  for (const round of rounds) {
    const changes = [one(round), other(round)];
    const answers = await Promise.all(changes.map((change) => client.patch(path, change)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(await client.must("GET", path)).toMatchObject(Object.assign({}, ...changes));
  }
}

describe("two writers at once without If-Match", () => {
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start({ settings: { api: { requests_per_second: 100000 } } });
    client = api(server);
  });
  afterAll(() => server.stop());

  test("a number keeps what both changed", async () => {
    const { id } = await client.must("POST", "/api/v1/phone-numbers", { phoneNumber: "+919876543210" });
    await bothStay(
      client,
      `/api/v1/phone-numbers/${id}`,
      (round) => ({ displayName: `name ${round}` }),
      (round) => ({ status: round % 2 === 0 ? "inactive" : "active" }),
    );
  });

  test("an account keeps what both changed", async () => {
    const account = { name: "a", provider: "exotel", apiKey: "k", apiToken: "t", sid: "s" };
    const { id } = await client.must("POST", "/api/v1/telephony-configurations", account);
    await bothStay(
      client,
      `/api/v1/telephony-configurations/${id}`,
      (round) => ({ name: `name ${round}` }),
      (round) => ({ appId: `${round}` }),
    );
  });

  test("a webhook keeps what both changed", async () => {
    const input = { url: "https://example.com/hook", events: ["call.ended"] };
    const { id } = await client.must("POST", "/api/v1/webhooks", input);
    await bothStay(
      client,
      `/api/v1/webhooks/${id}`,
      (round) => ({ description: `text ${round}` }),
      (round) => ({ enabled: round % 2 === 1 }),
    );
  });

  test("a user keeps what both changed", async () => {
    const invited = await client.must("POST", "/api/v1/users", { email: "o@example.com", role: "owner" });
    const owner = await acceptInvite(server, invited.inviteUrl);
    const { user } = await owner.must("POST", "/api/v1/users", { email: "v@example.com", role: "viewer" });
    await bothStay(
      owner,
      `/api/v1/users/${user.id}`,
      (round) => ({ name: `name ${round}` }),
      (round) => ({ role: round % 2 === 0 ? "editor" : "viewer" }),
    );
  });
});
