// Keys that steer the sound, wherever they do not mean something else.
interface Steered {
  toggle: () => void;
  jump: (byMs: number) => void;
}

const stepMs = 5000;

// Whoever types, chooses or presses a button means that.
function hasOwnKeys(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("input, textarea, select, [contenteditable=true], [role=tab], [role=radio], [role=dialog], [role=menu]")) return true;
  return key === " " && target.closest("button, a, summary, [role=button]") !== null;
}

export function playerKey(event: KeyboardEvent, player: Steered) {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || hasOwnKeys(event.target, event.key)) return;
  if (event.key === " ") player.toggle();
  else if (event.key === "ArrowLeft") player.jump(-stepMs);
  else if (event.key === "ArrowRight") player.jump(stepMs);
  else return;
  event.preventDefault();
}
