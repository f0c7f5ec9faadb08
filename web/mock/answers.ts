/* Requests to answers. A table of [method, path pattern, handler]; {name} matches one part. */
import type { IncomingMessage } from "node:http";
import { accounts, ancestors, areas, categories, directory, dutyList, fullName, orgs, street } from "./data";
import { type Any, fill, iso, kinds, make, matters, move, movesOf, seqs } from "./matters";

export const streams = new Set<(text: string) => void>();
export interface Answer { status: number; body?: unknown; raw?: string | Buffer; type?: string; headers?: Record<string, string> }
interface Call { request: IncomingMessage; parts: Record<string, string>; params: URLSearchParams; body: Any; raw: Buffer; who: Any | null }

fill();
const files = new Map<number, { type: string; raw: Buffer }>();
const views: Any[] = [], webhooks: Any[] = [], tokens: Any[] = [], jobs: Any[] = [];
const ok = (body: unknown, status = 200): Answer => ({ status, body });
const fault = (status: number, code: string, detail: string, errors: unknown[] = []): Answer => ({ status, body: { type: "about:blank", title: detail, status, detail, code, errors } });
const one = (id: string) => matters.find((matter) => matter.id === Number(id));

function who(request: IncomingMessage): Any | null {
  const login = /wx=([a-z]+)/.exec(request.headers.cookie ?? "")?.[1];
  return accounts.find((account) => account.login === login) ?? null;
}
function me(account: Any): Any {
  return { account: { id: account.id, login: account.login, name: account.name, role_label: account.role_label, lang: "zh" },
    grants: [{ role: account.role, role_label: account.role_label, area: account.area, area_name: fullName(account.area), org: account.org }],
    must_change_password: false, office: { name: street.name, demo: true, zone: "+08:00" }, unseen: 2 };
}
function item(matter: Any): Any {
  const late = (matter.phase === "open" || matter.phase === "active") && Date.parse(matter.due_at) < Date.now();
  const { text, history, deadlines, files: f, links, promises, reporters, fields, version, track_code, address, ...rest } = matter;
  return { ...rest, mirror: !!matter.mirror, late, category_label: categories.find((entry) => entry.code === matter.category)?.label };
}
function full(matter: Any): Any {
  return { ...matter, ...item(matter), mirror: matter.mirror, moves: movesOf(matter),
    deadlines: matter.deadlines.map((deadline: Any) => ({ ...deadline, late: !deadline.done_at && Date.parse(deadline.due_at) < Date.now() })),
    papers: [{ form: "undertake", label: "承办单", url: `/api/v1/matters/${matter.id}/paper/undertake`, docx_url: `/api/v1/matters/${matter.id}/docx/undertake` }] };
}
function inside(matter: Any, area: number): boolean {
  return ancestors(matter.area).some((one) => one.id === area);
}
function select(params: URLSearchParams, account: Any | null): Any[] {
  const want = (name: string) => params.get(name)?.split(",");
  let found = matters.filter((matter) => {
    for (const name of ["kind", "phase", "state", "category", "channel", "urgency"]) {
      const list = name === "phase" && want(name)?.[0] === "unfinished" ? ["open", "active", "waiting"] : want(name);
      if (list && !list.includes(String(matter[name])))
        return false;
    }
    if (params.get("owner") === "me" && matter.owner?.id !== account?.id)
      return false;
    if (params.get("unclaimed") && (matter.owner || matter.phase === "done" || matter.phase === "void"))
      return false;
    if (params.get("overdue") && !item(matter).late)
      return false;
    if (params.get("area") && !inside(matter, Number(params.get("area"))))
      return false;
    const q = params.get("q");
    return !q || `${matter.title}${matter.text}${matter.number}`.includes(q);
  });
  found = [...found].sort((a, b) => params.get("sort") === "due" ? Date.parse(a.due_at) - Date.parse(b.due_at) : b.id - a.id);
  return found;
}
function page(list: Any[], params: URLSearchParams): Any {
  const start = Number(params.get("after") ?? 0), limit = Number(params.get("limit") ?? 50);
  return { items: list.slice(start, start + limit).map(item), next: start + limit < list.length ? String(start + limit) : null };
}
function tell(matter: Any, verb: string, label: string): void {
  const seq = ++seqs.value;
  const data = { seq, at: iso(Date.now()), kind: matter.kind, matter: matter.id, number: matter.number, title: matter.title, verb, verb_label: label, state: matter.state, phase: matter.phase, area: matter.area, street: 2, community: matter.community, grid: matter.grid, urgency: matter.urgency };
  streams.forEach((stream) => stream(`id: ${seq}\nevent: move\ndata: ${JSON.stringify(data)}\n\n`));
}
function created(kind: string, body: Any, channel: string): Answer {
  if (!body.text)
    return fault(422, "invalid", "有 1 处需要改正", [{ field: "text", code: "required", message: "请写明情况" }]);
  const matter = make(kind, { ...body, channel, title: body.title || String(body.text).slice(0, 18) }, Date.now());
  matter.category_label = categories.find((entry) => entry.code === body.category)?.label;
  tell(matter, "open", "登记");
  return { status: 201, headers: { Location: `/api/v1/matters/${matter.id}` }, body: { ...full(matter), similar: [], reply_line: `已收到，编号 ${matter.number}，查询码 ${matter.track_code}，48 小时内答复。` } };
}
function figure(name: string): Any {
  const rows = matters.filter((matter) => matter.kind === "report");
  const done = rows.filter((matter) => matter.phase === "done").length;
  return { name, label: name === "resolve_rate" ? "办结率" : "事项数", value: name === "resolve_rate" ? Math.round(done / (rows.length - 2) * 1000) / 10 : rows.length, unit: name === "resolve_rate" ? "%" : "件",
    numerator: done, denominator: rows.length - 2, exclusions: [{ label: "居民撤回", count: 2 }], formula: "办结数 ÷（受理数 − 撤回数）", rule_version: "2026-01",
    series: Array.from({ length: 14 }, (_, day) => ({ key: `d${day}`, label: `11-${10 + day}`, value: 6 + (day * 7) % 9 })) };
}

