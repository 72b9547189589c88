// A number, and its account at the carrier when that is new, too: two requests, of which the first is not repeated when
// only the second one failed.
import { api, body, type Schemas } from "@/api/client";
import type { OnceKey } from "@/components/forms";
import { accountInput, type AccountValues } from "@/components/telephony";

export interface NumberValues {
  provider: "exotel" | "twilio";
  phoneNumber: string;
  displayName: string;
  accountFrom: "server" | "saved" | "new";
  accountId: string | null;
  linkedAgentId: string | null;
  answerWith: "stream" | "record" | null;
  afterRecording: "summary" | "call_back" | null;
}

export function numberInput(values: NumberValues, accountId: string | null): Schemas["PhoneNumberInput"] {
  return {
    phoneNumber: values.phoneNumber.replace(/[\s().-]/g, ""),
    ...(values.displayName.trim() ? { displayName: values.displayName.trim() } : {}),
    provider: values.provider,
    status: "active",
    telephonyConfigurationId: accountId,
    linkedAgentId: values.linkedAgentId,
    answerWith: values.answerWith,
    afterRecording: values.answerWith === "record" ? values.afterRecording : null,
  };
}

type Account = Schemas["TelephonyConfiguration"];

async function makeAccount(input: Schemas["TelephonyConfigurationInput"], key: string): Promise<Account> {
  return api
    .POST("/api/v1/telephony-configurations", { params: { header: { "Idempotency-Key": key } }, body: input })
    .then(body);
}

interface Attempt {
  // The account that an earlier attempt made.
  made: Account | null;
  // Told of a new one before the number is tried.
  onAccount: (account: Account) => void;
  accountKey: OnceKey;
  numberKey: OnceKey;
}

export async function importNumber(
  values: NumberValues,
  account: AccountValues,
  { made, onAccount, accountKey, numberKey }: Attempt,
): Promise<Schemas["PhoneNumber"]> {
  let accountId = values.accountFrom === "saved" ? values.accountId : null;
  if (values.accountFrom === "new") {
    const input = accountInput({ ...account, provider: values.provider });
    const used = made ?? (await makeAccount(input, accountKey.of(input)));
    if (!made) onAccount(used);
    accountId = used.id;
  }
  const input = numberInput(values, accountId);
  return api
    .POST("/api/v1/phone-numbers", { params: { header: { "Idempotency-Key": numberKey.of(input) } }, body: input })
    .then(body);
}
