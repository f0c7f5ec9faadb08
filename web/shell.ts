/* Writes into sw.js which files make the phone's pages: everything the phone's entry can ever load, and a version that
 * changes with any of them. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";

const ENTRY = "phone/index.html";
const ALWAYS = ["icon.svg", "phone.webmanifest"];
interface Made { type: string; fileName: string; facadeModuleId?: string | null; imports?: string[]; dynamicImports?: string[]; viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> } }

function filesOf(bundle: Record<string, Made>): string[] {
  const found = new Set<string>([ENTRY, ...ALWAYS]);
  const follow = (name: string): void => {
    const chunk = bundle[name];
    if (found.has(name) || chunk?.type !== "chunk")
      return;
    found.add(name);
    chunk.viteMetadata?.importedCss.forEach((file) => found.add(file));
    chunk.viteMetadata?.importedAssets.forEach((file) => found.add(file));
    [...chunk.imports ?? [], ...chunk.dynamicImports ?? []].forEach(follow);
  };
  Object.values(bundle).filter((chunk) => chunk.facadeModuleId?.endsWith(`/${ENTRY}`)).forEach((chunk) => follow(chunk.fileName));
  for (const { fileName } of Object.values(bundle))
    if (/feed-worker/.test(fileName))
      found.add(fileName);
  return [...found].sort();
}

export function phoneShell(): Plugin {
  return {
    name: "phone-shell",
    apply: "build",
    writeBundle(options, bundle) {
      const at = (file: string) => resolve(options.dir!, file);
      const files = filesOf(bundle as unknown as Record<string, Made>);
      const hash = createHash("sha256");
      files.forEach((file) => hash.update(file).update(readFileSync(at(file))));
      const list = JSON.stringify({ version: hash.digest("hex").slice(0, 12), files: files.map((file) => `/${file}`) });
      const worker = readFileSync(at("sw.js"), "utf8");
      const ready = worker.replace(/(['"`])\\?"__SHELL__\\?"\1/, () => JSON.stringify(list));
      if (ready === worker)
        throw new Error("sw.js has no place for its list of files");
      writeFileSync(at("sw.js"), ready);
    },
  };
}
