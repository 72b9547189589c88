// CodeMirror on the text: colours, completion and hints by the schema, and what is wrong at its line.
import { autocompletion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { Annotation, Compartment, EditorState } from "@codemirror/state";
import { EditorView, hoverTooltip } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { isRecord, valueAt } from "../document/path";
import type { EditorState as Editing } from "../editor_context";
import { cursorAt, hintAt, optionsAt } from "./completion";
import { knownValues } from "./known_values";

// Shades that can be read on both grounds.
const colors = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "light-dark(#0b6475, #6fd0e0)" },
  { tag: tags.string, color: "light-dark(#7a3e00, #e8b27d)" },
  { tag: tags.comment, color: "light-dark(#5c6670, #9aa4ae)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.atom, tags.bool, tags.number], color: "light-dark(#7a2a8c, #d9a3e8)" },
]);

const look = EditorView.theme({
  "&": { fontSize: "13px", height: "min(70vh, 720px)", backgroundColor: "var(--mantine-color-body)", color: "var(--mantine-color-text)" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--mantine-color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutters": { backgroundColor: "var(--mantine-color-body)", color: "var(--mantine-color-dimmed)", borderRight: "1px solid var(--mantine-color-default-border)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "light-dark(#0b72850f, #79c8d614)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "light-dark(#b6e1ea, #14525f) !important" },
  ".cm-tooltip": { backgroundColor: "var(--mantine-color-body)", color: "var(--mantine-color-text)", border: "1px solid var(--mantine-color-default-border)", borderRadius: "6px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--mantine-primary-color-filled)", color: "#fff" },
  ".cm-tooltip.cm-completionInfo, .cm-hint": { padding: "6px 10px", maxWidth: "360px" },
  ".cm-panels": { backgroundColor: "var(--mantine-color-body)", color: "var(--mantine-color-text)" },
});

const fromOutside = Annotation.define<boolean>();

export default function YamlEditor({ editor, line }: { editor: Editing; line?: number }) {
  const { t } = useTranslation("agent");
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const editable = useRef(new Compartment());
  // What the extensions need of the newest rendering.
  const now = useRef(editor);
  useEffect(() => {
    now.current = editor;
  });
  // What was typed here and has not come back yet: an older one of them must not undo a newer one.
  const sent = useRef<string[]>([]);
  const label = t("yaml.label");

  useEffect(() => {
    const complete = (context: CompletionContext): CompletionResult | null => {
      const { schema, parsed, choices } = now.current;
      const text = context.state.doc.toString();
      const cursor = cursorAt(text, context.pos);
      if (!cursor || (!context.explicit && cursor.what === "key" && cursor.from === context.pos)) return null;
      const holder = valueAt(parsed.data, cursor.path);
      const present = cursor.what === "key" && isRecord(holder) ? Object.keys(holder) : [];
      const options = optionsAt(schema, cursor, present, (path) => knownValues(path, parsed.data, choices));
      return options.length > 0 ? { from: cursor.from, options, validFor: /^[\w.:/-]*$/ } : null;
    };
    const hint = hoverTooltip((shown, position) => {
      const found = hintAt(now.current.schema, shown.state.doc.toString(), position);
      if (!found) return null;
      return {
        pos: found.from,
        end: found.to,
        create: () => {
          const dom = document.createElement("div");
          dom.className = "cm-hint";
          const { description = "", default: usual } = found.schema;
          dom.textContent = usual === undefined || usual === "" ? description : `${description} (${String(usual)})`;
          return { dom };
        },
      };
    });
    const made = new EditorView({
      parent: host.current as HTMLElement,
      state: EditorState.create({
        doc: now.current.text,
        extensions: [
          basicSetup,
          yaml(),
          indentUnit.of("  "),
          syntaxHighlighting(colors),
          look,
          autocompletion({ override: [complete] }),
          hint,
          lintGutter(),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          editable.current.of([]),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            const text = update.state.doc.toString();
            if (update.transactions.some((transaction) => transaction.annotation(fromOutside))) return;
            sent.current.push(text);
            now.current.change(() => text);
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, [label]);

  const { text, readOnly, problems } = editor;
  useEffect(() => {
    view.current?.dispatch({ effects: editable.current.reconfigure([EditorState.readOnly.of(readOnly)]) });
  }, [readOnly]);

  // A text that came from elsewhere: loaded anew, taken back.
  useEffect(() => {
    const shown = view.current;
    const known = sent.current.lastIndexOf(text);
    if (known >= 0) {
      sent.current.splice(0, known + 1);
      return;
    }
    sent.current = [];
    if (shown && shown.state.doc.toString() !== text)
      shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: text }, annotations: fromOutside.of(true) });
  }, [text]);

  useEffect(() => {
    const shown = view.current;
    if (!shown) return;
    const { doc } = shown.state;
    const marks: Diagnostic[] = problems.map((problem) => {
      const at = doc.line(Math.min(Math.max(problem.line, 1), doc.lines));
      const from = at.from + (/^\s*(- +)?/.exec(at.text)?.[0].length ?? 0);
      return { from, to: Math.max(from, at.to), severity: "error", message: problem.detail };
    });
    shown.dispatch(setDiagnostics(shown.state, marks));
  }, [problems]);

  useEffect(() => {
    const shown = view.current;
    if (!shown || !line) return;
    const at = shown.state.doc.line(Math.min(Math.max(line, 1), shown.state.doc.lines));
    shown.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: "center" }) });
    shown.focus();
  }, [line]);

  return <div ref={host} style={{ border: "1px solid var(--mantine-color-default-border)", borderRadius: "var(--mantine-radius-md)", overflow: "hidden" }} />;
}
