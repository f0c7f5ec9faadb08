/* A matter taken along on purpose, to be read and handled where there is no signal: what and where, and the steps that were
 * possible, without the people who reported it. Kept at most a day; gone at log-out and once it is handled. */
import { all, drop, one, put } from "./base";
import type { Matter } from "./types";

const KEEP_MS = 24 * 3600_000;
export type Carried = Pick<Matter, "id" | "number" | "title" | "text" | "state_label" | "phase" | "area_name" | "place_name" | "address" | "due_at" | "opened_at" | "version" | "moves"> & { carried_at: number; account: number };

export async function carry(matter: Matter, account: number): Promise<void> {
  const { id, number, title, text, state_label, phase, area_name, place_name, address, due_at, opened_at, version, moves } = matter;
  const plain = JSON.parse(JSON.stringify({ id, number, title, text, state_label, phase, area_name, place_name, address, due_at, opened_at, version, moves })) as Carried;
  await put("carried", { ...plain, carried_at: Date.now(), account });
}
export async function carriedOf(account: number): Promise<Carried[]> {
  const found = await all<Carried>("carried");
  const old = found.filter((item) => Date.now() - item.carried_at > KEEP_MS);
  await Promise.all(old.map((item) => drop("carried", item.id)));
  return found.filter((item) => item.account === account && !old.includes(item)).sort((a, b) => (a.due_at ?? "~") < (b.due_at ?? "~") ? -1 : 1);
}
export async function carriedMatter(id: number, account: number): Promise<Carried | undefined> {
  const found = await one<Carried>("carried", id).catch(() => undefined);
  return found && found.account === account && Date.now() - found.carried_at <= KEEP_MS ? found : undefined;
}
export const putDown = (id: number) => drop("carried", id).catch(() => undefined);
