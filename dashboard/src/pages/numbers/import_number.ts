// A number, and its account at the carrier when that is new, too: two requests, of which the first is not repeated when
// only the second one failed.
import { api, body, type Schemas } from "@/api/client";
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

interface Attempt {
  // The account that an earlier attempt made.
  made: Schemas["TelephonyConfiguration"] | null;
  // Told of a new one before the number is tried.
  onAccount: (account: Schemas["TelephonyConfiguration"]) => void;
  accountKey: (content: unknown) => string;
  numberKey: (content: unknown) => string;
}

export async function importNumber(
  values: NumberValues,
  account: AccountValues,
  { made, onAccount, accountKey, numberKey }: Attempt,
): Promise<Schemas["PhoneNumber"]> {
  let accountId = values.accountFrom === "saved" ? values.accountId : null;
  if (values.accountFrom === "new") {
    let used = made;
    if (!used) {
      const input = accountInput({ ...account, provider: values.provider });
      used = await api
        .POST("/api/v1/telephony-configurations", {
          params: { header: { "Idempotency-Key": accountKey(input) } },
          body: input,
        })
        .then(body);
      onAccount(used);
    }
    accountId = used.id;
  }
  const input = numberInput(values, accountId);
  return api
    .POST("/api/v1/phone-numbers", { params: { header: { "Idempotency-Key": numberKey(input) } }, body: input })
    .then(body);
}
