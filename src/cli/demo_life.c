/* demo_life.c -- a year of the demo street, played as events in the order of their time. An event is one call of the
 * program's own routes by one of the street's people; what happens next is decided when it has happened. Clocks that run out
 * in between are fired by the engine itself, at their time. See demo.h. */
#include "cli/demo.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum stage { OPENS, ACCEPTS, ASSIGNS, TAKES, REPLIES, RESOLVES, CALLS_BACK, BLOWS, APPROVES, REPORTS_IN, ARRIVES, FINISHES, CLOSES,
             RINGS, KEEPS, CONFIRMS, ANSWERS };

struct event {
    ms at;
    enum stage stage;
    int64_t matter, parent;
    int grid, trouble, department;             /* department -1: the grid worker does it */
    bool urgent, anonymous, mirrored;
    int tries;
};
struct heap { struct event *items; int count, room; };

static void heap_put(struct heap *h, struct event e)
{
    if (h->count == h->room) {
        h->room = h->room ? h->room * 2 : 1024;
        h->items = realloc(h->items, sizeof *h->items * (size_t)h->room);
        if (!h->items)
            abort();
    }
    int i = h->count++;
    for (; i > 0 && h->items[(i - 1) / 2].at > e.at; i = (i - 1) / 2)
        h->items[i] = h->items[(i - 1) / 2];
    h->items[i] = e;
}

static struct event heap_take(struct heap *h)
{
    struct event first = h->items[0], last = h->items[--h->count];
    int i = 0;
    for (int child; (child = 2 * i + 1) < h->count; i = child) {
        child += child + 1 < h->count && h->items[child + 1].at < h->items[child].at;
        if (last.at <= h->items[child].at)
            break;
        h->items[i] = h->items[child];
    }
    h->items[i] = last;
    return first;
}

/* --- what people say ------------------------------------------------------------------------------------------------------- */

/* department: who ends it (index of demo_town.c's table), -1 the grid itself; hours: what it usually takes. */
static const struct { const char *category, *text, *reply; int department, hours, weight; bool urgent; } troubles[] = {
    { "E0102", "垃圾桶满了没人清，味道很大，苍蝇也多", "保洁已清运并冲洗地面，增加了傍晚一次清运", -1, 5, 12, false },
    { "E0104", "门口路面有油污和碎渣，老人走路容易滑倒", "已清扫冲洗，设置了防滑提示", -1, 4, 7, false },
    { "E0505", "消防通道又停满了车，救护车进不来", "已联系车主挪车并补划禁停线", -1, 6, 11, false },
    { "E0506", "共享单车堆在盲道上，轮椅过不去", "已摆放整齐，联系企业限定停放点", -1, 5, 6, false },
    { "E0504", "饭店把桌子摆到人行道上，孩子上学绕到机动车道", "已劝导商户撤回桌椅，列入每日巡查", 0, 30, 7, false },
    { "E0508", "烧烤摊油烟直接进窗户，半夜还很吵", "已责令撤除露天烧烤，安装净化设备后再营业", 0, 60, 5, false },
    { "E0101", "邻居在楼顶搭了铁皮房，怕大风掀下来", "已现场制止并下达限期改正通知，当事人自行拆除", 0, 220, 4, false },
    { "E0603", "电梯停了两天，八楼老人下不来", "维保单位已更换配件，恢复运行并公示维保电话", 1, 26, 8, false },
    { "E0603", "单元门禁坏了，外人随便进出", "已更换门禁读头，重新发放门卡", -1, 30, 6, false },
    { "E0404", "下水道堵了，污水漫到一楼门口", "管道已疏通，清理了沉淀井", 8, 12, 7, true },
    { "E0402", "自来水管爆了，路面往外冒水", "抢修完成，恢复供水，路面已回填", 8, 7, 3, true },
    { "P0118", "路灯三盏不亮，晚上下楼看不见", "已更换灯具三套，夜间复查正常", 7, 40, 6, false },
    { "P0104", "雨水箅子断了一根，车轮会卡住", "已更换箅子，周边加固", 8, 20, 4, false },
    { "E0110", "院门口的路坑坑洼洼，下雨全是积水", "坑槽已修补，积水点重新找坡", 5, 90, 5, false },
    { "E0301", "工地夜里十一点还在打桩，孩子睡不着", "已要求停止夜间施工，公示施工时段", 3, 20, 5, false },
    { "E0601", "广场舞音响太大，晚上九点还在跳", "与领队约定音量和时间，设置分贝牌", -1, 22, 6, false },
    { "E0602", "有人遛狗不牵绳，吓到孩子", "已上门提醒养犬人，张贴文明养犬提示", -1, 18, 3, false },
    { "E0604", "楼上长期漏水，天花板都发霉了，两家说不拢", "社区组织双方协商，楼上已重做防水", -1, 130, 4, false },
    { "E0408", "院墙裂缝变宽了，往外歪，下雨怕倒", "已拉警戒线并支护，纳入修缮计划", 1, 160, 2, true },
    { "E0204", "楼道又贴满小广告，电话号码一大片", "已清除并登记号码移交停机", 0, 16, 4, false },
};
static const char *const weather_words[] = { "今天一早发现", "昨晚开始", "这两天一直", "刚才路过看到", "邻居们都反映", "已经说过一次" };
static const char *const channels[] = { "phone", "phone", "12345", "wechat", "web", "patrol", "counter", "mobile" };

