// What the pages of agents share.
import { registerTexts } from "@/i18n";
import texts from "./texts.en.json";

registerTexts("agent_parts", texts);

export * from "./queries";
export { download, exportAgent } from "./download";
export { DuplicateDialog } from "./duplicate_dialog";
export { VersionBadges } from "./version_badges";
