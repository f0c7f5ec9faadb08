/* The browser suite: real Chromium against a running demo street at WUXING_URL. `node web/tests/run.mjs [WORD]` runs the tests whose name holds WORD. */
import { readFileSync } from "node:fs";
import { base, cuttable, demoLogins, enterAs, logIn, openBrowser } from "./browser.mjs";
import * as steps from "./steps.mjs";

const only = process.argv[2] ?? "";
const logins = await demoLogins();
const axe = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const results = { passed: 0, failed: 0 };
export const who = (role) => logins.find((one) => (one.role ?? one.login) === role || one.login.startsWith(role)) ?? logins.find((one) => one.login === role);
const need = (value, what) => { if (!value) throw new Error(what); return value; };

async function test(name, act, options) {
  if (!name.includes(only))
    return;
  const browser = await openBrowser(options);
  const at = Date.now();
  const page = await browser.page();
  try {
    await act(page, browser);
    if (browser.faults.length)
      throw new Error(`console: ${browser.faults.slice(0, 3).join(" | ")}`);
    results.passed++;
    console.log(`ok   ${name} (${Date.now() - at} ms)`);
  } catch (fault) {
    results.failed++;
    console.log(`FAIL ${name}: ${String(fault.message ?? fault).split("\n").slice(0, 6).join("\n     ")}`);
    if (process.env.SHOTS)
      await page.screenshot({ path: `${process.env.SHOTS}/${name.replace(/\W+/g, "_")}.png` }).catch(() => undefined);
  }
  await browser.close();
}
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const enter = (page, role, path = "/") => enterAs(page, need(who(role), `no demo log-in for ${role}`).login, who(role).password, path);

async function audit(page, label) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  const bad = found.violations.map((violation) => `${violation.id} (${violation.nodes.length}): ${violation.nodes[0].target.join(" ")}`);
  if (bad.length)
    throw new Error(`${label}: ${bad.join("; ")}`);
}

await test("a wrong password is refused in words, a right one enters", async (page) => {
  await page.goto(`${base}/login`);
  await page.fill("#login", who("clerk").login);
  await page.fill("#password", "certainly wrong");
  await page.click("form button.primary");
  await page.waitForSelector("[role=alert]");
  await logIn(page, who("clerk").login, who("clerk").password);
  await page.waitForSelector(".tiles");
});

await test("a report goes from the desk to solved", async (page, browser) => {
  await enter(page, "clerk", "/report/new");
  const filed = await steps.fileOnDesk(page, `演示浏览器试验 ${Date.now()} 路灯不亮`);
  need(filed.code, "no tracking code on the filed card");
  await steps.bringToEnd(browser, logins, filed.id, enter);
});

await test("text pasted from a group fills the form and gives a line back", async (page) => {
  await enter(page, "clerk", "/report/new");
  await steps.pasteText(page, "#report-text", "示例居民 2026/11/23 08:20\n三号楼门口井盖松了\n[图片]\n示例居民乙 08:21\n电话13800000077");
  need((await page.inputValue("#report-text")).startsWith("三号楼门口井盖松了"), "the words were not taken");
  need(await page.inputValue("#report-phone") === "13800000077", "the telephone was not taken");
  need(await page.inputValue("#report-name") === "示例居民", "the speaker was not taken");
  await page.fill("#report-text", `${await page.inputValue("#report-text")} ${Date.now()}`);
  await steps.save(page);
  need((await page.textContent(".reply-line .prose")).length > 8, "no line to paste back");
});

await test("a resident reports by a door's QR, tracks it", async (page, browser) => {
  const code = await steps.doorCode(page, enter, who);
  const other = await browser.page();
  await browser.context.clearCookies();
  await other.goto(`${base}/r/${code}`);
  await other.fill("#what", `演示居民反映 ${Date.now()} 楼道灯坏了`);
  await other.click("form button.primary");
  const track = (await other.textContent(".big-code")).trim();
  await other.goto(`${base}/track`);
  await other.fill("#code", track);
  await other.click("form button.primary");
  await other.waitForSelector("ol li");
}, phone);

await test("a wrong code says so", async (page) => {
  await page.goto(`${base}/track`);
  await page.fill("#code", "0000-0000-0000");
  await page.click("form button.primary");
  await page.waitForSelector("[role=alert]");
}, phone);

await test("a whistle in one screen calls two departments", async (page) => {
  await enter(page, "clerk", "/whistle/new");
  const id = await steps.whistle(page, `演示吹哨 ${Date.now()}`);
  need(id > 0, "no whistle was made");
  await page.waitForSelector("h1");
});

await test("a phone whistle is noted", async (page) => {
  await enter(page, "clerk", "/whistle/phone");
  await page.click(".directory-entry >> nth=0");
  await page.fill("#direct-firm", "示例企业");
  await page.fill("#direct-promised", "明天上门看");
  await page.click("form button.primary.big");
  await page.waitForSelector("p[role=status] a");
});

