/* Synthetic matters and a small copy of the report's moves, enough for every page to be worked on. */
import { above, accounts, areas, categories, fullName, orgs, pick, random } from "./data";

export type Any = Record<string, any>;   // eslint-disable-line @typescript-eslint/no-explicit-any
const HOUR = 3600_000;
export const iso = (ms: number) => new Date(ms + 8 * HOUR).toISOString().replace(/\.\d+Z$/, "+08:00");

export const states: Record<string, [string, string, string][]> = {
  report: [["new", "待受理", "open"], ["dispatch", "待派单", "open"], ["doing", "办理中", "active"], ["asked", "申请待批", "waiting"],
           ["callback", "待回访", "active"], ["solved", "已办结", "done"], ["rejected", "不予受理", "done"], ["withdrawn", "已撤回", "void"]],
  whistle: [["review", "待审核", "open"], ["blown", "已吹哨", "active"], ["solved", "已销哨", "done"], ["refused", "未批准", "void"]],
  call: [["called", "待报到", "open"], ["working", "处置中", "active"], ["finished", "已办结", "done"], ["declined", "退哨仲裁", "waiting"]],
  alarm: [["ringing", "待接警", "open"], ["handling", "处置中", "active"], ["closed", "已解除", "done"]],
};
export const kinds = [["report", "事项上报"], ["whistle", "吹哨"], ["call", "应哨"], ["alarm", "报警"]]
  .map(([name, label]) => ({ name, label, states: states[name].map(([n, l, phase]) => ({ name: n, label: l, phase })), moves: ["accept", "assign", "note"] }));
export const stateOf = (kind: string, name: string) => states[kind].find((state) => state[0] === name) ?? [name, name, "open"];
const prefix: Record<string, string> = { report: "BG", whistle: "CS", call: "BD", alarm: "YJ" };
const texts = ["院墙向外歪，墙根裂了一道缝，老人孩子常从下面走", "井盖松动，电动车一过就响", "楼道里堆了旧家具，消防通道过不去", "夜里烧烤摊油烟大，十二点还没散",
  "三楼阳台漏水到二楼，已经两天", "有人从窗户拉线给电动车充电", "路面塌了一个坑，下雨看不见", "广场音响太大，孩子写不了作业"];

export const matters: Any[] = [];
let nextId = 4001;
export const seqs = { value: 100 };

export function make(kind: string, given: Any, at: number): Any {
  const id = nextId++;
  const areaId = given.area ?? pick(areas.filter((area) => area.level === "courtyard")).id;
  const area = areas.find((item) => item.id === areaId)!;
  const state = given.state ?? states[kind][0][0];
  const day = iso(at).slice(2, 10).replace(/-/g, "");
  const due = at + (given.urgency === "urgent" ? 2 : 48) * HOUR;
  const matter: Any = {
    id, number: `${prefix[kind]}-${day}-${id}`, kind, kind_label: kinds.find((item) => item.name === kind)!.label, title: given.title, text: given.text,
    category: given.category, urgency: given.urgency ?? "normal", area: areaId, area_name: fullName(areaId), street: 2,
    community: above(areaId, "community"), grid: above(areaId, "grid"), owner: given.owner ?? null, channel: given.channel ?? "web",
    opened_at: iso(at), changed_at: iso(at), due_at: iso(due), reporter_count: 1, confidential: !!given.confidential,
    lat: given.lat ?? area.lat, lon: given.lon ?? area.lon, address: given.address ?? `${area.name}`, version: 1,
    reporters: given.reporter ? [{ id, name: `${given.reporter.name?.slice(0, 1) ?? "示"}**`, phone: `${(given.reporter.phone ?? "13800000000").slice(0, 3)}****${(given.reporter.phone ?? "0000").slice(-4)}`, channel: given.channel ?? "web", at: iso(at), confidential: !!given.reporter.confidential }] : [],
    history: [{ seq: 1, at: iso(at), who: 2, who_name: "示例专员", verb: "open", verb_label: "登记", to: state, channel: given.channel ?? "web" }],
    deadlines: [{ name: "level", label: "社区处置", seat: "community", seat_name: "社区书记", started_at: iso(at), due_at: iso(due), done_at: null },
                { name: "whole", label: "全程", seat: "street", seat_name: "街道统筹", started_at: iso(at), due_at: iso(due + 72 * HOUR), done_at: null }],
    links: [], files: [], promises: [], fields: {}, track_code: `7K${(id * 37 % 100).toString().padStart(2, "0")}-M${id}-QZ4T`, mirror: given.mirror ?? null,
  };
  put(matter, state);
  matters.push(matter);
  return matter;
}

