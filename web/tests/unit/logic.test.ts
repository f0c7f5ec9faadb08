import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("window", {});
vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));

const { asked, fromQuery, same } = await import("../../src/lib/filter");
const { controlOf, toBody } = await import("../../src/lib/form");
const { fitInto } = await import("../../src/lib/image");
const { fromLocalInput, nearness, spanParts, timeText, toLocalInput } = await import("../../src/lib/time");
const { bodyOf, emptyDraft } = await import("../../src/lib/report");
const { query } = await import("../../src/lib/api");
const { pseudo } = await import("../../src/lib/i18n");
const { entryFor } = await import("../../entries");
const { qrModules } = await import("../../src/lib/qr");

describe("times", () => {
  it("are shown at +08:00 whatever the machine's zone", () => {
    const year = new Date().getUTCFullYear();
    expect(timeText(`${year}-06-30T23:30:00Z`)).toBe("07-01 07:30");
    expect(timeText("2001-06-30T23:30:00Z")).toBe("2001-07-01 07:30");
    expect(timeText("nonsense")).toBe("");
  });
  it("go to an input and back", () => {
    const ms = Date.parse("2026-11-23T18:00:00+08:00");
    expect(toLocalInput(ms)).toBe("2026-11-23T18:00");
    expect(Date.parse(fromLocalInput(toLocalInput(ms))!)).toBe(ms);
  });
  it("are late, soon or fine", () => {
    const now = Date.parse("2026-11-23T10:00:00Z"), hour = 3600_000;
    const at = (ms: number) => new Date(now + ms).toISOString();
    expect(nearness(at(-1), at(-hour), now)).toBe("late");
    expect(nearness(at(hour), at(-47 * hour), now)).toBe("soon");
    expect(nearness(at(40 * 60_000), at(-20 * 60_000), now)).toBe("fine");
    expect(nearness(at(20 * hour), at(-28 * hour), now)).toBe("fine");
  });
  it("speak spans in two units at most", () => {
    expect(spanParts(59_000)).toEqual({ key: "moment", n: 0, m: 0 });
    expect(spanParts(-3 * 3600_000 - 5 * 60_000)).toEqual({ key: "hours", n: 3, m: 5 });
    expect(spanParts(50 * 3600_000)).toEqual({ key: "days", n: 2, m: 2 });
  });
});

describe("filters", () => {
  it("keep only known names and compare without order", () => {
    expect(fromQuery({ q: "墙", x: "1", kind: "" })).toEqual({ q: "墙" });
    expect(same({ a: "1", b: "2" }, { b: "2", a: "1", c: undefined })).toBe(true);
  });
  it("ask for whole days of the office", () => {
    expect(asked({ from: "2026-11-01", to: "2026-11-02" })).toEqual({ from: "2026-11-01T00:00:00+08:00", to: "2026-11-02T23:59:59+08:00" });
  });
  it("leave out what was not said", () => {
    expect(query({ a: "", b: undefined, c: 0, d: true, e: false })).toBe("?c=0&d=1");
  });
});

describe("forms from field descriptions", () => {
  it("choose a control for each type", () => {
    const field = (type: string, more = {}) => ({ name: "x", type, label: "", ...more });
    expect(controlOf(field("long_text"))).toBe("long");
    expect(controlOf(field("id", { ref: "org" }))).toBe("org");
    expect(controlOf(field("id", { ref: "area" }))).toBe("area");
    expect(controlOf(field("choice", { choices: [] }))).toBe("choice");
    expect(controlOf(field("rule", { ref: "duty_list" }))).toBe("rule");
    expect(controlOf(field("id_number"))).toBe("text");
  });
  it("send only what was filled, with the right types", () => {
    const fields = [{ name: "until", type: "time", label: "" }, { name: "n", type: "int", label: "" }, { name: "why", type: "long_text", label: "" }, { name: "public", type: "bool", label: "" }];
    expect(toBody(fields, { until: "2026-11-23T18:00", n: "3", why: "", public: true })).toEqual({ until: "2026-11-23T18:00:00+08:00", n: 3, public: true });
  });
});