await test("a grid worker files and handles on the phone", async (page) => {
  await enter(page, "grid", "/phone/new");
  await page.fill("#phone-text", `演示手机登记 ${Date.now()} 楼道堆物`);
  await steps.addPicture(page, "input[type=file] >> nth=1");
  await page.click("form button.primary.big");
  await page.waitForSelector("section[role=status]");
  await page.click("section[role=status] a.button");
  await page.waitForSelector(".thumbs img");
  await page.waitForSelector(".phone-foot .primary");
}, phone);

await test("filed without signal, sent once when it is back", async (page, browser) => {
  await enter(page, "grid", "/phone/new");
  await page.waitForSelector("#phone-text");
  const words = `演示离线登记 ${Date.now()}`;
  await browser.context.setOffline(true);
  await page.fill("#phone-text", words);
  await page.click("form button.primary.big");
  await page.waitForSelector(".empty");
  await browser.context.setOffline(false);
  await page.goto(`${base}/phone`);
  await steps.until(page, async (text) => {
    const answer = await (await fetch(`/api/v1/matters?limit=50`)).json();
    return answer.items.filter((item) => item.title.includes(text.slice(0, 12)) || text.includes(item.title)).length === 1;
  }, words);
  browser.faults.length = 0;
}, phone);

await test("done without signal, contradicted meanwhile: both sides are shown and the person decides", async (page, browser) => {
  await enter(page, "grid", "/phone/new");
  await page.fill("#phone-text", `演示冲突 ${Date.now()} 楼道灯不亮`);
  await page.click("form button.primary.big");
  await page.click("section[role=status] a.button");
  await page.waitForSelector(".phone-foot .primary");
  const id = Number(new URL(page.url()).pathname.split("/").pop());
  await browser.context.setOffline(true);
  await page.click(".phone-foot .primary");
  if (await page.waitForSelector("dialog[open] form", { timeout: 1500 }).catch(() => null)) {
    await steps.fillDialog(page);
    await page.click("dialog[open] footer .primary");
  }
  await page.waitForSelector("main .card.warn");
  await steps.noteByApi(who("clerk"), id, "演示：居民又来电催");
  await browser.context.setOffline(false);
  await page.goto(`${base}/phone`);
  await page.click(".waiting-item .primary");
  await page.waitForSelector("dialog .sides section:nth-child(2) li");
  need((await page.textContent("dialog .sides")).includes("居民又来电催"), "what happened meanwhile is not shown");
  await page.click("dialog footer .primary");
  await page.waitForSelector(".waiting-item", { state: "detached" });
  await steps.until(page, async (matter) => (await (await fetch(`/api/v1/matters/${matter}`)).json()).history.length > 2, id);
  browser.faults.length = 0;
}, phone);

await test("logging out with things unsent asks first, then leaves nothing behind", async (page, browser) => {
  const one = who("grid");
  await logIn(page, one.login, one.password);
  await page.goto(`${base}/phone/new`);
  await page.fill("#phone-text", "演示未送出");
  await steps.addPicture(page, "input[type=file] >> nth=1");
  await page.waitForSelector(".thumbs canvas");
  await browser.context.setOffline(true);
  await page.click("form button.primary.big");
  await page.waitForSelector(".empty .primary");
  await page.click("nav >> text=/本人|Me/");
  await page.click("main > .button.danger");
  await page.click("dialog .danger");
  await page.waitForSelector("#login");
  const left = await page.evaluate(steps.keptHere);
  need(left === 0 && !(await page.evaluate(() => localStorage.getItem("wx.me"))), `${left} things stayed on the phone`);
  await browser.context.setOffline(false);
  await page.goto(`${base}/phone`);
  await page.waitForSelector("#login");
  browser.faults.length = 0;
}, phone);