export function put(matter: Any, state: string): void {
  const [, label, phase] = stateOf(matter.kind, state);
  matter.state = state;
  matter.state_label = label;
  matter.phase = phase;
  if (phase === "done" || phase === "void")
    matter.deadlines.forEach((deadline: Any) => { deadline.done_at ??= matter.changed_at; });
}

const field = (name: string, label: string, type: string, more: Any = {}) => ({ name, label, type, required: true, ...more });
const note = { verb: "note", label: "补充说明", fields: [field("text", "说明", "LONG_TEXT")] };
const yes = [{ name: "yes", label: "是" }, { name: "no", label: "否" }];

export function movesOf(matter: Any): Any[] {
  if (matter.kind === "report") {
    if (matter.state === "new" || matter.state === "dispatch")
      return [
        { verb: "assign", label: "派单", primary: true, fields: [field("org", "承办单位", "ID", { ref: "org", required: false }), field("account", "承办人", "ID", { ref: "account", required: false }), field("note", "交办意见", "LONG_TEXT", { required: false })] },
        { verb: "take", label: "我来办", fields: [] },
        { verb: "reject", label: "不予受理", danger: true, fields: [field("basis", "依据", "CHOICE", { choices: [{ name: "court", label: "已进入诉讼、仲裁程序" }, { name: "petition", label: "属信访程序" }] }), field("reason", "理由", "LONG_TEXT")] },
        { verb: "merge", label: "并入同一事项", fields: [field("into", "并入哪一件", "ID", { ref: "matter" })] }, note];
    if (matter.state === "doing")
      return [
        { verb: "resolve", label: "办结", primary: true, fields: [field("result", "结果", "CHOICE", { choices: [{ name: "solved", label: "已解决" }, { name: "partly", label: "部分解决" }, { name: "explained", label: "解释说明" }] }), field("text", "怎么办的", "LONG_TEXT")] },
        { verb: "reply", label: "答复居民", fields: [field("text", "答复内容", "LONG_TEXT"), field("public", "居民可见", "BOOL", { required: false })] },
        { verb: "extend", label: "申请延期", fields: [field("until", "延到", "TIME"), field("reason", "理由", "LONG_TEXT")] },
        { verb: "return", label: "退回派单", danger: true, fields: [field("basis", "依据", "RULE", { ref: "duty_list" }), field("reason", "理由", "LONG_TEXT")] },
        { verb: "raise", label: "提级办理", fields: [field("reason", "理由", "LONG_TEXT")] },
        { verb: "suspend", label: "挂起", fields: [field("reason", "理由", "LONG_TEXT")] }, note];
    if (matter.state === "callback")
      return [{ verb: "callback", label: "回访", primary: true, fields: [field("outcome", "是否接通", "CHOICE", { choices: [{ name: "reached", label: "已接通" }, { name: "missed", label: "未接通" }] }), field("responded", "响应", "CHOICE", { choices: yes }), field("resolved", "解决", "CHOICE", { choices: yes }), field("satisfied", "满意", "CHOICE", { choices: yes }), field("note", "备注", "LONG_TEXT", { required: false })] }, note];
    return [{ verb: "reopen", label: "重新办理", fields: [field("reason", "理由", "LONG_TEXT")] }];
  }
  if (matter.kind === "whistle") {
    if (matter.state === "review")
      return [{ verb: "approve", label: "同意吹哨", primary: true, fields: [] }, { verb: "refuse", label: "不同意", danger: true, fields: [field("reason", "理由", "LONG_TEXT")] }, note];
    if (matter.state === "blown")
      return [{ verb: "close", label: "销哨", primary: true, fields: [field("result", "处置结果", "LONG_TEXT")] }, note];
  }
  if (matter.kind === "call" && matter.state === "called")
    return [{ verb: "report_in", label: "报到", primary: true, fields: [] }, { verb: "decline", label: "退哨", danger: true, fields: [field("basis", "法定依据", "TEXT"), field("reason", "理由", "LONG_TEXT")] }, { verb: "log_answer", label: "登记电话应答", fields: [field("who", "接电话的人", "TEXT"), field("said", "怎么说", "TEXT")] }];
  if (matter.kind === "call" && matter.state === "working")
    return [{ verb: "arrive", label: "到场", fields: [] }, { verb: "finish", label: "办结", primary: true, fields: [field("text", "怎么办的", "LONG_TEXT")] }];
  return [note];
}

