// A table that is wider than a phone scrolls in its own frame, by keys, too.
import { Paper, Table } from "@mantine/core";
import type { ReactNode } from "react";

interface ScrollTableProps {
  label: string;
  minWidth: number;
  children: ReactNode;
}

export function ScrollTable({ label, minWidth, children }: ScrollTableProps) {
  return (
    <Paper withBorder style={{ overflow: "hidden" }}>
      <div style={{ overflowX: "auto" }} role="region" aria-label={label} tabIndex={0}>
        <Table miw={minWidth} verticalSpacing="sm" horizontalSpacing="md" highlightOnHover aria-label={label}>
          {children}
        </Table>
      </div>
    </Paper>
  );
}
