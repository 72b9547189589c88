// A carrier's account as it is typed, and as the API takes it.
import type { Schemas } from "@/api/client";

export interface AccountValues {
  provider: "exotel" | "twilio";
  name: string;
  apiKey: string;
  apiToken: string;
  sid: string;
  appId: string;
  domain: string;
  region: string;
  subdomain: string;
}

type Account = Schemas["TelephonyConfiguration"];
type Region = Schemas["Region"];

export function accountValues(account?: Account): AccountValues {
  return {
    provider: account?.provider === "twilio" ? "twilio" : "exotel",
    name: account?.name ?? "",
    apiKey: "",
    apiToken: "",
    sid: account?.sid ?? "",
    appId: account?.appId ?? "",
    domain: account?.domain ?? "",
    region: account?.region ?? "",
    subdomain: account?.subdomain ?? "",
  };
}

// What was left empty is not sent: the API takes neither empty keys nor an empty region.
export function accountInput(values: AccountValues): Schemas["TelephonyConfigurationInput"] {
  const exotel = values.provider === "exotel";
  return {
    name: values.name.trim(),
    provider: values.provider,
    sid: values.sid.trim(),
    apiToken: values.apiToken.trim(),
    ...(values.apiKey.trim() ? { apiKey: values.apiKey.trim() } : {}),
    ...(exotel && values.appId.trim() ? { appId: values.appId.trim() } : {}),
    ...(exotel && values.domain.trim() ? { domain: values.domain.trim() } : {}),
    ...(exotel && values.region ? { region: values.region as Region } : {}),
    ...(exotel && values.subdomain.trim() ? { subdomain: values.subdomain.trim() } : {}),
  };
}

// Only what differs; credentials that were not typed stay.
export function accountPatch(values: AccountValues, was: Account): Schemas["TelephonyConfigurationPatch"] {
  const patch: Schemas["TelephonyConfigurationPatch"] = {};
  for (const name of ["name", "sid", "appId", "domain", "subdomain"] as const) {
    const value = values[name].trim();
    if (value !== was[name]) patch[name] = value;
  }
  if (values.region && values.region !== was.region) patch.region = values.region as Region;
  if (values.apiKey.trim()) patch.apiKey = values.apiKey.trim();
  if (values.apiToken.trim()) patch.apiToken = values.apiToken.trim();
  return patch;
}

export function accountComplete(values: AccountValues, saved: boolean): boolean {
  const credentials = saved || (values.apiToken.trim() !== "" && (values.provider === "twilio" || values.apiKey.trim() !== ""));
  return values.name.trim() !== "" && values.sid.trim() !== "" && credentials;
}
