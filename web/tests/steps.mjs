/* What the browser tests do on pages, told by what a person sees. */
import { base, cookieOf } from "./browser.mjs";

export async function settle(page) {
  await page.waitForLoadState("networkidle", { timeout: 2500 }).catch(() => undefined);
  await page.waitForTimeout(250);
}

/* waitForFunction takes a promise for a yes; this one asks until the awaited answer is true. */
export async function until(page, asked, given, most = 20000) {
  for (const end = Date.now() + most; Date.now() < end; await page.waitForTimeout(100))
    if (await page.evaluate(asked, given))
      return;
  throw new Error(`it never came true: ${String(asked).slice(0, 120)}`);
}

/* The phone's pages are whole on this device: from here on the cable may be cut. */
export async function shellReady(page) {
  await until(page, async () => navigator.serviceWorker.controller && (await navigator.serviceWorker.getRegistration("/phone"))?.active?.state === "activated");
}

export async function save(page) {
  await page.click("form button.primary.big");
  await page.waitForSelector(".filed");
}

export async function fileOnDesk(page, text) {
  await page.fill("#report-text", text);
  await page.fill("#report-name", "示例居民");
  await page.fill("#report-phone", "13800000066");
  await page.fill("#report-area", "号院");
  await page.click(".pick-list li:has-text('号院') >> nth=0");
  await save(page);
  const link = await page.getAttribute(".filed a.button", "href");
  return { id: Number(link.split("/").pop()), code: await page.textContent(".filed-facts code").catch(() => "") };
}

export async function pasteText(page, selector, text) {
  await page.focus(selector);
  await page.evaluate(([where, words]) => {
    const data = new DataTransfer();
    data.setData("text/plain", words);
    document.querySelector(where).dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, [selector, text]);
}

/* A small real JPEG drawn by the browser itself. */
export async function addPicture(page, selector) {
  const bytes = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 480;
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#4a8";
    brush.fillRect(0, 0, 640, 480);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg"));
    return Array.from(new Uint8Array(await blob.arrayBuffer()));
  });
  await page.setInputFiles(selector, { name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from(bytes) });
}

export async function fillDialog(page) {
  const boxes = await page.$$("dialog[open] textarea");
  for (const box of boxes)
    await box.fill("演示处理：已到场处理完毕");
  for (const group of await page.$$("dialog[open] fieldset"))
    await (await group.$("input[value=reached], input[value=yes], input[value=solved]") ?? await group.$("input[type=radio]")).check();
  for (const list of await page.$$("dialog[open] select")) {
    const values = await list.$$eval("option", (options) => options.map((option) => option.value).filter(Boolean));
    await list.selectOption(values[0]);
  }
  for (const field of await page.$$("dialog[open] input[type=text]:not([role])"))
    await field.fill("演示");
  const pick = await page.$("dialog[open] input[role=combobox]");
  if (pick) {
    await pick.click();
    await page.click("dialog[open] .pick-list li:not([aria-disabled]) >> nth=0").catch(() => undefined);
  }
}

/* Whoever may take the matter's next step takes it, until it has ended. */
export async function bringToEnd(browser, logins, id, enter) {
  for (let round = 0; round < 10; round++) {
    let moved = false, refused = "";
    for (const login of logins) {
      const page = await browser.page();
      await browser.context.clearCookies();
      await enter(page, login.login, `/matters/${id}`);
      const state = await page.evaluate(async (matter) => {
        const answer = await fetch(`/api/v1/matters/${matter}`);
        return answer.ok ? await answer.json() : { phase: "hidden", moves: [] };
      }, id);
      if (state.phase === "done")
        return void await page.close();
      const primary = await page.waitForSelector(".matter-moves .primary", { timeout: 1500 }).catch(() => null);
      if (primary) {
        const before = state.version;
        await primary.click();
        if (await page.waitForSelector("dialog[open] form", { timeout: 1200 }).catch(() => null)) {
          await fillDialog(page);
          await page.click("dialog[open] footer .primary");
        }
        for (let wait = 0; wait < 16 && !moved; wait++) {
          await page.waitForTimeout(250);
          const now = await page.evaluate(async (matter) => (await (await fetch(`/api/v1/matters/${matter}`)).json()).version, id);
          moved = typeof now === "number" && now !== before;
        }
        refused = moved ? "" : await page.textContent("dialog[open] .problem, dialog[open] .error", { timeout: 500 }).catch(() => "");
      }
      await page.close();
      if (moved)
        break;
    }
    if (!moved)
      throw new Error(`nobody could move matter ${id} ${refused}`);
  }
  throw new Error(`matter ${id} did not end in ten moves`);
}