await test("in a browser without service workers the phone page works on line and says what it cannot do", async (page) => {
  await page.addInitScript(() => { delete Navigator.prototype.serviceWorker; });
  await enter(page, "grid", "/phone");
  await page.waitForSelector(".able-hint");
  await page.click(".able-hint a");
  need((await page.$$(".able-row .warn")).length === 1, "it does not say what it cannot do");
  await page.goto(`${base}/phone/new`);
  await page.fill("#phone-text", `演示微信 ${Date.now()} 楼道灯不亮`);
  await page.click("form button.primary.big");
  await page.waitForSelector("section[role=status]");
}, { ...phone, userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49" });

await test("a live event reaches an open list, which stays still", async (page, browser) => {
  await enter(page, "clerk", "/matters");
  await page.waitForSelector(".matters tbody tr");
  await page.waitForSelector(".live.live");
  const first = await page.getAttribute(".matters tbody tr", "id");
  const other = await browser.page();
  await other.goto(`${base}/report/new`);
  await steps.fileOnDesk(other, `演示实时 ${Date.now()}`);
  await page.bringToFront();
  await page.waitForSelector(".fresh", { timeout: 5000 });
  need(await page.getAttribute(".matters tbody tr", "id") === first, "the list moved under the reader");
  await page.click(".fresh");
  await page.waitForFunction((id) => document.querySelector(".matters tbody tr")?.id !== id, first);
});

await test("the list by keyboard: j, x, Enter, slash, question mark", async (page) => {
  await enter(page, "clerk", "/matters");
  await page.waitForSelector(".matters tbody tr");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.waitForSelector(".bulk");
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.keyboard.press("/");
  need(await page.evaluate(() => document.activeElement?.getAttribute("type")) === "search", "slash does not focus the search");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("Enter");
  await page.waitForURL(/matters\/\d+/);
});

await test("pages by one key each; a promise kept can be taken back for a moment", async (page) => {
  await enter(page, "clerk", "/matters");
  await page.waitForSelector(".matters tbody tr[id]");
  for (const [key, path] of [["t", "/morning"], ["f", "/figures"], ["h", "/"], ["n", "/report/new"]]) {
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press(key);
    await page.waitForURL((url) => url.pathname === path);
  }
  const text = `演示承诺 ${Date.now()}`;
  await steps.promiseByApi(who("clerk"), await steps.anyMatter(page), text);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("p");
  const row = page.locator("main li", { hasText: text });
  await row.locator("button").click();
  await row.locator("[role=status] button").click();
  await row.locator("button").click();
  await page.keyboard.press("h");
  await page.waitForURL((url) => url.pathname === "/");
  await steps.until(page, async (words) => (await (await fetch("/api/v1/promises?mine=1")).json()).items.every((one) => one.text !== words || one.done_at), text);
});

await test("the wall greys within 5 s of losing the server and catches up by itself", async (page, browser) => {
  const road = await cuttable();
  const one = need(who("leader"), "no leader");
  await enterAs(page, one.login, one.password, "/wall", road.url);
  await page.waitForSelector(".wall-number");
  await page.waitForTimeout(2500);
  await page.keyboard.press("v");
  await page.waitForSelector(".wall-head .tag.good");
  await page.keyboard.press("v");
  const scrolls = await page.evaluate(() => document.documentElement.scrollHeight > window.innerHeight + 1);
  need(!scrolls, "the wall scrolls");
  await road.cut();
  const cutAt = Date.now();
  await page.waitForSelector(".wall.stale", { timeout: 8000 });
  need(Date.now() - cutAt < 5000, `it took ${Date.now() - cutAt} ms`);
  await road.mend();
  await page.waitForSelector(".wall:not(.stale)", { timeout: 10000 });
  await road.cut();
  browser.faults.length = 0;
}, { viewport: { width: 1920, height: 1080 } });

const audited = { clerk: ["/", "/matters", "/report/new", "/whistle/new", "/whistle/phone", "/figures", "/me"], admin: ["/admin/accounts", "/admin/areas", "/admin/orgs", "/admin/rules", "/admin/imports", "/admin/webhooks", "/admin/tokens", "/admin/log", "/api"], leader: ["/wall"], grid: ["/phone", "/phone/new", "/phone/me"] };
for (const [role, paths] of Object.entries(audited))
  for (const theme of ["light", "dark"])
    await test(`axe: pages of ${role}, ${theme}`, async (page) => {
      await page.addInitScript((value) => localStorage.setItem("wx.theme", value), theme);
      await enter(page, role);
      for (const path of paths) {
        await page.goto(base + path);
        await steps.settle(page);
        await audit(page, path);
      }
      const matter = role === "clerk" ? await steps.anyMatter(page) : 0;
      if (matter) {
        await page.goto(`${base}/matters/${matter}`);
        await steps.settle(page);
        await audit(page, "/matters/ID");
      }
    }, role === "grid" ? phone : undefined);

await test("axe: pages without a log-in, both type sizes", async (page) => {
  for (const large of ["0", "1"]) {
    await page.addInitScript((value) => localStorage.setItem("wx.large", value), large);
    for (const path of ["/track", "/login", "/phone/login", "/setup"]) {
      await page.goto(base + path);
      await steps.settle(page);
      await audit(page, `${path} large=${large}`);
    }
  }
}, phone);

await test("pseudo language: no text outside the word files", async (page) => {
  await page.addInitScript(() => localStorage.setItem("wx.lang", "pseudo"));
  await enter(page, "admin");
  for (const path of ["/", "/matters", "/report/new", "/whistle/new", "/figures", "/admin/imports", "/admin/accounts", "/me", "/track"]) {
    await page.goto(base + path);
    await steps.settle(page);
    const plain = await page.evaluate(steps.plainButtons);
    if (plain.length)
      throw new Error(`${path}: ${plain.slice(0, 4).join(" | ")}`);
  }
  const missing = await page.evaluate(() => window.__missing ?? []);
  need(!missing.length, missing.join(", "));
});

console.log(`${results.passed} passed, ${results.failed} failed`);
process.exit(results.failed ? 1 : 0);
