// multipart/form-data, as the SDKs and curl write it.
import type { FormPart } from "./types.js";

export function parseMultipart(body: Buffer, contentType: string): FormPart[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return [];
  const parts: FormPart[] = [];
  const mark = Buffer.from(`--${boundary}`);
  let at = body.indexOf(mark);
  while (at >= 0) {
    const from = at + mark.length + 2; // the line's end, or "--" of the last
    const next = body.indexOf(mark, from);
    if (next < 0) break;
    const headEnd = body.indexOf("\r\n\r\n", from);
    if (headEnd >= 0 && headEnd < next) {
      const head = body.toString("utf8", from, headEnd);
      const name = /;\s*name="([^"]*)"/i.exec(head)?.[1] ?? "";
      const filename = /;\s*filename="([^"]*)"/i.exec(head)?.[1];
      const type = /^content-type:\s*(\S+)/im.exec(head)?.[1];
      parts.push({
        name,
        ...(filename !== undefined ? { filename } : {}),
        ...(type !== undefined ? { type } : {}),
        data: body.subarray(headEnd + 4, next - 2),
      });
    }
    at = next;
  }
  return parts;
}
