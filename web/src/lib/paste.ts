/* What a clerk pastes: lines of a WeChat group, or a 12345 order copied out of the city's page. */
export interface Pasted { text: string; name?: string; phone?: string; address?: string }
export interface Order extends Pasted { number?: string; due_at?: string; title?: string }

const PHONE = /(?<!\d)(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)/;
const CHAT_HEAD = /^\s*(\S{1,16})\s+(?:\d{4}[-/年]\d{1,2}[-/月]\d{1,2}日?\s+)?(?:上午|下午|凌晨|晚上|中午)?\s*\d{1,2}:\d{2}(?::\d{2})?\s*$/;
const CHAT_INLINE = /^\s*([^\s:：]{1,12})\s*[:：]\s*(.+)$/;
const PICTURE = /^\s*\[(图片|照片|视频|语音|Image|Photo|表情)\]\s*$/i;

/* Text of a group chat: speakers' heads and "[图片]" marks go, the words stay; the first speaker is the reporter. */
export function parseChat(raw: string): Pasted {
  const lines = raw.replace(/\r/g, "").split("\n");
  const heads = lines.filter((line) => CHAT_HEAD.test(line)).length;
  const kept: string[] = [];
  let name: string | undefined;
  for (const line of lines) {
    const head = CHAT_HEAD.exec(line);
    if (head) {
      name ??= head[1];
      continue;
    }
    if (PICTURE.test(line))
      continue;
    const inline = heads ? null : CHAT_INLINE.exec(line);
    if (inline && !isOrderLabel(inline[1]) && lines.length > 1) {
      name ??= inline[1];
      kept.push(inline[2].trim());
      continue;
    }
    if (line.trim())
      kept.push(line.trim());
  }
  const text = kept.join("\n");
  return { text, name, phone: PHONE.exec(text)?.[1].replace("-", "") };
}

const LABELS: Record<string, keyof Order> = {
  工单编号: "number", 工单号: "number", 受理编号: "number", 案件编号: "number", 任务号: "number",
  诉求内容: "text", 问题描述: "text", 来电内容: "text", 工单内容: "text", 主要内容: "text",
  标题: "title", 诉求标题: "title", 工单标题: "title",
  联系人: "name", 来电人: "name", 诉求人: "name", 姓名: "name",
  联系电话: "phone", 来电号码: "phone", 联系方式: "phone",
  地址: "address", 事发地址: "address", 诉求地址: "address", 问题地址: "address",
  办理时限: "due_at", 截止时间: "due_at", 办结时限: "due_at", 要求办结时间: "due_at",
};

function isOrderLabel(word: string): boolean {
  return word.replace(/\s/g, "") in LABELS;
}

/* Returns nothing unless at least an order number and a text were found. */
export function parseOrder(raw: string): Order | undefined {
  const found: Order = { text: "" };
  let last: keyof Order | undefined;
  for (const line of raw.replace(/\r/g, "").split("\n")) {
    const match = /^\s*【?\s*([\u4e00-\u9fa5]{2,8})\s*】?\s*[:：\t]\s*(.*)$/.exec(line);
    const key = match ? LABELS[match[1].replace(/\s/g, "")] : undefined;
    if (match && key) {
      found[key] = match[2].trim();
      last = key;
    } else if (last === "text" && line.trim() && !match) {
      found.text += `\n${line.trim()}`;
    }
  }
  if (!found.number || !found.text)
    return undefined;
  if (found.due_at)
    found.due_at = orderTime(found.due_at);
  return found;
}

export function orderTime(text: string): string | undefined {
  const match = /(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})日?(?:\s*T?\s*(\d{1,2})[:：时](\d{1,2}))?/.exec(text);
  if (!match)
    return undefined;
  const two = (part: string | undefined, otherwise: string) => (part ?? otherwise).padStart(2, "0");
  return `${match[1]}-${two(match[2], "")}-${two(match[3], "")}T${two(match[4], "18")}:${two(match[5], "00")}:00+08:00`;
}

export function pictureFiles(data: DataTransfer | null): File[] {
  return Array.from(data?.files ?? []).filter((file) => file.type.startsWith("image/"));
}