static int total_weight(void)
{
    int sum = 0;
    for (size_t i = 0; i < COUNT(troubles); i++)
        sum += troubles[i].weight;
    return sum;
}

static int pick_trouble(struct demo *d)
{
    int at = demo_below(d, total_weight()), i = 0;
    while ((at -= troubles[i].weight) >= 0)
        i++;
    return i;
}

/* --- acting ------------------------------------------------------------------------------------------------------------------ */

enum { BATCH = 64, PLANNED = 4 * BATCH };
struct play {
    struct demo *demo;
    struct heap heap;
    struct arena call_arena;
    int64_t upstream_number;
    struct tx *tx;                             /* while a batch of moves is applied */
    struct event batch[BATCH], planned[PLANNED];
    int batch_count, planned_count;
    struct str state;                          /* where the last move led */
};

static struct answer act(struct play *p, const struct who *who, const char *path, struct str body)
{
    struct demo *d = p->demo;
    struct call call = { .method = POST, .path = str_of(path), .body = body, .who = who, .content_type = S("application/json"), .address = S("127.0.0.1") };
    struct answer answer = { 0 };
    api_call(d->api, &p->call_arena, &call, &answer);
    if (answer.status >= 300) {
        d->refused++;
        if (d->first_refusal.n == 0)
            d->first_refusal = arena_format(&d->arena, "%s by %.*s: %.*s <- %.*s", path, STR_ARG(who->login), STR_ARG(answer.body), STR_ARG(body));
    }
    return answer;
}

/* Member `id` of the answer, or of item `index` of its list `calls`. */
static int64_t id_of(const struct answer *a, int index)
{
    json_t *root = json_loadb(a->body.p, a->body.n, 0, NULL), *calls = json_object_get(root, "calls");
    json_t *fields = json_object_get(root, "fields"), *at = root;
    if (index >= 0)
        at = json_array_get(calls ? calls : json_object_get(fields, "calls"), (size_t)index);
    int64_t id = a->status < 300 ? json_integer_value(json_object_get(at, "id")) : 0;
    json_decref(root);
    return id;
}

