/* Pictures of pages for looking at: node web/tests/screens.mjs OUT [LANG] [SIZE] PATH... ; needs WUXING_URL and a demo street. LOGIN, PASSWORD choose who. */
import { mkdirSync } from "node:fs";
import { base, demoLogins, enterAs, openBrowser } from "./browser.mjs";

const [out, lang, size, ...paths] = process.argv.slice(2);
const [width, height] = size.split("x").map(Number);
const browser = await openBrowser({ viewport: { width, height }, ...(width < 500 ? { hasTouch: true, isMobile: true } : {}) });
const page = await browser.page();
mkdirSync(out, { recursive: true });
const logins = await demoLogins();
const who = logins.find((item) => item.login === process.env.LOGIN) ?? logins[0];
await page.addInitScript(([l, theme]) => { localStorage.setItem("wx.lang", l); localStorage.setItem("wx.theme", theme); if (theme === "large") localStorage.setItem("wx.large", "1"); }, [lang, process.env.THEME ?? "light"]);
if (!process.env.ANONYMOUS)
  await enterAs(page, who.login, process.env.PASSWORD ?? who.password);
for (const path of paths) {
  await page.goto(base + path);
  await page.waitForTimeout(Number(process.env.WAIT ?? 900));
  const name = `${path.replace(/\W+/g, "_") || "_"}-${lang}-${size}${process.env.THEME ? "-" + process.env.THEME : ""}.png`;
  await page.screenshot({ path: `${out}/${name}`, fullPage: !!process.env.FULL });
  console.log(`${out}/${name}`);
}
for (const fault of browser.faults)
  console.log("FAULT", fault);
await browser.close();
