/* Times as the office reads them: always +08:00, 'MM-DD HH:mm', with words for how near. One clock for the whole page. */
import { ref } from "vue";
import { t } from "./i18n";

const ZONE_MS = 8 * 3600_000;
const MINUTE = 60_000, HOUR = 3600_000, DAY = 86400_000;

export const now = ref(Date.now());
let skew = 0;
setInterval(() => { now.value = Date.now() + skew; }, 15_000);

/* The server's clock counts, not the old PC's. */
export function setServerNow(iso: string): void {
  const at = Date.parse(iso);
  if (!Number.isNaN(at)) {
    skew = at - Date.now();
    now.value = at;
  }
}

const two = (value: number) => String(value).padStart(2, "0");

export function timeText(iso?: string | null): string {
  if (!iso)
    return "";
  const at = Date.parse(iso);
  if (Number.isNaN(at))
    return "";
  const local = new Date(at + ZONE_MS);
  const text = `${two(local.getUTCMonth() + 1)}-${two(local.getUTCDate())} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
  const year = local.getUTCFullYear();
  return year === new Date(now.value + ZONE_MS).getUTCFullYear() ? text : `${year}-${text}`;
}

export function dayText(iso?: string | null): string {
  if (!iso)
    return "";
  const local = new Date(Date.parse(iso) + ZONE_MS);
  return `${local.getUTCFullYear()}-${two(local.getUTCMonth() + 1)}-${two(local.getUTCDate())}`;
}

export function spanParts(ms: number): { key: string; n: number; m: number } {
  const span = Math.abs(ms);
  if (span < MINUTE)
    return { key: "moment", n: 0, m: 0 };
  if (span < HOUR)
    return { key: "minutes", n: Math.floor(span / MINUTE), m: 0 };
  if (span < DAY)
    return { key: "hours", n: Math.floor(span / HOUR), m: Math.floor((span % HOUR) / MINUTE) };
  return { key: "days", n: Math.floor(span / DAY), m: Math.floor((span % DAY) / HOUR) };
}

export function spanText(ms: number): string {
  const { key, n, m } = spanParts(ms);
  return t(`time.${key}${m && key !== "minutes" ? "_more" : ""}`, { n, m });
}

export function agoText(iso: string, at = now.value): string {
  const ms = at - Date.parse(iso);
  if (Math.abs(ms) < MINUTE)
    return t("time.just_now");
  return t(ms >= 0 ? "time.ago" : "time.in", { span: spanText(ms) });
}

export type Nearness = "late" | "soon" | "fine";

/* Soon: the last quarter of an hour-long limit or the last four hours of a longer one. */
export function nearness(due: string, started?: string, at = now.value): Nearness {
  const left = Date.parse(due) - at;
  if (left < 0)
    return "late";
  const whole = started ? Date.parse(due) - Date.parse(started) : DAY;
  return left < Math.min(4 * HOUR, whole / 4) ? "soon" : "fine";
}

export function leftText(due: string, at = now.value): string {
  const left = Date.parse(due) - at;
  return t(left >= 0 ? "time.left" : "time.over", { span: spanText(left) });
}

/* <input type=datetime-local> holds the office's local time without an offset. */
export function toLocalInput(ms: number): string {
  return new Date(ms + ZONE_MS).toISOString().slice(0, 16);
}
export function fromLocalInput(value: string): string | undefined {
  return value ? `${value.length === 16 ? `${value}:00` : value}+08:00` : undefined;
}
