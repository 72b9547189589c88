// One configuration behind all tabs: its text, what it says, what is wrong with it, and the way to change it.
import { createContext, useContext } from "react";
import type { Agent, Choices } from "@/components/agents";
import type { Parsed } from "./document/document";
import type { Path } from "./document/path";
import type { Problem } from "./document/problems";
import type { Schema } from "./document/schema";

export interface EditorState {
  agent: Agent;
  text: string;
  parsed: Parsed;
  schema: Schema;
  // The schema's order of sections, for new ones.
  order: readonly string[];
  problems: readonly Problem[];
  warnings: readonly string[];
  choices: Choices | undefined;
  readOnly: boolean;
  // undefined takes the value out.
  set: (path: Path, value: unknown) => void;
  change: (edit: (text: string) => string) => void;
}

export const EditorContext = createContext<EditorState | null>(null);

export function useEditor(): EditorState {
  const editor = useContext(EditorContext);
  if (!editor) throw new Error("EditorContext");
  return editor;
}
