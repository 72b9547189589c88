export { Transcript } from "./transcript";
export { useLiveConversation } from "./use_live_conversation";
export type { LiveConversation } from "./live_conversation";
export { responseMs } from "./model";
export type { LiveTurn, Slot, TranscriptItem, TranscriptLine, TranscriptNote, TurnLatencies } from "./model";