/* A move as the route /matters/{id}/{verb} makes it, inside the batch's transaction, at the event's own time. */
static bool move(struct play *p, const struct who *who, const struct event *e, const char *verb, struct json *body)
{
    struct tx *tx = p->tx;
    struct matter m;
    struct moving mv = { .who = who };
    if (!matter_get(tx, e->matter, &m))
        return false;
    tx->now = e->at;
    const struct move *row = kind_move(m.kind, m.state, str_of(verb));
    p->state = S("");
    if (!row)
        return false;                          /* overtaken: it was bundled, or the upstream closed it */
    if (row->form) {
        mv.form = arena_alloc(tx->arena, row->form_size);
        form_json(json_done(body), row->form, mv.form, tx->arena, &tx->fault);
    }
    bool ok = !tx_failed(tx) && matter_move(tx, e->matter, verb, &mv);
    if (!ok && p->demo->first_refusal.n == 0)
        p->demo->first_refusal = arena_format(&p->demo->arena, "%s of matter %lld in state %s by %.*s: %s", verb, (long long)e->matter,
                                              m.kind->states[m.state].name, STR_ARG(who->login), err_wire(tx->fault.code));
    p->state = ok ? str_of(mv.m.kind->states[mv.m.state].name) : S("");
    return ok;
}

static struct json body_of(struct play *p)
{
    struct json j = json_in(&p->call_arena);
    json_obj(&j);
    return j;
}

static void plan(struct play *p, struct event e, enum stage stage, ms after)
{
    e.stage = stage;
    e.at += after > 0 ? after : MINUTES(1);
    if (e.at >= p->demo->to)
        return;
    assert(p->planned_count < PLANNED);
    p->planned[p->planned_count++] = e;
}

/* Into the next office hour: people of an office do not work at night. */
static ms in_office(struct demo *d, ms at)
{
    struct civil c = civil_of(at);
    ms midnight = day_start(at);
    if (c.hour >= 18 || c.weekday == 0 || c.weekday == 6)
        return midnight + DAYS(c.weekday == 5 ? 3 : c.weekday == 6 ? 2 : 1) + HOURS(8) + MINUTES(30 + demo_below(d, 90)) - at;
    return c.hour < 9 ? midnight + HOURS(8) + MINUTES(35 + demo_below(d, 60)) - at : MINUTES(3 + demo_below(d, 50));
}

/* --- a report's life ------------------------------------------------------------------------------------------------------------ */

static void write_mirror(struct play *p, struct json *j, const struct event *e)
{
    json_key_obj(j, "mirror");
    json_key_str(j, "upstream", S("12345"));
    json_key_str(j, "number", arena_format(&p->call_arena, "YS%lld", (long long)++p->upstream_number));
    json_key_time(j, "due_at", e->at + DAYS(7));
    json_end(j);
}

static void open_report(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct demo_grid *grid = &d->grids[e.grid];
    int yard = demo_below(d, YARDS_PER_GRID);
    const char *channel = channels[demo_below(d, (int)COUNT(channels))];
    bool patrol = str_is(str_of(channel), "patrol"), mirrored = str_is(str_of(channel), "12345");
    struct json j = body_of(p);
    json_key_str(&j, "text", arena_format(&p->call_arena, "%.*s%s，%s。", STR_ARG(grid->yard_names[yard]), weather_words[demo_below(d, (int)COUNT(weather_words))], troubles[e.trouble].text));
    json_key_str(&j, "category", str_of(troubles[e.trouble].category));
    json_key_str(&j, "channel", str_of(channel));
    json_key_int(&j, "area", grid->yards[yard]);
    if (e.urgent)
        json_key_str(&j, "urgency", S("urgent"));
    if (mirrored)
        write_mirror(p, &j, &e);
    e.anonymous = patrol;
    e.mirrored = mirrored;
    if (!patrol) {
        json_key_obj(&j, "reporter");
        json_key_str(&j, "name", arena_format(&p->call_arena, "演示居民%04d", demo_below(d, 3000)));
        json_key_str(&j, "phone", arena_format(&p->call_arena, "1370000%04d", demo_below(d, 3000)));
        json_end(&j);
    }
    json_end(&j);
    const struct who *who = patrol ? &grid->worker : &d->clerk[grid->street];
    struct answer a = act(p, who, "/api/v1/reports", json_done(&j));
    e.matter = id_of(&a, -1);
    e.department = troubles[e.trouble].department;
    if (e.matter)
        plan(p, e, ACCEPTS, e.urgent ? MINUTES(2 + demo_below(d, 15)) : in_office(d, e.at));
}

