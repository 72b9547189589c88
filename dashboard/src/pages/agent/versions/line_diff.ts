// What differs between two texts, line by line.
export interface DiffLine {
  kind: "same" | "added" | "removed";
  // From 1, on the side that has the line.
  before?: number;
  after?: number;
  text: string;
}

// Beyond this many comparisons the differing middle is shown as replaced at once.
const kWork = 4_000_000;

function middle(a: string[], b: string[]): Array<["same" | "added" | "removed", string]> {
  const removed = a.map((text) => ["removed", text] as ["removed", string]);
  const added = b.map((text) => ["added", text] as ["added", string]);
  if (a.length * b.length > kWork || a.length === 0 || b.length === 0) return [...removed, ...added];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; --i)
    for (let j = b.length - 1; j >= 0; --j)
      common[i * width + j] =
        a[i] === b[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  const result: Array<["same" | "added" | "removed", string]> = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      result.push(["same", a[i] ?? ""]);
      ++i;
      ++j;
    } else if (j >= b.length || (i < a.length && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))) {
      result.push(["removed", a[i++] ?? ""]);
    } else {
      result.push(["added", b[j++] ?? ""]);
    }
  }
  return result;
}

export function lineDiff(before: string, after: string): DiffLine[] {
  const a = before.replace(/\n$/, "").split("\n");
  const b = after.replace(/\n$/, "").split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) ++head;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) ++tail;
  const parts: Array<["same" | "added" | "removed", string]> = [
    ...a.slice(0, head).map((text) => ["same", text] as ["same", string]),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map((text) => ["same", text] as ["same", string]),
  ];
  let left = 0;
  let right = 0;
  return parts.map(([kind, text]) => ({
    kind,
    text,
    before: kind === "added" ? undefined : ++left,
    after: kind === "removed" ? undefined : ++right,
  }));
}

// Runs of lines around the differences; what lies between two of them is left out.
export function hunks(lines: readonly DiffLine[], around = 3): DiffLine[][] {
  const result: DiffLine[][] = [];
  let last = -1;
  lines.forEach((line, i) => {
    if (line.kind === "same") return;
    const from = Math.max(0, i - around, last + 1);
    const to = Math.min(lines.length - 1, i + around);
    const open = result.at(-1);
    if (open && i - around <= last + 1) open.push(...lines.slice(last + 1, to + 1));
    else result.push(lines.slice(from, to + 1));
    last = Math.max(last, to);
  });
  return result;
}
