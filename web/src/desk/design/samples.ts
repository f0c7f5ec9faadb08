/* Invented things for the design page; people, firms and places do not exist. */
import { Problem } from "@/lib/api";
import { t } from "@/lib/i18n";
import { now } from "@/lib/time";
import type { Field, FileItem, MatterItem, Similar } from "@/lib/types";

const HOUR = 3600_000;
const at = (hours: number) => new Date(now.value + hours * HOUR).toISOString();
export const soon = () => at(0.2);
export const late = () => at(-3.5);
export const far = () => at(70);
export const before = () => at(-1);

export function fields(): Field[] {
  const named = (name: string, type: string, more: Partial<Field> = {}): Field => ({ name, type, label: t(`design.field_${type}`), ...more });
  const choices = (count: number) => Array.from({ length: count }, (_none, index) => ({ name: `c${index}`, label: t("design.choice", { n: index + 1 }) }));
  return [named("text", "text", { required: true, help: t("design.help") }), named("long", "long_text"), named("int", "int"), named("bool", "bool"), named("time", "time"),
    named("day", "day"), named("few", "choice", { choices: choices(3) }), { ...named("many", "choice", { choices: choices(8) }), label: t("design.field_many") }];
}
export const problem = () => new Problem(422, "invalid", t("design.problem"), [{ field: "text", code: "required", message: t("design.wrong") }]);

export function matters(): MatterItem[] {
  const row = (id: number, phase: string, more: Partial<MatterItem> = {}): MatterItem => ({
    id, number: `DEMO-${String(id).padStart(4, "0")}`, kind: "report", kind_label: t("design.report"), state: phase, state_label: t(`design.phase_${phase}`), phase,
    title: t("design.matter", { n: id }), area_name: t("design.area"), opened_at: late(), changed_at: before(), owner: { type: "account", id: 1, name: t("design.person") }, ...more });
  return [row(1, "open", { urgency: "critical", due_at: late(), late: true, owner: null }), row(2, "active", { urgency: "urgent", due_at: soon(), opened_at: before() }),
    row(3, "waiting", { due_at: far(), mirror: true, confidential: true }), row(4, "done", { reporter_count: 3 })];
}
export const files = (): FileItem[] => [{ id: 1, name: "DEMO.pdf", type: "application/pdf", bytes: 40960, url: "/desk/design" }];
export const similar = (): Similar[] => [1, 2].map((id) => ({ id, number: `DEMO-000${id}`, title: t("design.matter", { n: id }), state_label: t("design.phase_open"), opened_at: late(), distance_m: id * 35 }));
export const points = () => Array.from({ length: 14 }, (_none, index) => ({ key: String(index), label: `11-${String(index + 10)}`, value: 12 + Math.round(8 * Math.sin(index)) }));
