/* The reply to an upstream order, in the order of the upstream's own form, so that it is pasted field by field. */
import { dayText, timeText } from "./time";
import type { Matter } from "./types";

export function replyText(matter: Matter): string {
  const mirror = matter.mirror;
  if (mirror?.reply_order?.length)
    return mirror.reply_order.map((row) => `${row.label}：${row.value}`).join("\n");
  const last = (verbs: string[]) => [...matter.history].reverse().find((row) => verbs.includes(row.verb));
  const done = last(["resolve", "reply"]);
  const back = last(["callback"]);
  const rows: [string, string | undefined][] = [
    ["工单编号", mirror?.number],
    ["承办单位", matter.owner?.name],
    ["办理时间", done ? timeText(done.at) : undefined],
    ["办理情况", done?.note],
    ["办理结果", matter.state_label],
    ["回访情况", back?.note],
    ["填报日期", done ? dayText(done.at) : undefined],
  ];
  return rows.filter(([, value]) => value).map(([label, value]) => `${label}：${value}`).join("\n");
}