static void accept(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    int street = d->grids[e.grid].street;
    struct json j = body_of(p);
    if (!e.urgent && !e.mirrored && demo_chance(d, 25)) {
        json_key_str(&j, "basis", S("contract"));
        json_key_str(&j, "reason", S("反映事项属经济合同争议，已告知可向人民法院起诉"));
        json_end(&j);
        move(p, &d->clerk[street], &e, "reject", &j);
        return;
    }
    json_end(&j);
    if (move(p, &d->clerk[street], &e, "accept", &j))
        plan(p, e, ASSIGNS, e.urgent ? MINUTES(3) : MINUTES(5 + demo_below(d, 90)));
}

static void assign(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct demo_grid *grid = &d->grids[e.grid];
    struct json j = body_of(p);
    if (e.department >= 0)
        json_key_int(&j, "org", d->departments[e.department]);
    else
        json_key_int(&j, "account", grid->worker.account);
    json_end(&j);
    if (move(p, &d->clerk[grid->street], &e, "assign", &j))
        plan(p, e, TAKES, e.urgent ? MINUTES(4 + demo_below(d, 20)) : in_office(d, e.at) + MINUTES(demo_below(d, 150)));
}

static const struct who *doer(struct demo *d, const struct event *e)
{
    return e->department >= 0 ? &d->officer[e->department] : &d->grids[e->grid].worker;
}

static void take(struct play *p, struct event e)
{
    struct json j = body_of(p);
    json_end(&j);
    if (!move(p, doer(p->demo, &e), &e, "take", &j))
        return;
    ms usual = HOURS(troubles[e.trouble].hours), needed = usual / 3 + (ms)((double)usual * demo_below(p->demo, 1000) / 900);
    if (demo_chance(p->demo, 40))
        needed *= 3;                           /* some things drag on, and their clocks run out */
    if (demo_chance(p->demo, 350))
        plan(p, e, REPLIES, needed / 3);
    plan(p, e, RESOLVES, needed);
}

static void reply(struct play *p, struct event e)
{
    struct json j = body_of(p);
    json_key_str(&j, "text", S("已到现场看过，正在联系施工人员，预计按期办结"));
    json_end(&j);
    move(p, doer(p->demo, &e), &e, "reply", &j);
}

static void resolve(struct play *p, struct event e)
{
    struct json j = body_of(p);
    json_key_str(&j, "result", demo_chance(p->demo, 60) ? S("partly") : S("fixed"));
    json_key_str(&j, "text", str_of(troubles[e.trouble].reply));
    json_end(&j);
    if (move(p, doer(p->demo, &e), &e, "resolve", &j))
        plan(p, e, CALLS_BACK, in_office(p->demo, e.at + HOURS(4)) + HOURS(4 + demo_below(p->demo, 20)));
}

