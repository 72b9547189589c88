// Where a login may lead: a page of this dashboard. An address that leads anywhere else, however it is disguised, is "/".
export function safePath(to: string | undefined, origin: string): string {
  if (!to?.startsWith("/")) return "/";
  let address: URL;
  try {
    address = new URL(to, origin);
  } catch {
    return "/";
  }
  const path = address.pathname + address.search + address.hash;
  if (address.origin !== origin || path.startsWith("//") || address.pathname === "/login") return "/";
  return path;
}
