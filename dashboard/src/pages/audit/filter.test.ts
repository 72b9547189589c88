import { expect, test } from "vitest";
import { filtered, readable } from "./filter";

const entry = (id: string, actor: string, action: string, target: string) => ({ id, actor, action, target, at: "", address: "127.0.0.1", detail: { version: 3 } });
const log = [entry("1", "local", "publishAgent", "agent front-desk"), entry("2", "user:7", "deletePhoneNumber", "phone number 4")];
const ids = (words?: string, actor?: string) => filtered(log, words, actor).map((each) => each.id);

test("an action is found as it is read and as it is written", () => {
  expect(readable("publishAgent")).toBe("publish agent");
  expect(ids("publish agent")).toEqual(["1"]);
  expect(ids("deletephone")).toEqual(["2"]);
});

test("all words must be there, and the actor must be the one", () => {
  expect(ids("agent version")).toEqual(["1"]);
  expect(ids("agent number")).toEqual([]);
  expect(ids("", "user:7")).toEqual(["2"]);
  expect(ids()).toEqual(["1", "2"]);
});