static void call_back(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct json j = body_of(p);
    bool reached = !e.anonymous && !demo_chance(d, 90), solved = !demo_chance(d, 70);
    json_key_str(&j, "outcome", reached ? S("reached") : e.anonymous ? S("anonymous") : S("unreachable"));
    if (reached) {
        json_key_str(&j, "responded", demo_chance(d, 15) ? S("no") : S("yes"));
        json_key_str(&j, "resolved", solved ? S("yes") : S("partly"));
        json_key_str(&j, "satisfied", solved ? (demo_chance(d, 200) ? S("basic") : S("yes")) : S("no"));
    }
    json_end(&j);
    if (!move(p, &d->clerk_b[d->grids[e.grid].street], &e, "callback", &j))
        return;
    if (str_is(p->state, "handling"))
        plan(p, e, RESOLVES, HOURS(8 + demo_below(d, 60)));        /* not solved: it is done again */
    else if (str_is(p->state, "resolved") && e.mirrored && (reached || ++e.tries == 3))
        plan(p, e, ANSWERS, HOURS(3 + demo_below(d, 40)));         /* a mirror: the upstream closes it */
    else if (str_is(p->state, "resolved"))
        plan(p, e, CALLS_BACK, DAYS(1) + HOURS(demo_below(d, 6))); /* nobody answered: again tomorrow */
}

static void upstream_answers(struct play *p, struct event e)
{
    struct json j = body_of(p);
    json_key_str(&j, "verb", S("close"));
    json_key_bool(&j, "accepted", true);
    json_key_str(&j, "answer", S("同意办结"));
    json_key_bool(&j, "up_responded", true);
    json_key_bool(&j, "up_resolved", !demo_chance(p->demo, 60));
    json_key_bool(&j, "up_satisfied", !demo_chance(p->demo, 110));
    json_end(&j);
    move(p, &p->demo->clerk[p->demo->grids[e.grid].street], &e, "mirror_answer", &j);
}

/* --- a whistle's life ----------------------------------------------------------------------------------------------------------- */

static const struct { const char *title, *text, *because; int lead, with; bool emergency; } hard_cases[] = {
    { "老院墙开裂外倾，需鉴定与支护", "院墙裂缝半月内加宽，雨季有倒塌风险，街道已拉警戒线，无鉴定与加固资质。", "cooperate.wall_safety", 1, 0, false },
    { "沿街油烟和占道同时整治", "六家餐饮店占道经营并直排油烟，居民反复投诉，街道无处罚权。", "cooperate.street_vendors", 0, 3, false },
    { "地下车库飞线充电与消防通道堵塞", "充电棚未通过消防验收，晚间私拉电线，通道被杂物堵塞。", "cooperate.ebike", 6, 0, false },
    { "雨后路面塌陷，露出管线", "路口塌陷约两平方米，已围挡，疑为排水管破损。", "cooperate.drainage", 8, 5, true },
    { "楼顶违建叠加下垂通信线缆", "楼顶加建一层并压住线缆，大风天有坠落危险。", "cooperate.illegal_building", 0, 1, false },
    { "夜间渣土车抄近路，遗撒扬尘", "工地夜间外运渣土穿行小区，道路遗撒，噪声扰民。", "cooperate.waste", 0, 3, false },
};

static void blow(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct demo_grid *grid = &d->grids[e.grid];
    e.trouble = e.trouble % (int)COUNT(hard_cases);
    struct json j = body_of(p);
    json_key_str(&j, "type", hard_cases[e.trouble].emergency ? S("emergency") : demo_chance(d, 400) ? S("enforce") : S("hard"));
    json_key_str(&j, "title", arena_format(&p->call_arena, "%.*s：%s", STR_ARG(grid->name), hard_cases[e.trouble].title));
    json_key_str(&j, "text", str_of(hard_cases[e.trouble].text));
    json_key_int(&j, "area", grid->id);
    json_key_str(&j, "cannot_because", str_of(hard_cases[e.trouble].because));
    json_key_list(&j, "departments");
    json_int(&j, d->departments[hard_cases[e.trouble].lead]);
    json_int(&j, d->departments[hard_cases[e.trouble].with]);
    json_end(&j);
    json_key_int(&j, "lead", d->departments[hard_cases[e.trouble].lead]);
    json_end(&j);
    struct answer a = act(p, &d->clerk[grid->street], "/api/v1/whistles", json_done(&j));
    e.parent = e.matter = id_of(&a, -1);
    if (e.matter)
        plan(p, e, APPROVES, MINUTES(10 + demo_below(d, 120)));
}

