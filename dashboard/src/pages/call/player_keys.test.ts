import { beforeEach, expect, test, vi } from "vitest";
import { playerKey } from "./player_keys";

const player = { toggle: vi.fn(), jump: vi.fn() };
beforeEach(() => vi.clearAllMocks());

function press(html: string, selector: string, key: string, more: KeyboardEventInit = {}): boolean {
  document.body.innerHTML = html;
  const listener = (event: KeyboardEvent) => playerKey(event, player);
  document.addEventListener("keydown", listener);
  const went = document.querySelector(selector)!.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }),
  );
  document.removeEventListener("keydown", listener);
  return !went;
}

test("space begins and stops, arrows go to and fro", () => {
  expect(press("<p>text</p>", "p", " ")).toBe(true);
  expect(player.toggle).toHaveBeenCalledOnce();
  press("<p>text</p>", "p", "ArrowRight");
  press("<p>text</p>", "p", "ArrowLeft");
  expect(player.jump.mock.calls).toEqual([[5000], [-5000]]);
});

test("whoever types, presses a button or changes a tab is left alone", () => {
  expect(press("<input />", "input", " ")).toBe(false);
  expect(press("<button><b>x</b></button>", "b", " ")).toBe(false);
  expect(press('<div role="tab">x</div>', "div", "ArrowRight")).toBe(false);
  expect(press("<p>x</p>", "p", "ArrowRight", { altKey: true })).toBe(false);
  expect(press("<p>x</p>", "p", "a")).toBe(false);
  expect(player.toggle).not.toHaveBeenCalled();
  expect(player.jump).not.toHaveBeenCalled();
});

test("arrows on a button that has no use for them steer", () => {
  expect(press("<button>x</button>", "button", "ArrowRight")).toBe(true);
});