const after: Record<string, string> = { accept: "dispatch", assign: "doing", take: "doing", resolve: "callback", reject: "rejected", extend: "asked", return: "dispatch", callback: "solved",
  reopen: "dispatch", approve: "blown", refuse: "refused", close: "solved", report_in: "working", finish: "finished", decline: "declined", suspend: "asked" };

export function move(matter: Any, verb: string, body: Any, who: Any): void {
  const from = matter.state;
  const label = movesOf(matter).find((item) => item.verb === verb)?.label ?? verb;
  const at = iso(Date.now());
  matter.version++;
  matter.changed_at = at;
  if (verb === "assign" && body.org)
    matter.owner = { type: "org", id: body.org, name: orgs.find((org) => org.id === body.org)?.name };
  if (verb === "take" || (verb === "assign" && body.account))
    matter.owner = { type: "account", id: body.account ?? who.id, name: accounts.find((account) => account.id === (body.account ?? who.id))?.name };
  put(matter, after[verb] ?? matter.state);
  matter.history.push({ seq: matter.history.length + 1, at, who: who.id, who_name: who.name, verb, verb_label: label, from, to: matter.state, note: body.text ?? body.reason ?? body.note ?? body.result });
}

export function fill(): void {
  const base = Date.now();
  for (let i = 0; i < 160; i++) {
    const at = base - (160 - i) * 0.9 * HOUR - random() * HOUR;
    const category = pick(categories);
    const text = pick(texts);
    const state = i < 90 ? pick(["solved", "solved", "solved", "rejected", "callback"]) : pick(["new", "dispatch", "doing", "doing", "callback", "asked"]);
    const matter = make("report", { title: text.slice(0, 12), text, category: category.code, channel: pick(["wechat", "phone", "web", "patrol", "12345", "qr"]), state, urgency: random() < 0.12 ? "urgent" : "normal",
      owner: state === "new" ? null : pick([{ type: "account", id: 2, name: "示例专员" }, { type: "account", id: 4, name: "示例网格员" }, { type: "org", id: 6, name: "桂花物业" }]),
      reporter: { name: "示例居民", phone: "13800000099" } }, at);
    matter.category_label = category.label;
    if (i % 23 === 0)
      matter.mirror = { upstream: "12345", number: `ZZ2026${1000 + i}`, due_at: iso(at + 60 * HOUR), state: "doing", state_label: "办理中", requests: [] };
  }
  for (let i = 0; i < 6; i++) {
    const whistle = make("whistle", { title: pick(["石榴园院墙倾斜需鉴定", "南门桥占压燃气管道", "纺机社区群租房隐患"]), text: pick(texts), state: pick(["review", "blown", "solved"]), urgency: "normal" }, base - i * 20 * HOUR);
    for (const org of [orgs[1], orgs[2]]) {
      const call = make("call", { title: `${whistle.title}（${org.name}）`, text: whistle.text, area: whistle.area, state: pick(["called", "working", "finished"]), owner: { type: "org", id: org.id, name: org.name } }, base - i * 20 * HOUR);
      whistle.links.push({ type: "child", id: call.id, number: call.number, kind: "call", title: call.title, state: call.state, state_label: call.state_label });
      call.links.push({ type: "parent", id: whistle.id, number: whistle.number, kind: "whistle", title: whistle.title, state: whistle.state, state_label: whistle.state_label });
    }
  }
  make("alarm", { title: "呼叫器：桂花里 演示老人甲", text: "单键呼叫，需求未知，按救助处理", urgency: "urgent" }, base - 0.02 * HOUR);
}