SQL(select_calls, "select l.to_id, m.owner_org from matter_link l join matter m on m.id = l.to_id where l.from_id = $1 and l.type = $2"
                  " order by l.to_id");

static void plan_calls(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    ms last = 0;
    int64_t org;
    struct rows rows = db_get(p->tx, select_calls, IN(e.parent, LINK_CHILD));
    while (db_row(&rows, OUT(&e.matter, &org))) {
        for (e.department = 0; d->departments[e.department] != org;)
            e.department++;
        bool silent = demo_chance(d, 60);
        ms after = silent ? DAYS(2) : MINUTES(15 + demo_below(d, 200));
        last = after > last ? after : last;
        plan(p, e, REPORTS_IN, after);
    }
    e.matter = e.parent;
    plan(p, e, CLOSES, last + DAYS(6));
}

static void approve(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct json j = body_of(p);
    json_end(&j);
    if (!hard_cases[e.trouble].emergency && !move(p, &d->leader[d->grids[e.grid].street], &e, "approve", &j))
        return;
    plan_calls(p, e);
}

static void report_in(struct play *p, struct event e)
{
    struct json j = body_of(p);
    json_key_str(&j, "name", S("演示经办人"));
    json_end(&j);
    if (move(p, &p->demo->officer[e.department], &e, "report_in", &j))
        plan(p, e, ARRIVES, MINUTES(30 + demo_below(p->demo, 240)));
}

static void arrive(struct play *p, struct event e)
{
    struct json j = body_of(p);
    json_key_str(&j, "people", S("经办人、执法员各一名"));
    json_end(&j);
    if (move(p, &p->demo->officer[e.department], &e, "arrive", &j))
        plan(p, e, FINISHES, HOURS(20 + demo_below(p->demo, 80)));
}

static void finish(struct play *p, struct event e)
{
    struct json j = body_of(p);
    json_key_str(&j, "text", S("已现场处置完毕，责令限期整改并安排复查"));
    json_end(&j);
    move(p, &p->demo->officer[e.department], &e, "finish", &j);
}

static void close_whistle(struct play *p, struct event e)
{
    struct json j = body_of(p);
    json_key_str(&j, "result", S("联合处置完成，隐患消除，已告知反映人"));
    json_end(&j);
    move(p, &p->demo->clerk[p->demo->grids[e.grid].street], &e, "close", &j);
}

/* --- a phone whistle's life -------------------------------------------------------------------------------------------------------- */

static const struct { const char *said, *promised, *kept; int department; } firm_needs[] = {
    { "申请技改补贴，不清楚材料清单", "今天把清单和样表发到企业邮箱，专人辅导", "已发清单并电话辅导，企业当天提交", 4 },
    { "门口路灯坏了影响夜班员工出行", "两天内更换灯具", "灯具已更换，夜间复查正常", 7 },
    { "新厂房接水申请卡在图纸审核", "明天上午派人现场核图", "现场核图通过，已排施工", 8 },
    { "消防验收整改项看不懂", "派监督员现场讲解整改要点", "已现场指导，企业按期整改", 6 },
    { "货车进出线路审批催了两周", "三天内给出线路意见", "已批复货运线路，发放通行证", 5 },
};

static void ring(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    e.trouble %= (int)COUNT(firm_needs);
    e.department = firm_needs[e.trouble].department;
    int firm = demo_below(d, FIRMS);
    struct json j = body_of(p);
    json_key_int(&j, "org", d->departments[e.department]);
    json_key_str(&j, "person", arena_format(&p->call_arena, "%.*sA岗", STR_ARG(d->department_names[e.department])));
    json_key_str(&j, "firm", d->firm_names[firm]);
    json_key_str(&j, "said", str_of(firm_needs[e.trouble].said));
    json_key_str(&j, "promised", str_of(firm_needs[e.trouble].promised));
    json_key_time(&j, "due_at", e.at + DAYS(2));
    json_key_int(&j, "area", d->grids[e.grid].id);
    json_end(&j);
    struct answer a = act(p, &d->clerk[d->grids[e.grid].street], "/api/v1/phone-whistles", json_done(&j));
    e.matter = id_of(&a, -1);
    if (e.matter)
        plan(p, e, KEEPS, HOURS(3 + demo_below(d, 50)));
}

