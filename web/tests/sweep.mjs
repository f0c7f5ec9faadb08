/* Every page x light and dark x Chinese and English x ordinary type and 长辈版: no axe violation, no console error, no policy
 * violation, no missing text, nothing wider than the screen; in 长辈版 no text under 18 px and no target under 60. Then a
 * made-up language finds words that stand outside the word files. One browser; pages change by their router.
 * `node web/tests/sweep.mjs [WORD]` looks only at paths that hold WORD. */
import { readFileSync } from "node:fs";
import { base, cookieOf, demoLogins, openBrowser } from "./browser.mjs";
import * as look from "./look.mjs";

const only = process.argv[2] ?? "";
const axe = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const logins = await demoLogins();
const wide = { width: 1440, height: 900 }, hand = { width: 390, height: 844 };
const views = [
  { login: "rexian", size: wide, paths: ["/", "/matters", "/report/new", "/whistle/new", "/whistle/phone", "/morning", "/promises", "/figures", "/figures/report.opened", "/me", "/no/such/page", "/matters/ID", "/desk/design"] },
  { login: "admin", size: wide, paths: ["/admin/accounts", "/admin/areas", "/admin/orgs", "/admin/rules", "/admin/imports", "/admin/webhooks", "/admin/tokens", "/admin/log", "/api"] },
  { login: "lingdao", size: { width: 1920, height: 1080 }, paths: ["/wall"], dark: true },
  { login: "wangge", size: hand, paths: ["/phone", "/phone/new", "/phone/me", "/phone/direct", "/phone/m/ID"] },
  { login: "", size: hand, fresh: true, paths: ["/login", "/phone/login", "/track", "/r/NONE", "/a/NONE", "/setup"] },
];
const found = [];
let looked = 0;
const began = Date.now();

async function audit(page, label, rules) {
  const bad = await page.evaluate((tags) => window.axe.run(document, { resultTypes: ["violations"], ...tags }).then((answer) => answer.violations.map((one) => `${one.id} (${one.nodes.length}): ${one.nodes[0].target.join(" ")}`)), rules);
  looked++;
  bad.forEach((one) => found.push(`${label}: ${one}`));
}
const ALL = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }, CONTRAST = { runOnly: { type: "rule", values: ["color-contrast"] } };

async function goTo(page, view, path, first) {
  if (first || view.fresh)
    await page.goto(base + path);
  else
    await page.evaluate((to) => { history.pushState({}, "", to); dispatchEvent(new PopStateEvent("popstate", { state: null })); }, path);
  await look.quiet(page);
  if (!(await page.evaluate(() => "axe" in window)))
    await page.evaluate(axe);
}

async function sweepView(page, view, lang, large, id) {
  await page.goto(base + (view.fresh ? "/login" : view.paths[0]));
  await page.evaluate(([l, g]) => { localStorage.setItem("wx.lang", l); localStorage.setItem("wx.large", g); }, [lang, large]);
  let first = true;
  for (const path of view.paths.filter((one) => one.includes(only))) {
    await goTo(page, view, path.replace("ID", id), first);
    first = false;
    const label = `${path} ${lang}${large === "0" ? "" : " 长辈版"}`;
    for (const theme of view.dark ? ["dark"] : ["light", "dark"]) {
      await page.evaluate((value) => { document.documentElement.dataset.theme = value; }, theme);
      await audit(page, `${label} ${theme}`, theme === "light" || view.dark ? ALL : CONTRAST);
    }
    (await page.evaluate(look.tooWide)).forEach((one) => found.push(`${label}: ${one}`));
    if (large !== "0" && !view.dark)
      (await page.evaluate(look.tooSmall)).forEach((one) => found.push(`${label}: ${one}`));
  }
}

async function pseudoView(page, view, id) {
  const data = look.dataOf(page);
  await page.goto(base + (view.fresh ? "/login" : view.paths[0]));
  await page.evaluate(() => { localStorage.setItem("wx.lang", "pseudo"); localStorage.setItem("wx.large", "0"); });
  let first = true;
  for (const path of view.paths.filter((one) => one.includes(only))) {
    await goTo(page, view, path.replace("ID", id), first);
    first = false;
    looked++;
    const hard = await page.evaluate(look.hardCoded, [...data]);
    if (hard.length)
      found.push(`${path} made-up language: ${hard.slice(0, 5).join(" | ")}`);
  }
}

for (const view of views.filter((one) => one.paths.some((path) => path.includes(only)))) {
  const browser = await openBrowser({ viewport: view.size, ...(view.size === hand ? { isMobile: true, hasTouch: true } : {}) });
  const page = await browser.page();
  let id = "0";
  if (view.login) {
    const { password } = logins.find((one) => one.login === view.login);
    const cookie = await cookieOf(view.login, password);
    await browser.context.addCookies([cookie]);
    const list = await (await fetch(`${base}/api/v1/matters?limit=1&phase=unfinished`, { headers: { Cookie: `wx=${cookie.value}` } })).json();
    id = String(list.items?.[0]?.id ?? 0);
  }
  for (const lang of ["zh-CN", "en"])
    for (const large of ["0", "3"])
      await sweepView(page, view, lang, large, id);
  await pseudoView(page, view, id);
  browser.faults.forEach((fault) => found.push(`console: ${fault}`));
  await browser.close();
  console.log(`     ${view.login || "no log-in"}: ${looked} looks, ${found.length} faults (${Math.round((Date.now() - began) / 1000)} s)`);
}
const single = [...new Set(found)];
single.forEach((one) => console.log(`FAIL ${one}`));
console.log(`${single.length ? "FAIL" : "ok  "} ${looked} looks at pages, ${single.length} faults (${Math.round((Date.now() - began) / 1000)} s)`);
process.exit(single.length ? 1 : 0);
