import { registerTexts } from "@/i18n";
import texts from "./texts.en.json";

registerTexts("carrier", texts);

export * from "./account";
export { AccountFields } from "./account_fields";
export { AgentSelect } from "./agent_select";
export { AnswerFields } from "./answer_fields";
export { accountsQuery, agentsQuery, numbersQuery, systemQuery } from "./queries";
