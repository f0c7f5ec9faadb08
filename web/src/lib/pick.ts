/* Where the pick box looks things up. */
import { get } from "./api";
import type { Area, MatterItem, Org, Page } from "./types";

export type Source = "area" | "org" | "account" | "matter";
export interface Option { value: number; label: string; hint: string }
interface AccountItem { id: number; name: string; login: string; role_label?: string; grants?: { role_label: string }[] }
type NamedArea = Area & { full_name?: string; community?: number | null };

/* Courtyards of two communities may share a name; the community stands beside it. Asked once per page load. */
let communities: Promise<Map<number, string>> | undefined;
export function communityNames(): Promise<Map<number, string>> {
  communities ??= get<Page<Area>>("/areas", { level: "community", limit: 200 }).then((page) => new Map(page.items.map((area) => [area.id, area.name]))).catch(() => new Map<number, string>());
  return communities;
}

export const areaLabel = (area: NamedArea) => area.full_name ?? area.name;

export async function find(source: Source, q: string, more: { kind?: string; level?: string; under?: number } = {}): Promise<Option[]> {
  if (source === "area") {
    const [page, names] = await Promise.all([get<Page<NamedArea>>("/areas", { q, level: more.level, under: q ? undefined : more.under, limit: 30 }), communityNames()]);
    return page.items.map((area) => ({ value: area.id, label: areaLabel(area), hint: [area.community !== area.id ? names.get(area.community ?? 0) : "", area.level_label].filter(Boolean).join(" · ") }));
  }
  if (source === "org")
    return (await get<Page<Org>>("/orgs", { q, kind: more.kind, limit: 50 })).items
      .map((org) => ({ value: org.id, label: org.name, hint: org.kind_label ?? "" }));
  if (source === "account")
    return (await get<Page<AccountItem>>("/accounts", { q, limit: 50 })).items
      .filter((one) => !q || `${one.name}${one.login}`.includes(q))
      .map((one) => ({ value: one.id, label: one.name, hint: one.role_label ?? one.grants?.[0]?.role_label ?? one.login }));
  return (await get<Page<MatterItem>>("/matters", { q, limit: 20 })).items
    .map((one) => ({ value: one.id, label: `${one.number} ${one.title}`, hint: one.state_label }));
}
