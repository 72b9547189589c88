// The editor in the page's own colours, light and dark.
import { EditorView } from "@codemirror/view";

export function editorTheme(dark: boolean) {
  return EditorView.theme(
    {
      "&": {
        height: "60vh",
        border: "1px solid var(--mantine-color-default-border)",
        borderRadius: "var(--mantine-radius-md)",
        overflow: "hidden",
        backgroundColor: "var(--mantine-color-body)",
        color: "var(--mantine-color-text)",
      },
      "&.cm-focused": { outline: "2px solid var(--mantine-primary-color-filled)" },
      ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "13px" },
      ".cm-gutters": { backgroundColor: "var(--mantine-color-default-hover)", color: "var(--mantine-color-text)", border: "none" },
      ".cm-content": { caretColor: "var(--mantine-color-text)" },
      ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: dark ? "#ffffff0d" : "#0000000a" },
      ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": { backgroundColor: dark ? "#2aa5be55 !important" : "#a8dbe4 !important" },
    },
    { dark },
  );
}