describe("a report's draft", () => {
  it("sends the words and nothing that was not said", () => {
    const draft = { ...emptyDraft("web"), text: " 墙歪了 " };
    expect(bodyOf(draft)).toEqual({ text: "墙歪了", client_id: draft.client_id, channel: "web" });
  });
  it("a mirror carries the upstream's number and limit and its channel", () => {
    const body = bodyOf({ ...emptyDraft("web"), text: "x", mirror: true, upstream_number: "ZZ1", upstream_due: "2026-11-25T18:00", urgent: true });
    expect(body).toMatchObject({ channel: "12345", urgency: "urgent", mirror: { upstream: "12345", number: "ZZ1", due_at: "2026-11-25T18:00:00+08:00" } });
  });
});

describe("small things", () => {
  it("a picture fits and never grows", () => {
    expect(fitInto(4000, 3000, 1600)).toEqual([1600, 1200]);
    expect(fitInto(800, 600, 1600)).toEqual([800, 600]);
  });
  it("each path has its entry", () => {
    expect(entryFor("/phone/m/3?x=1")).toBe("/phone/index.html?x=1");
    expect(entryFor("/r/ABC")).toBe("/public/index.html");
    expect(entryFor("/report/new")).toBe("/index.html");
    expect(entryFor("/api")).toBe("/index.html");
    expect(entryFor("/api/v1/me")).toBe("/api/v1/me");
    expect(entryFor("/assets/x.js")).toBe("/assets/x.js");
  });
  it("a QR code is a square with its three eyes", () => {
    const code = qrModules("https://example.invalid/r/1");
    expect(code.length).toBe(code[0].length);
    for (const [y, x] of [[0, 0], [0, code.length - 7], [code.length - 7, 0]])
      expect(code[y][x] && code[y + 6][x + 6] && !code[y + 1][x + 1] && code[y + 3][x + 3]).toBe(true);
  });
});

const root = join(__dirname, "../../..");
function files(dir: string, found: string[] = []): string[] {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory())
      files(path, found);
    else if (/\.(vue|ts)$/.test(name))
      found.push(path);
  }
  return found;
}
type Words = { [key: string]: string | Words };
const flat = (words: Words, prefix = ""): string[] => Object.entries(words).flatMap(([key, value]) => typeof value === "string" ? [prefix + key] : flat(value, `${prefix}${key}.`));

describe("words", async () => {
  const parts = ["common", "shared", "desk", "phone", "public"];
  const load = async (lang: string) => Object.assign({}, ...await Promise.all(parts.map(async (part) => (await import(`../../src/i18n/${lang}/${part}.ts`)).default))) as Words;
  const zh = await load("zh"), en = await load("en");
  const keys = new Set(flat(zh));
  const sources = [...files(join(root, "web/src")), ...files(join(root, "src/modules"))].filter((file) => !file.includes("/i18n/"));

  it("exist in both languages, none empty", () => {
    expect([...keys].sort()).toEqual(flat(en).sort());
    const text = (words: Words): string[] => Object.values(words).flatMap((value) => typeof value === "string" ? [value] : text(value));
    expect([...text(zh), ...text(en)].filter((value) => !value.trim())).toEqual([]);
  });
  it("every key a page names is there", () => {
    const missing = sources.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/(?:\$t|\bt)\(\s*["']([\w.]+)["']/g)].map((match) => match[1]).filter((key) => !keys.has(key)).map((key) => `${file}: ${key}`));
    expect(missing).toEqual([]);
  });
  it("no Chinese stands in a page itself", () => {
    const allowed = /lib\/(paste|mirror)\.ts$/;
    const found = sources.filter((file) => !allowed.test(file)).flatMap((file) => readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "").split("\n").filter((line) => /[\u4e00-\u9fa5]/.test(line)).map((line) => `${file}: ${line.trim()}`));
    expect(found).toEqual([]);
  });
  it("the pseudo language marks each text and keeps its places", () => {
    expect(pseudo({ a: { b: "{n} 件" } })).toEqual({ a: { b: "[!{n} 件!]" } });
  });
});
