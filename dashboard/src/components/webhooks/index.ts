import { registerTexts } from "@/i18n";
import texts from "./texts.en.json";

registerTexts("hooks", texts);

export { webhookQuery, webhooksQuery } from "./queries";
export { emptyWebhook, WebhookFields, type WebhookValues } from "./webhook_fields";
export type { EventName } from "./events";