export async function doorCode(page, enter, who) {
  await enter(page, (who("admin") ?? who("clerk")).login);
  return page.evaluate(async () => {
    for (const level of ["unit", "building", "courtyard"]) {
      const areas = await (await fetch(`/api/v1/areas?level=${level}&limit=1`)).json();
      const area = areas.items?.length ? await (await fetch(`/api/v1/areas/${areas.items[0].id}`)).json() : {};
      if (area.door_code)
        return area.door_code;
    }
    throw new Error("no door in the territory");
  });
}

export async function whistle(page, title) {
  await page.fill("#whistle-title", title);
  await page.fill("#whistle-text", "演示：墙体倾斜，街道无鉴定权限");
  await page.click(".duties input >> nth=0");
  await page.click(".orgs input[type=checkbox] >> nth=0");
  await page.click(".orgs input[type=checkbox] >> nth=1");
  await page.click("aside button.primary.big");
  await page.waitForURL(/matters\/\d+/);
  return Number(new URL(page.url()).pathname.split("/").pop());
}

async function postAs(login, path, body) {
  const { name, value } = await cookieOf(login.login, login.password);
  const answer = await fetch(`${base}/api/v1${path}`, { method: "POST", headers: { Cookie: `${name}=${value}`, "X-Wuxing": "1", "Content-Type": "application/json", "Idempotency-Key": `test-${Date.now()}-${Math.random()}` }, body: JSON.stringify(body) });
  if (!answer.ok)
    throw new Error(`${path} was refused: ${await answer.text()}`);
}
export const noteByApi = (login, id, text) => postAs(login, `/matters/${id}/note`, { text });
export const promiseByApi = (login, id, text) => postAs(login, `/matters/${id}/promises`, { text, due_at: new Date(Date.now() + 86400000).toISOString() });

/* How many things lie in this device's own store. */
export function keptHere() {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open("wuxing", 2);
    open.onerror = () => reject(open.error);
    open.onsuccess = () => {
      const tx = open.result.transaction(["queue", "draft", "carried"]);
      const asked = ["queue", "draft", "carried"].map((shelf) => tx.objectStore(shelf).count());
      tx.oncomplete = () => { open.result.close(); resolve(asked.reduce((sum, one) => sum + one.result, 0)); };
    };
  });
}

export async function anyMatter(page) {
  return page.evaluate(async () => (await (await fetch("/api/v1/matters?limit=1&phase=unfinished")).json()).items[0]?.id ?? 0);
}

/* In the pseudo language every button, heading and label that we wrote starts with a mark; data (names, states) does not come from us. */
export function plainButtons() {
  const ours = "h1, .button, nav a span, .shell-bar input[placeholder], label[for], th";
  const data = ".matter-moves, .files, .demo-login, .views, .rules, .figures, .brand, .user-button, .api-route, .duty, .org, .directory, table td, kbd";
  return [...document.querySelectorAll(ours)].filter((node) => !node.closest(data)).map((node) => (node.textContent || node.getAttribute("placeholder") || "").trim())
    .filter((text) => text && /[\u4e00-\u9fa5A-Za-z]{2}/.test(text) && !text.includes("[!"));
}
export { base };
