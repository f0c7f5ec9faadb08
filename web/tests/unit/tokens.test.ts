/* The design language keeps its word: every pair of text and ground has a contrast of at least 4.5:1 in both looks, and
 * 长辈版 shows nothing under 18 px, grows to 30 and has targets of 60. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../../src/style/tokens.css", import.meta.url), "utf8");
function block(selector: string): Record<string, string> {
  const at = css.indexOf(selector);
  const body = css.slice(css.indexOf("{", at) + 1, css.indexOf("}", at));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((match) => [match[1], match[2].trim()]));
}
function light(hex: string): number {
  const part = (from: number) => {
    const value = parseInt(hex.slice(from, from + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}
function contrast(a: string, b: string): number {
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}
const pairs: [string, string[]][] = [
  ["ink", ["paper", "surface", "sunken", "hover", "accent-soft", "bad-soft", "warn-soft", "good-soft"]], ["ink-2", ["paper", "surface", "sunken", "hover"]], ["ink-3", ["paper", "surface", "sunken"]],
  ["accent", ["paper", "surface", "hover"]], ["accent-strong", ["accent-soft", "surface"]], ["on-accent", ["accent"]],
  ["bad", ["surface", "paper", "bad-soft"]], ["warn", ["surface", "paper", "warn-soft"]], ["good", ["surface", "paper", "good-soft"]], ["surface", ["bad"]],
  ["ink", ["map-1", "map-2", "map-3"]], ["map-ink-high", ["map-4", "map-5"]],
];
const looks = { light: block(":root {"), dark: { ...block(":root {"), ...block(':root[data-theme="dark"]') } };

describe.each(Object.entries(looks))("contrast, %s", (_name, look) => {
  it.each(pairs.flatMap(([ink, grounds]) => grounds.map((ground) => [ink, ground])))("%s on %s", (ink, ground) => {
    expect(contrast(look[ink], look[ground])).toBeGreaterThanOrEqual(4.5);
  });
});
describe("长辈版", () => {
  const first = block(':root[data-elder]');
  it("has targets of 60 px", () => expect(first.target).toBe("60px"));
  it.each([first, block(':root[data-large="2"]'), block(':root[data-large="3"]')])("shows nothing under 18 px", (step) => {
    for (const [name, value] of Object.entries(step).filter(([name]) => name.startsWith("text-")))
      expect(parseFloat(value), name).toBeGreaterThanOrEqual(18);
  });
  it("grows to 30 px", () => expect(parseFloat(block(':root[data-large="3"]')["text-m"])).toBe(30));
});
