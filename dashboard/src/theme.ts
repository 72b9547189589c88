import { createTheme, type MantineColorsTuple } from "@mantine/core";

// Chosen so that white text on shade 8 and shade 8 on white both have a contrast of 4.5 and more.
const teal: MantineColorsTuple = [
  "#e6f8fb",
  "#d3edf2",
  "#a8dbe4",
  "#79c8d6",
  "#53b7ca",
  "#3bacc3",
  "#2aa5be",
  "#1a90a8",
  "#0b7285",
  "#065e6f",
];

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 8, dark: 8 },
  colors: { teal },
  autoContrast: true,
  defaultRadius: "md",
  fontFamily: "Inter, ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.15rem" }, h3: { fontSize: "1rem" } } },
  cursorType: "pointer",
  components: {
    // Not by colour alone.
    Anchor: { defaultProps: { underline: "always" } },
    // Hints are there to be read; what went wrong says `alert` itself and is read out at once.
    Alert: { defaultProps: { role: "note" } },
  },
});