type Handler = (call: Call) => Answer;
const table: [string, string, Handler, ("open" | "")?][] = [
  ["GET", "/setup", () => ok({ needed: false }), "open"],
  ["POST", "/setup", () => ok({}), "open"],
  ["GET", "/demo-logins", () => ok({ items: accounts.map((account) => ({ login: account.login, password: "demo-only", role_label: account.role_label, area_name: fullName(account.area) })) }), "open"],
  ["POST", "/session", ({ body }) => {
    const account = accounts.find((entry) => entry.login === body.login);
    if (!account || body.password !== "demo-only")
      return fault(401, "bad_login", "账号或密码不对");
    return { status: 200, body: me(account), headers: { "Set-Cookie": `wx=${account.login}; Path=/; HttpOnly; SameSite=Lax` } };
  }, "open"],
  ["DELETE", "/session", () => ({ status: 204, headers: { "Set-Cookie": "wx=; Path=/; Max-Age=0" } })],
  ["GET", "/me", ({ who: account }) => ok(me(account!))],
  ["GET", "/sessions", () => ok({ items: [{ id: 1, created_at: iso(Date.now() - 8e6), seen_at: iso(Date.now()), agent: "Chromium", current: true }] })],
  ["POST", "/otp", () => ok({ secret: "JBSWY3DPEHPK3PXP", uri: "otpauth://totp/demo?secret=JBSWY3DPEHPK3PXP" })],
  ["GET", "/meta", () => ok({ kinds, phases: [["open", "待办"], ["active", "办理中"], ["waiting", "等待"], ["done", "已结"], ["void", "作废"]].map(([value, label]) => ({ value, label })),
    channels: [["web", "网页"], ["phone", "电话"], ["wechat", "微信群"], ["qr", "扫码"], ["patrol", "巡查"], ["counter", "窗口"], ["12345", "12345"]].map(([name, label]) => ({ name, label })),
    urgencies: [{ name: "normal", label: "一般" }, { name: "urgent", label: "紧急" }], roles: accounts.map((account) => ({ name: account.role, label: account.role_label })), demo: true, office: street.name })],
  ["GET", "/categories", () => ok({ items: categories })],
  ["GET", "/rules", () => ok({ items: [{ name: "limits", label: "时限" }, { name: "duty_list", label: "履职清单" }] })],
  ["GET", "/audit", () => ok({ items: [{ id: 1, at: iso(Date.now()), login: "admin", verb: "grant", noun: "account", noun_id: 2, note: "" }], next: "" })],
  ["GET", "/rules/{name}", ({ parts }) => ok({ name: parts.name, version: "2026-01", source: "演示规则", date: "2026-01-01", assumption: true, items: parts.name === "duty_list" ? dutyList : categories.map((entry) => ({ key: entry.code, label: entry.label })) })],
  ["GET", "/areas", ({ params }) => {
    const under = Number(params.get("under") ?? 0), q = params.get("q"), level = params.get("level");
    const list = areas.filter((area) => (q ? area.name.includes(q) || area.code.includes(q) : under ? area.parent === under : level ? true : area.parent === null) && (!level || area.level === level));
    return ok({ items: list.slice(0, Number(params.get("limit") ?? 50)).map(({ ring, ...area }) => ({ ...area, full_name: fullName(area.id), ring: undefined })) });
  }],
  ["GET", "/areas/{id}", ({ parts }) => {
    const area = areas.find((entry) => entry.id === Number(parts.id));
    return area ? ok({ ...area, ring: undefined, door_code: area.level === "courtyard" ? area.code : "", ancestors: ancestors(area.id).slice(0, -1), layers: [], seats: [{ seat: "community", label: "社区书记", person_name: "示例书记", phone_masked: "138****0001" }, { seat: "property", label: "物业经理", vacant: true }] }) : fault(404, "not_found", "没有这个区域");
  }],
  ["GET", "/areas.geojson", ({ params }) => ok({ type: "FeatureCollection", features: areas.filter((area) => area.ring.length && area.level === (params.get("level") ?? "grid")).map((area) => {
    const list = matters.filter((matter) => inside(matter, area.id) && ["open", "active"].includes(matter.phase));
    return { type: "Feature", geometry: { type: "Polygon", coordinates: [[...area.ring, area.ring[0]]] }, properties: { id: area.id, name: area.name, level: area.level, open: list.length, overdue: list.filter((matter) => item(matter).late).length, alarms: list.filter((matter) => matter.kind === "alarm").length } };
  }) })],
  ["GET", "/place", ({ params }) => {
    const lat = Number(params.get("lat")), lon = Number(params.get("lon"));
    const grids = areas.filter((area) => area.level === "grid").sort((a, b) => Math.hypot(a.lat - lat, a.lon - lon) - Math.hypot(b.lat - lat, b.lon - lon));
    return ok({ area: grids[0].id, name: fullName(grids[0].id), grid: grids[0].id, community: grids[0].parent, street: 2, disputed: false });
  }],
  ["GET", "/places/{code}", ({ parts }) => ok({ code: parts.code, name: "市场街75号院 2单元", full_name: "桂花里社区 第一网格 市场街75号院 2单元" }), "open"],
  ["GET", "/orgs", ({ params }) => ok({ items: orgs.filter((org) => (!params.get("kind") || org.kind === params.get("kind")) && org.name.includes(params.get("q") ?? "")) })],
  ["GET", "/directory", ({ params }) => ok({ items: directory.filter((entry) => !params.get("org") || entry.org === Number(params.get("org"))) })],
  ["GET", "/accounts", () => ok({ items: accounts.map((account) => ({ ...account, grants: me(account).grants, disabled: false, seen_at: iso(Date.now()) })) })],
  ["POST", "/accounts", ({ body }) => ok({ id: 99, ...body, first_password: "示例-7342-初次" }, 201)],
  ["GET", "/matters", ({ params, who: account }) => ok(page(select(params, account), params))],
  ["GET", "/search", ({ params, who: account }) => ok(page(select(params, account), params))],
  ["GET", "/matters/{id}", ({ parts }) => one(parts.id) ? { status: 200, body: full(one(parts.id)!), headers: { ETag: `"${one(parts.id)!.version}"` } } : fault(404, "not_found", "没有这件事项，或者不在您的范围内")],
  ["POST", "/matters/{id}/files", ({ parts, request, raw }) => {
    const matter = one(parts.id)!, id = 900 + files.size, type = String(request.headers["content-type"]);
    files.set(id, { type, raw });
    const file = { id, name: decodeURIComponent(String(request.headers["x-file-name"] ?? "file")), type, bytes: raw.length, url: `/api/v1/files/${id}`, thumb_url: `/api/v1/files/${id}/thumb`, at: iso(Date.now()), who: "示例专员" };
    matter.files.push(file);
    return ok(file, 201);
  }],
  ["GET", "/files/{id}", ({ parts }) => ({ status: 200, raw: files.get(Number(parts.id))?.raw, type: files.get(Number(parts.id))?.type })],
  ["GET", "/files/{id}/thumb", ({ parts }) => ({ status: 200, raw: files.get(Number(parts.id))?.raw, type: files.get(Number(parts.id))?.type })],
  ["POST", "/matters/{id}/promises", ({ parts, body }) => { const promise = { id: Date.now() % 100000, ...body, mine: true }; one(parts.id)!.promises.push(promise); return ok(promise, 201); }],
  ["POST", "/promises/{id}/keep", ({ parts }) => { for (const matter of matters) for (const promise of matter.promises) if (promise.id === Number(parts.id)) promise.done_at = iso(Date.now()); return ok({}); }],
  ["GET", "/promises", () => ok({ items: matters.flatMap((matter) => matter.promises.map((promise: Any) => ({ ...promise, matter: matter.id, number: matter.number, title: matter.title }))) })],
  ["POST", "/matters/{id}/unmask", ({ body }) => body.reason ? ok({ name: "示例居民", phone: "13800000099" }) : fault(422, "invalid", "请写明理由", [{ field: "reason", code: "required", message: "请写明理由" }])],
  ["POST", "/matters/{id}/{verb}", ({ parts, body, who: account }) => {
    const matter = one(parts.id)!;
    const wanted = movesOf(matter).find((entry) => entry.verb === parts.verb);
    if (!wanted && parts.verb !== "note")
      return fault(409, "moved", "这件事项刚被别人处理过，请看最新情况");
    const errors = (wanted?.fields ?? []).filter((entry: Any) => entry.required && (body[entry.name] === undefined || body[entry.name] === "")).map((entry: Any) => ({ field: entry.name, code: "required", message: `请填写${entry.label}` }));
    if (errors.length)
      return fault(422, "invalid", `有 ${errors.length} 处需要改正`, errors);
    move(matter, parts.verb, body, account ?? accounts[1]);
    tell(matter, parts.verb, wanted?.label ?? parts.verb);
    return ok(full(matter));
  }],
  ["GET", "/similar", ({ params }) => ok({ items: matters.filter((matter) => matter.kind === "report" && matter.phase !== "done" && (params.get("text") ?? "").length > 1 && [...new Set([...(params.get("text") ?? "")])].filter((char) => matter.text.includes(char)).length >= 4).slice(0, 4).map((matter) => ({ id: matter.id, number: matter.number, title: matter.title, state_label: matter.state_label, opened_at: matter.opened_at, distance_m: 40 + matter.id % 300, score: 0.8 })) })],
  ["POST", "/reports", ({ body }) => created("report", body, body.channel ?? "web")],
  ["POST", "/whistles", ({ body }) => {
    if (!body.departments?.length)
      return fault(422, "invalid", "有 1 处需要改正", [{ field: "departments", code: "required", message: "请选择要叫来的部门" }]);
    const result = created("whistle", body, "web");
    (result.body as Any).calls = body.departments.map((id: number) => {
      const org = orgs.find((entry) => entry.id === id);
      const call = make("call", { title: `${body.title}（${org?.name}）`, text: body.text, area: body.area, owner: { type: "org", id, name: org?.name } }, Date.now());
      one(String((result.body as Any).id))?.links.push({ type: "child", id: call.id, number: call.number, kind: "call", title: call.title, state: call.state, state_label: call.state_label });
      return { id: call.id, org: id, lead: body.lead === id, state: call.state };
    });
    return result;
  }],
  ["POST", "/phone-whistles", ({ body }) => created("whistle", { ...body, text: body.said, title: `电话直达：${body.firm}`, state: "blown" }, "phone")],
  ["POST", "/bulk/{verb}", ({ body, parts, who: account }) => { for (const id of body.ids) move(one(String(id))!, parts.verb, body, account!); jobs.push({ id: jobs.length + 1, state: "done", done: body.ids.length, total: body.ids.length, errors: [], undo: true }); return ok({ job: jobs.length }); }],
  ["GET", "/jobs/{id}", ({ parts }) => ok(jobs[Number(parts.id) - 1])],
  ["POST", "/jobs/{id}/undo", () => ok({})],
  ["GET", "/views", () => ok({ items: views })],
  ["POST", "/views", ({ body }) => { views.push({ id: views.length + 1, ...body }); return ok(views[views.length - 1], 201); }],
  ["DELETE", "/views/{id}", ({ parts }) => { views.splice(views.findIndex((view) => view.id === Number(parts.id)), 1); return { status: 204 }; }],
  ["GET", "/board", () => {
    const live = matters.filter((matter) => ["open", "active", "waiting"].includes(matter.phase)), today = iso(Date.now()).slice(0, 10);
    return ok({ counts: { open: live.length, overdue: live.filter((matter) => item(matter).late).length, due_today: live.filter((matter) => matter.due_at.slice(0, 10) === today).length, alarms: live.filter((matter) => matter.kind === "alarm").length,
      unclaimed: live.filter((matter) => !matter.owner).length, done_today: matters.filter((matter) => matter.phase === "done" && matter.changed_at.slice(0, 10) === today).length, opened_today: matters.filter((matter) => matter.opened_at.slice(0, 10) === today).length },
      staffing: [{ seat: "grid", label: "网格员", filled: 22, vacant: 2 }, { seat: "police", label: "社区民警", filled: 6, vacant: 0 }, { seat: "secretary", label: "社区书记", filled: 6, vacant: 0 }, { seat: "property", label: "物业经理", filled: 31, vacant: 17 }], now: iso(Date.now()) });
  }],
  ["GET", "/figures", () => ok({ items: [{ name: "opened", label: "事项数", unit: "件", open_rows: true, rule_version: "2026-01" }, { name: "resolve_rate", label: "办结率", unit: "%", open_rows: true, rule_version: "2026-01" }] })],
  ["GET", "/figures/{name}", ({ parts }) => ok(figure(parts.name))],
  ["GET", "/figures/{name}/rows", ({ params }) => ok(page(matters.filter((matter) => matter.kind === "report"), params))],
  ["GET", "/webhooks", () => ok({ items: webhooks })],
  ["POST", "/webhooks", ({ body }) => { webhooks.push({ id: webhooks.length + 1, ...body, secret: "whsec_demo", failing: false }); return ok(webhooks[webhooks.length - 1], 201); }],
  ["GET", "/webhooks/{id}/deliveries", () => ok({ items: [{ id: 1, seq: 17, state: "dead", tries: 6, status: 502, note: "", done_at: iso(Date.now()) }] })],
  ["POST", "/deliveries/{id}/replay", () => ok({})],
  ["GET", "/tokens", () => ok({ items: tokens })],
  ["POST", "/tokens", ({ body }) => { tokens.push({ id: tokens.length + 1, name: body.name, created_at: iso(Date.now()) }); return ok({ ...tokens[tokens.length - 1], token: "wx_demo_0123456789" }, 201); }],
  ["POST", "/imports/{kind}", () => { jobs.push({ state: "staged", done: 0, total: 12 }); return ok({ job: jobs.length, preview: { rows: 12, new: 8, changed: 2, same: 1, wrong: 1, columns_dropped: ["民族"] }, marked_url: "/api/v1/imports/1/marked.xlsx" }); }],
  ["POST", "/imports/{job}/apply", ({ parts }) => { Object.assign(jobs[Number(parts.job) - 1], { state: "done", done: 12 }); return ok({}); }],
  ["GET", "/public/track/{code}", ({ parts }) => {
    const matter = matters.find((entry) => entry.track_code === parts.code.toUpperCase());
    return matter ? ok({ number: matter.number, state_label: matter.state_label, phase: matter.phase, steps: matter.history.map((row: Any) => ({ at: row.at, label: row.verb_label })), due_at: matter.due_at, can_reopen: matter.phase === "done" || matter.state === "callback", can_rate: matter.phase === "done" || matter.state === "callback" }) : fault(404, "not_found", "没有查到这个查询码，请核对一下");
  }, "open"],
  ["POST", "/public/reports", ({ body }) => { const result = created("report", { ...body, reporter: { name: body.name, phone: body.phone } }, "qr"); return result; }, "open"],
  ["POST", "/public/track/{code}/reopen", () => ok({}), "open"],
  ["POST", "/public/track/{code}/rate", () => ok({}), "open"],
  ["POST", "/public/track/{code}/files", () => ok({}, 201), "open"],
  ["GET", "/public/similar", () => ok({ items: matters.slice(-2).map((matter) => ({ id: matter.id, title: matter.title, state_label: matter.state_label, opened_at: matter.opened_at })) }), "open"],
  ["GET", "/public/categories", () => ok({ items: categories }), "open"],
  ["GET", "/public/answer/{token}", () => ok({ number: "CS-261123-4711", title: "石榴园院墙倾斜需鉴定", text: "院墙向外倾斜，请派员鉴定。", org_name: "演示区住建局", area_name: "石榴园社区", due_at: iso(Date.now() + 7.2e6), state_label: "待报到", office: "梧桐街道办事处", kind: "call", bases: [{ key: "basic.grid", label: "网格划分、巡查与信息采集" }], moves: [{ verb: "report_in", label: "报到", primary: true, fields: [] }, { verb: "decline", label: "提出异议", danger: true, fields: [{ name: "basis", type: "rule", label: "法定依据", required: true, ref: "duty_list" }, { name: "reason", type: "long_text", label: "说明", required: true, min: 5, max: 500 }] }] }), "open"],
  ["POST", "/public/answer/{token}", () => ok({ number: "CS-261123-4711", title: "石榴园院墙倾斜需鉴定", text: "院墙向外倾斜，请派员鉴定。", kind: "call", state_label: "已报到", moves: [] }), "open"],
  ["GET", "/healthz", () => ok({ ok: true }), "open"],
  ["GET", "/openapi.json", () => ok({ openapi: "3.1.0", info: { title: "Wuxing", version: "0.1" }, paths: { "/api/v1/reports": { post: { summary: "登记一件事项", tags: ["report"], requestBody: { content: { "application/json": { schema: { type: "object", required: ["text"], properties: { text: { type: "string", description: "情况" } } } } } }, responses: { 201: { description: "已登记" } } } } } }), "open"],
];

function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/"), given = path.split("/");
  if (wanted.length !== given.length)
    return null;
  const parts: Record<string, string> = {};
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i].startsWith("{"))
      parts[wanted[i].slice(1, -1)] = decodeURIComponent(given[i]);
    else if (wanted[i] !== given[i])
      return null;
  }
  return parts;
}

export function answer(request: IncomingMessage, path: string, params: URLSearchParams, raw: Buffer): Answer {
  for (const [method, pattern, handle, open] of table) {
    const parts = method === request.method ? match(pattern, path) : null;
    if (!parts)
      continue;
    const account = who(request);
    if (!account && open !== "open")
      return fault(401, "no_session", "请先登录");
    const json = String(request.headers["content-type"] ?? "").includes("json");
    return handle({ request, parts, params, raw, who: account, body: json && raw.length ? JSON.parse(raw.toString()) as Any : {} });
  }
  return request.method === "GET" ? fault(404, "not_found", "没有这个地址") : ok({});
}
