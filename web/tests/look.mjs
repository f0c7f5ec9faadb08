/* What the sweep looks at on a page; the functions without a page run inside it. */

/* Nothing asked of the server for a moment, and the fonts and frames have settled. */
const open = new WeakMap();
export async function quiet(page) {
  if (!open.has(page)) {
    const state = { count: 0, at: Date.now() };
    open.set(page, state);
    const live = (request) => /\/feed|\/healthz/.test(request.url());
    page.on("request", (request) => { if (!live(request)) { state.count++; state.at = Date.now(); } });
    const ended = (request) => { if (!live(request)) { state.count = Math.max(0, state.count - 1); state.at = Date.now(); } };
    page.on("requestfinished", ended);
    page.on("requestfailed", ended);
    page.on("framenavigated", () => { state.count = 0; });
  }
  const state = open.get(page);
  await page.waitForTimeout(120);
  for (const end = Date.now() + 6000; Date.now() < end && (state.count > 0 || Date.now() - state.at < 120); )
    await page.waitForTimeout(40);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

export function tooWide() {
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over <= 1)
    return [];
  const guilty = [...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > innerWidth + 1 && !node.closest(".sheet, .views"));
  return [`${over} px wider than the screen: ${guilty.slice(-1).map((node) => `${node.tagName.toLowerCase()}.${node.className}`)}`];
}

/* 长辈版: text from 18 px, what can be pressed from 60 by 60. A tick belongs to its label; a link in a sentence is text. */
export function tooSmall() {
  const bad = [];
  const seen = (node) => node.checkVisibility?.({ checkVisibilityCSS: true }) !== false && node.getClientRects().length > 0 && !node.closest(".visually-hidden, .ol-viewport canvas, [hidden]");
  const name = (node) => `${node.tagName.toLowerCase()}${node.id && `#${node.id}`}.${String(node.className.baseVal ?? node.className).trim().replace(/\s+/g, ".")}`;
  for (const node of document.querySelectorAll("button, select, summary, textarea, input, a.button, a.place, a.item-card, [role=tab], [role=button]")) {
    const box = node.matches("input[type=checkbox], input[type=radio], input.visually-hidden") ? node.closest("label") ?? node : node.matches(".pick-input, .shell-search input") ? node.parentElement : node;
    const { width, height } = box.getBoundingClientRect();
    if (seen(box) && width > 1 && (height < 59.5 || width < 59.5))
      bad.push(`target ${Math.round(width)}x${Math.round(height)}: ${name(box)}`);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && seen(parent) && parseFloat(getComputedStyle(parent).fontSize) < 17.9)
      bad.push(`text ${getComputedStyle(parent).fontSize}: ${name(parent)}`);
  }
  return [...new Set(bad)].slice(0, 6);
}

/* Every text the server sent to this page: names, labels, addresses. What stands on the page beside it is ours. */
export function dataOf(page) {
  const words = new Set();
  const take = (value) => {
    if (typeof value === "string" && value.trim())
      words.add(value.trim());
    else if (value && typeof value === "object")
      Object.entries(value).forEach(([key, inner]) => { words.add(key); take(inner); });
  };
  page.on("response", async (response) => {
    if (/json/.test(response.headers()["content-type"] ?? ""))
      take(await response.json().catch(() => null));
  });
  return words;
}

/* Words on the page that neither stand in marks (our word files) nor came from the server. */
export function hardCoded(data) {
  const known = new Set(data.flatMap((word) => [word, ...word.split(/\s*\n\s*/)]));
  const long = [...known].filter((word) => word.length > 1).sort((a, b) => b.length - a.length);
  const letters = /[\u4e00-\u9fa5]|[A-Za-z]{2}/;
  const rest = (text) => {
    for (let before = ""; before !== text; ) {
      before = text;
      text = text.replace(/\[!(?:(?!\[!)[\s\S])*?!\]/g, " ");
    }
    for (const word of long) {
      if (!letters.test(text))
        break;
      if (text.includes(word))
        text = text.split(word).join(" ");
    }
    return text.trim();
  };
  const found = new Set();
  const judge = (text, node) => {
    if (known.has(text.trim()))
      return;
    const left = rest(text.trim().replace(/https?:\/\/\S*|\d [KM]B\b|DEMO[-.\w]*/g, " "));
    if (letters.test(left))
      found.add(`${left.slice(0, 40)} (${node.tagName.toLowerCase()}.${String(node.className.baseVal ?? node.className)})`);
  };
  const exempt = "code, kbd, pre, script, style, canvas, .mono, .api-method";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && !parent.closest(exempt))
      judge(walker.currentNode.data, parent);
  }
  for (const node of document.querySelectorAll("[placeholder], [title], [aria-label], [alt]"))
    for (const attribute of ["placeholder", "title", "aria-label", "alt"])
      if (node.getAttribute(attribute))
        judge(node.getAttribute(attribute), node);
  return [...found];
}