static void keep(struct play *p, struct event e)
{
    struct json j = body_of(p);
    json_key_str(&j, "said", str_of(firm_needs[e.trouble].kept));
    json_end(&j);
    if (move(p, &p->demo->clerk[p->demo->grids[e.grid].street], &e, "kept", &j))
        plan(p, e, CONFIRMS, HOURS(2 + demo_below(p->demo, 20)));
}

static void confirm(struct play *p, struct event e)
{
    struct json j = body_of(p);
    json_key_str(&j, "result", demo_chance(p->demo, 80) ? S("partly") : S("solved"));
    json_key_str(&j, "who", S("演示企业联系人"));
    json_end(&j);
    move(p, &p->demo->clerk[p->demo->grids[e.grid].street], &e, "confirm", &j);
}

/* --- playing ---------------------------------------------------------------------------------------------------------------------- */

static void perform(struct play *p, const struct event *e)
{
    switch (e->stage) {
    case OPENS:      open_report(p, *e); break;
    case ACCEPTS:    accept(p, *e); break;
    case ASSIGNS:    assign(p, *e); break;
    case TAKES:      take(p, *e); break;
    case REPLIES:    reply(p, *e); break;
    case RESOLVES:   resolve(p, *e); break;
    case CALLS_BACK: call_back(p, *e); break;
    case BLOWS:      blow(p, *e); break;
    case APPROVES:   approve(p, *e); break;
    case REPORTS_IN: report_in(p, *e); break;
    case ARRIVES:    arrive(p, *e); break;
    case FINISHES:   finish(p, *e); break;
    case CLOSES:     close_whistle(p, *e); break;
    case RINGS:      ring(p, *e); break;
    case KEEPS:      keep(p, *e); break;
    case CONFIRMS:   confirm(p, *e); break;
    case ANSWERS:    upstream_answers(p, *e); break;
    }
}

/* More on working days, most in the morning and after supper, a few at night; rain brings water. */
static void arrivals(struct play *p)
{
    struct demo *d = p->demo;
    int days = (int)((d->to - d->from) / DAYS(1));
    for (int i = 0; i < d->reports; i++) {
        static const int hours[] = { 7, 8, 8, 9, 9, 9, 10, 10, 11, 12, 14, 15, 15, 16, 17, 18, 19, 19, 20, 21, 22, 2 };
        struct event e = { .stage = OPENS, .grid = demo_below(d, GRIDS), .trouble = pick_trouble(d) };
        if (demo_chance(d, 120))
            e.grid = 0;                        /* the grid that the demo's people look at first has more to show */
        e.at = day_start(d->from) + DAYS(demo_below(d, days)) + HOURS(hours[demo_below(d, (int)COUNT(hours))]) + MINUTES(demo_below(d, 60)) + demo_below(d, 60000);
        int weekday = civil_of(e.at).weekday;
        if ((weekday == 0 || weekday == 6) && demo_chance(d, 400))
            e.at += DAYS(2);
        e.urgent = troubles[e.trouble].urgent;
        if (e.at > d->from && e.at < d->to)
            heap_put(&p->heap, e);
    }
}

