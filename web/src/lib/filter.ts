/* The list's filters: what stands in the address bar, what is asked of the server, the built-in views. */
import { query } from "./api";

export interface Filter { [name: string]: string | undefined }
export const FILTER_NAMES = ["q", "kind", "phase", "state", "area", "owner", "category", "channel", "urgency", "from", "to", "overdue", "unclaimed", "sort"] as const;

export function fromQuery(source: Record<string, unknown>): Filter {
  const filter: Filter = {};
  for (const name of FILTER_NAMES) {
    const value = source[name];
    if (typeof value === "string" && value !== "")
      filter[name] = value;
  }
  return filter;
}
export function clean(filter: Filter): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter((entry): entry is [string, string] => !!entry[1]));
}
export function same(a: Filter, b: Filter): boolean {
  return query(sorted(clean(a))) === query(sorted(clean(b)));
}
function sorted(filter: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).sort(([a], [b]) => a < b ? -1 : 1));
}
/* A day of the office, as the server wants it: an instant with its offset. */
export function asked(filter: Filter): Record<string, string> {
  const given = clean(filter);
  if (given.from?.length === 10)
    given.from = `${given.from}T00:00:00+08:00`;
  if (given.to?.length === 10)
    given.to = `${given.to}T23:59:59+08:00`;
  return given;
}
export const BUILT_IN: { name: string; filter: Filter }[] = [
  { name: "open", filter: { phase: "unfinished" } },
  { name: "mine", filter: { owner: "me", phase: "unfinished", sort: "due" } },
  { name: "overdue", filter: { overdue: "1", sort: "due" } },
  { name: "unclaimed", filter: { unclaimed: "1" } },
  { name: "done", filter: { phase: "done" } },
  { name: "all", filter: {} },
];
