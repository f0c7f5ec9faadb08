/* First loads, compressed: phone at most 250 KB, desk 600 KB, public 250 KB. Static imports of the entry plus its first page and words. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const limits = { "index.html": ["desk", 600, ["HomePage", "common", "shared", "desk"]], "phone/index.html": ["phone", 250, ["common", "shared", "phone"]], "public/index.html": ["public", 250, ["ReportPage", "common", "public"]] };
let failed = 0;
for (const [page, [name, limit, first]] of Object.entries(limits)) {
  const html = readFileSync(new URL(page, dist), "utf8");
  const wanted = new Set([...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]));
  const follow = (file) => {
    if (!file.endsWith(".js"))
      return;
    const text = readFileSync(new URL(file, dist), "utf8");
    for (const match of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) {
      const next = `assets/${match[1]}`;
      if (!wanted.has(next)) {
        wanted.add(next);
        follow(next);
      }
    }
  };
  [...wanted].forEach(follow);
  const entry = readFileSync(new URL([...wanted][0], dist), "utf8");
  for (const part of first) {
    const match = new RegExp(`assets/${part}-[\\w-]+\\.js`).exec(entry);
    if (match && !wanted.has(match[0])) {
      wanted.add(match[0]);
      follow(match[0]);
    }
  }
  const bytes = [...wanted].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length, gzipSync(html).length);
  const ok = bytes <= limit * 1024;
  failed += ok ? 0 : 1;
  console.log(`${ok ? "ok  " : "FAIL"} ${name}: ${(bytes / 1024).toFixed(1)} KB of ${limit} KB in ${wanted.size} files`);
}
process.exit(failed ? 1 : 0);