/* On working days, in working hours. */
static void rarer(struct play *p, enum stage stage, int count)
{
    struct demo *d = p->demo;
    int days = (int)((d->to - d->from) / DAYS(1));
    for (int i = 0; i < count; i++) {
        struct event e = { .stage = stage, .grid = demo_below(d, GRIDS), .trouble = demo_below(d, 1000) };
        e.at = day_start(d->from) + DAYS(demo_below(d, days)) + HOURS(9 + demo_below(d, 8)) + MINUTES(demo_below(d, 60));
        int weekday = civil_of(e.at).weekday;
        e.at += DAYS(weekday == 0 ? 1 : weekday == 6 ? 2 : 0);
        if (e.at < d->to)
            heap_put(&p->heap, e);
    }
}

static bool opens(enum stage stage)
{
    return stage == OPENS || stage == BLOWS || stage == RINGS;
}

/* The engine's own duties, each hour: clocks that ran out, counts. */
static void turn_until(struct demo *d, ms *turned, ms at)
{
    for (; *turned + HOURS(1) <= at; *turned += HOURS(1)) {
        d->clock.at = *turned + HOURS(1);
        while (engine_turn(d->engine))
            continue;
    }
    d->clock.at = at;
}

/* May run again on PostgreSQL: what it plans counts only after the commit, and chance starts where it started. */
struct batch { struct play *play; uint64_t seed; };
static void apply_batch(struct tx *tx, void *arg)
{
    struct batch *b = arg;
    struct play *p = b->play;
    p->tx = tx;
    p->planned_count = 0;
    p->demo->seed = b->seed;
    for (int i = 0; i < p->batch_count && !tx_failed(tx); i++)
        perform(p, &p->batch[i]);
    p->tx = NULL;
}

static bool play_batch(struct play *p, struct fault *fault)
{
    struct batch b = { p, p->demo->seed };
    struct write w = { .apply = apply_batch, .arg = &b, .arena = &p->call_arena, .lane = LANE_NORMAL };
    store_write(p->demo->engine->store, &w);
    *fault = w.fault;
    return w.fault.code == ERR_OK;
}

static void keep_plans(struct play *p)
{
    for (int i = 0; i < p->planned_count; i++)
        heap_put(&p->heap, p->planned[i]);
    p->planned_count = 0;
}

/* The moves of the same hour share a transaction; an opening goes through its route, as in the office. */
static bool play_next(struct play *p, ms *turned, struct fault *fault)
{
    struct event first = p->heap.items[0];
    turn_until(p->demo, turned, first.at);
    arena_reset(&p->call_arena);
    if (opens(first.stage)) {
        heap_take(&p->heap);
        perform(p, &first);
        keep_plans(p);
        return p->demo->refused == 0;
    }
    p->batch_count = 0;
    while (p->heap.count && p->batch_count < BATCH && !opens(p->heap.items[0].stage) && p->heap.items[0].at < *turned + HOURS(1))
        p->batch[p->batch_count++] = heap_take(&p->heap);
    struct fault refused = { 0 };
    bool ok = play_batch(p, &refused);
    if (!ok && p->demo->first_refusal.n == 0)
        *fault = refused;
    keep_plans(p);
    return ok;
}

bool demo_life(struct demo *d, struct fault *fault)
{
    struct play *p = arena_new(&d->arena, struct play);
    p->demo = d;
    arena_init(&p->call_arena, 0);
    arrivals(p);
    rarer(p, BLOWS, d->reports / 130);
    rarer(p, RINGS, d->reports / 90);
    ms turned = d->from;
    bool ok = true;
    for (int64_t done = 0; ok && p->heap.count; done++) {
        ok = play_next(p, &turned, fault);
        if (d->progress && done % 500 == 0)
            d->progress(d->progress_arg, "year", (turned - d->from) / DAYS(1), (d->to - d->from) / DAYS(1));
    }
    turn_until(d, &turned, d->to);
    while (engine_turn(d->engine))
        continue;
    free(p->heap.items);
    if (d->first_refusal.n)
        fault_set(fault, ERR_INTERNAL, d->first_refusal.p, d->first_refusal.p);
    return ok;                                 /* the call arena is left: a fault's text may live there */
}
