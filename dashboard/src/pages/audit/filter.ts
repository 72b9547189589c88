// The API gives the log in pages and filters nothing: what is loaded is filtered here.
export interface Entry {
  id: string;
  at: string;
  actor: string;
  action: string;
  target: string;
  address: string;
  detail: Record<string, never> | Record<string, unknown>;
}

export function filtered(entries: readonly Entry[], words: string | undefined, actor: string | undefined): Entry[] {
  const wanted = (words ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => {
    if (actor && entry.actor !== actor) return false;
    const text = `${entry.action} ${readable(entry.action)} ${entry.target} ${entry.address} ${JSON.stringify(entry.detail)}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

// "publishAgent" -> "publish agent"
export function readable(action: string): string {
  return action.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
}
