/* Starts Debian's chromium with a fresh profile and gives pages that collect console errors, policy violations and missing texts. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const base = process.env.WUXING_URL ?? "http://127.0.0.1:8311";

/* A road to the server that can be cut: what a person sees when the cable is pulled. */
export async function cuttable() {
  const { hostname, port } = new URL(base);
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => { sockets.delete(socket); near.destroy(); far.destroy(); });
    }
    near.pipe(far).pipe(near);
  });
  const listen = (at) => new Promise((resolve) => server.listen(at, "127.0.0.1", resolve));
  await listen(0);
  const own = server.address().port;
  const cut = () => new Promise((resolve) => { server.close(resolve); sockets.forEach((socket) => socket.destroy()); });
  return { url: `http://127.0.0.1:${own}`, cut, mend: () => listen(own) };
}
const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];

export async function openBrowser(options = {}) {
  const profile = mkdtempSync(join(tmpdir(), "wuxing-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable, headless: true, args: flags, viewport: { width: 1440, height: 900 }, locale: "zh-CN", reducedMotion: "reduce", ...options,
  });
  context.setDefaultTimeout(15000);
  const faults = [];
  const watch = (page) => {
    page.on("console", (message) => {
      if (message.type() === "error" && !/Failed to load resource/.test(message.text()))
        faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 500 || (response.status() === 404 && !response.url().includes("/api/")))
        faults.push(`${page.url()}: ${response.status()} ${response.url()}`);
    });
    page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.message}`));
  };
  context.pages().forEach(watch);
  context.on("page", watch);
  return {
    context, faults,
    async page() {
      const page = await context.newPage();
      return page;
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/* The demo street's log-ins by role, from the log-in page's own source. */
export async function demoLogins() {
  const answer = await fetch(`${base}/api/v1/demo-logins`);
  if (!answer.ok)
    throw new Error(`${base} is not a demo street: ${answer.status}`);
  return (await answer.json()).items;
}

/* One session per log-in for the whole run: the server slows repeated log-ins down, as it should. */
const sessions = new Map();
export async function cookieOf(login, password, at = base) {
  const key = `${login}@${at}`;
  if (!sessions.has(key)) {
    const answer = await fetch(`${at}/api/v1/session`, { method: "POST", headers: { "Content-Type": "application/json", "X-Wuxing": "1" }, body: JSON.stringify({ login, password }) });
    if (!answer.ok)
      throw new Error(`${login} cannot log in: ${answer.status} ${await answer.text()}`);
    const [name, value] = answer.headers.get("set-cookie").split(";")[0].split("=");
    sessions.set(key, { name, value, url: at });
  }
  return sessions.get(key);
}
export async function enterAs(page, login, password, path = "/", at = base) {
  await page.context().addCookies([await cookieOf(login, password, at)]);
  await page.goto(at + path);
}

export async function logIn(page, login, password, path = "/", at = base) {
  await page.goto(`${at}/login`);
  await page.fill("#login", login);
  await page.fill("#password", password);
  await page.click("form button.primary");
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  if (path !== "/")
    await page.goto(at + path);
}
