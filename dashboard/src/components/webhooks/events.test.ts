import { expect, test } from "vitest";
import { eventGroups, toggled } from "./events";
import texts from "./texts.en.json";

test("all events are one choice that replaces the others", () => {
  expect(toggled(["call.ended"], "*")).toEqual(["*"]);
  expect(toggled(["*"], "*")).toEqual([]);
  expect(toggled(["*"], "call.ended")).toEqual(["call.ended"]);
  expect(toggled(["call.ended", "escalation"], "call.ended")).toEqual(["escalation"]);
});

test("every event is explained", () => {
  for (const group of eventGroups) {
    expect(texts.groups).toHaveProperty(group.name);
    for (const event of group.events) expect(texts.events).toHaveProperty(event.replace(".", "_"));
  }
});
