/* A hundred reports with photos made without signal arrive exactly once, though the page is reloaded and the browser killed
 * with SIGKILL before and while they are sent. The cable is pulled for real: a road to the server that can be cut.
 * `WUXING_URL=... node web/tests/offline.mjs [COUNT]` */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { base, cookieOf, cuttable, demoLogins } from "./browser.mjs";
import { addPicture, shellReady } from "./steps.mjs";

const COUNT = Number(process.argv[2] ?? 100);
const MARK = `演示离线百件 ${Date.now()}`;
const need = (value, what) => { if (!value) throw new Error(what); return value; };
const say = (words) => console.log(`     ${((Date.now() - began) / 1000).toFixed(0)} s: ${words}`);
const began = Date.now();

/* A browser of our own with a profile that outlives it: kill() leaves it no moment to tidy up. */
async function start(profile) {
  const child = spawn(process.env.CHROMIUM ?? "/usr/bin/chromium", ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--hide-crash-restore-bubble", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "--window-size=390,844", "about:blank"], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const address = await new Promise((resolve, reject) => {
    let text = "";
    child.stderr.on("data", (bytes) => {
      text += bytes;
      const found = /DevTools listening on (\S+)/.exec(text);
      if (found)
        resolve(found[1]);
    });
    child.on("exit", () => reject(new Error(`chromium ended: ${text}`)));
  });
  const browser = await chromium.connectOverCDP(address);
  const context = browser.contexts()[0];
  context.setDefaultTimeout(60000);
  const page = await context.newPage();
  await page.addInitScript(() => localStorage.setItem("wx.lang", "zh-CN"));
  const kill = async () => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    process.kill(-child.pid, "SIGKILL");
    await gone;
    await browser.close().catch(() => undefined);
  };
  return { context, page, kill };
}

async function fileOne(page, number) {
  await page.fill("#phone-text", `${MARK} 第${number}件 楼道堆物`);
  await addPicture(page, "input[type=file] >> nth=1");
  await page.waitForSelector(".thumbs canvas");
  await page.click("form button.primary.big");
  await page.waitForSelector(".empty .primary");
  await page.click(".empty .primary");
  await page.waitForSelector("#phone-text");
}
const waiting = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const open = indexedDB.open("wuxing", 2);
  open.onerror = () => reject(open.error);
  open.onsuccess = () => {
    const asked = open.result.transaction("queue").objectStore("queue").count();
    asked.onsuccess = () => { open.result.close(); resolve(asked.result); };
  };
}));

const profile = mkdtempSync(join(tmpdir(), "wuxing-offline-"));
const road = await cuttable();
const grid = need((await demoLogins()).find((one) => one.login === "wangge"), "no grid worker");
const cookie = await cookieOf(grid.login, grid.password, base);
let browser = await start(profile);
try {
  await browser.context.addCookies([{ ...cookie, url: road.url }]);
  await browser.page.goto(`${road.url}/phone/new`);
  await browser.page.waitForSelector("#phone-text");
  await shellReady(browser.page);
  await road.cut();
  say("the cable is out");

  for (let number = 1; number <= COUNT; number++) {
    await fileOne(browser.page, number);
    if (number === Math.floor(COUNT / 2)) {
      await browser.page.reload();
      await browser.page.waitForSelector("#phone-text");
      say(`reloaded without signal after ${number}`);
    }
  }
  need(await waiting(browser.page) === COUNT, "some were not kept");
  await browser.kill();
  browser = await start(profile);
  await browser.page.goto(`${road.url}/phone`);
  await browser.page.waitForSelector(".waiting-count");
  need((await browser.page.textContent(".waiting-count")).includes(String(COUNT)), "the page does not say how many wait");
  const kept = await browser.page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)))).flat());
  need(kept.length > 5 && kept.every((path) => !path.startsWith("/api/")), `the cache holds answers of the API: ${kept}`);
  say(`killed, opened again without signal: ${COUNT} wait, ${kept.length} files of the page in the cache, none of the API`);

  await browser.context.addCookies([{ ...cookie, url: road.url }]);
  await road.mend();
  await browser.page.waitForFunction((most) => Number(/\d+/.exec(document.querySelector(".waiting-count")?.textContent ?? "0")[0]) <= most, Math.ceil(COUNT * 0.7));
  const left = await waiting(browser.page);
  await browser.kill();
  say(`killed while sending, ${left} still there`);
  browser = await start(profile);
  await browser.context.addCookies([{ ...cookie, url: road.url }]);
  await browser.page.goto(`${road.url}/phone`);
  await browser.page.waitForSelector(".segments");
  await browser.page.waitForFunction(() => !document.querySelector(".waiting-count"), null, { timeout: 300000 });
  need(await waiting(browser.page) === 0, "some are still in the queue");
  say("all sent");

  const found = new Map();
  const headers = { Cookie: `${cookie.name}=${cookie.value}` };
  for (let after = ""; ;) {
    const page = await (await fetch(`${base}/api/v1/matters?limit=100&channel=patrol&from=${encodeURIComponent(new Date(began - 60000).toISOString())}${after && `&after=${after}`}`, { headers })).json();
    for (const item of page.items) {
      const whole = await (await fetch(`${base}/api/v1/matters/${item.id}`, { headers })).json();
      const number = new RegExp(`${MARK} 第(\\d+)件`).exec(whole.text)?.[1];
      if (number)
        found.set(number, [...found.get(number) ?? [], whole.files.length]);
    }
    if (!page.next)
      break;
    after = encodeURIComponent(page.next);
  }
  const wrong = [...found].filter(([, files]) => files.length !== 1 || files[0] !== 1);
  need(found.size === COUNT && !wrong.length, `${found.size} of ${COUNT} arrived, wrong: ${JSON.stringify(wrong.slice(0, 5))}`);
  console.log(`ok   ${COUNT} reports with photos made without signal arrived exactly once (${((Date.now() - began) / 1000).toFixed(0)} s)`);
} finally {
  await browser.kill().catch(() => undefined);
  await road.cut().catch(() => undefined);
  rmSync(profile, { recursive: true, force: true });
}
process.exit(0);
