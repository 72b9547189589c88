// CodeMirror for one YAML text. `fault`: the line that is wrong, and why; shown at that line.
import { yaml } from "@codemirror/lang-yaml";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { basicSetup, EditorView } from "codemirror";
import { useEffect, useRef } from "react";
import { editorTheme } from "./editor_theme";

interface YamlAreaProps {
  label: string;
  initial: string;
  readOnly: boolean;
  fault: { line: number; message: string } | null;
  onChange: (text: string) => void;
}

export function YamlArea({ label, initial, readOnly, fault, onChange }: YamlAreaProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(onChange);
  const text = useRef(initial);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    const editor = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: text.current,
        extensions: [
          basicSetup,
          yaml(),
          lintGutter(),
          editorTheme,
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            text.current = update.state.doc.toString();
            latest.current(text.current);
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label, readOnly]);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const line = fault && fault.line >= 1 && fault.line <= editor.state.doc.lines ? editor.state.doc.line(fault.line) : null;
    editor.dispatch(
      setDiagnostics(editor.state, line && fault ? [{ from: line.from, to: line.to, severity: "error", message: fault.message }] : []),
    );
    if (line) editor.dispatch({ effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
  }, [fault]);
  return <div ref={place} />;
}
