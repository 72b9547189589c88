import { afterEach, expect, test, vi } from "vitest";
import { api } from "@/api/client";
import { Problem } from "@/api/problem";
import { makeOnceKey } from "@/components/forms";
import { accountValues } from "@/components/telephony";
import { importNumber, numberInput, type NumberValues } from "./import_number";

const values: NumberValues = {
  provider: "exotel", phoneNumber: "+91 80-4567 8900", displayName: " ", accountFrom: "new", accountId: null,
  linkedAgentId: null, answerWith: "stream", afterRecording: "call_back",
};

afterEach(() => vi.restoreAllMocks());

test("a number is sent without what people write between its digits", () => {
  expect(numberInput(values, null)).toMatchObject({ phoneNumber: "+918045678900", afterRecording: null });
  expect(numberInput(values, null)).not.toHaveProperty("displayName");
  expect(numberInput({ ...values, answerWith: "record" }, "a1")).toMatchObject({ afterRecording: "call_back", telephonyConfigurationId: "a1" });
});

test("an account that was made is used again when only the number was refused", async () => {
  const paths: string[] = [];
  let refuse = true;
  vi.spyOn(api, "POST").mockImplementation((async (path: string) => {
    paths.push(path);
    if (path.endsWith("telephony-configurations")) return { data: { id: "a1", name: "Main" } };
    if (refuse) throw new Problem(400, "validation-failed", "no");
    return { data: { id: "n1" } };
  }) as never);
  let made = null as { id: string } | null;
  const attempt = () => 
    importNumber(values, accountValues(), {
      made: made as never,
      onAccount: (account) => (made = account),
      accountKey: makeOnceKey(),
      numberKey: makeOnceKey(),
    });
  await expect(attempt()).rejects.toThrow("no");
  refuse = false;
  expect((await attempt()).id).toBe("n1");
  expect(paths.filter((path) => path.endsWith("telephony-configurations"))).toHaveLength(1);
});
