/* demo_life.c -- what happens in the demo's year: how a report, a whistle and a phone whistle come in and go on. Each event
 * decides the next when it has happened. When it is played is demo_play.c's. See demo.h. */
#include "cli/demo_play.h"

#include <stdlib.h>

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
    json_key_str(j, "number", arena_format(&p->arena, "YS%lld", (long long)++p->upstream_number));
    json_key_time(j, "due_at", e->at + DAYS(7));
    json_end(j);
}

static void tell_report(struct play *p, struct opening *o)
{
    struct demo *d = p->demo;
    struct event *e = &o->event;
    struct demo_grid *grid = &d->grids[e->grid];
    int yard = demo_below(d, YARDS_PER_GRID);
    const char *channel = channels[demo_below(d, (int)COUNT(channels))];
    e->anonymous = str_is(str_of(channel), "patrol");
    e->mirrored = str_is(str_of(channel), "12345");
    e->department = troubles[e->trouble].department;
    struct json j = play_body(p);
    json_key_str(&j, "text", arena_format(&p->arena, "%.*s%s，%s。", STR_ARG(grid->yard_names[yard]), weather_words[demo_below(d, (int)COUNT(weather_words))], troubles[e->trouble].text));
    json_key_str(&j, "category", str_of(troubles[e->trouble].category));
    json_key_str(&j, "channel", str_of(channel));
    json_key_int(&j, "area", grid->yards[yard]);
    if (e->urgent)
        json_key_str(&j, "urgency", S("urgent"));
    if (e->mirrored)
        write_mirror(p, &j, e);
    if (!e->anonymous) {
        json_key_obj(&j, "reporter");
        json_key_str(&j, "name", arena_format(&p->arena, "演示居民%04d", demo_below(d, 3000)));
        json_key_str(&j, "phone", arena_format(&p->arena, "1370000%04d", demo_below(d, 3000)));
        json_end(&j);
    }
    json_end(&j);
    play_prepare(p, o, e->anonymous ? &grid->worker : &d->clerk[grid->street], "/api/v1/reports", json_done(&j));
}

static void accept(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    int street = d->grids[e.grid].street;
    struct json j = play_body(p);
    if (!e.urgent && !e.mirrored && demo_chance(d, 25)) {
        json_key_str(&j, "basis", S("contract"));
        json_key_str(&j, "reason", S("反映事项属经济合同争议，已告知可向人民法院起诉"));
        json_end(&j);
        play_move(p, &d->clerk[street], &e, "reject", &j);
        return;
    }
    json_end(&j);
    if (play_move(p, &d->clerk[street], &e, "accept", &j))
        play_plan(p, e, ASSIGNS, e.urgent ? MINUTES(3) : MINUTES(5 + demo_below(d, 90)));
}

static void assign(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct demo_grid *grid = &d->grids[e.grid];
    struct json j = play_body(p);
    if (e.department >= 0)
        json_key_int(&j, "org", d->departments[e.department]);
    else
        json_key_int(&j, "account", grid->worker.account);
    json_end(&j);
    if (play_move(p, &d->clerk[grid->street], &e, "assign", &j))
        play_plan(p, e, TAKES, e.urgent ? MINUTES(4 + demo_below(d, 20)) : in_office(d, e.at) + MINUTES(demo_below(d, 150)));
}

static const struct who *doer(struct demo *d, const struct event *e)
{
    return e->department >= 0 ? &d->officer[e->department] : &d->grids[e->grid].worker;
}

static void take(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_end(&j);
    if (!play_move(p, doer(p->demo, &e), &e, "take", &j))
        return;
    ms usual = HOURS(troubles[e.trouble].hours), needed = usual / 3 + (ms)((double)usual * demo_below(p->demo, 1000) / 900);
    if (demo_chance(p->demo, 40))
        needed *= 3;                           /* some things drag on, and their clocks run out */
    if (demo_chance(p->demo, 350))
        play_plan(p, e, REPLIES, needed / 3);
    play_plan(p, e, RESOLVES, needed);
}

static void reply(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "text", S("已到现场看过，正在联系施工人员，预计按期办结"));
    json_end(&j);
    play_move(p, doer(p->demo, &e), &e, "reply", &j);
}

static void resolve(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "result", demo_chance(p->demo, 60) ? S("partly") : S("fixed"));
    json_key_str(&j, "text", str_of(troubles[e.trouble].reply));
    json_end(&j);
    if (play_move(p, doer(p->demo, &e), &e, "resolve", &j))
        play_plan(p, e, CALLS_BACK, in_office(p->demo, e.at + HOURS(4)) + HOURS(4 + demo_below(p->demo, 20)));
}

static void call_back(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct json j = play_body(p);
    bool reached = !e.anonymous && !demo_chance(d, 90), solved = !demo_chance(d, 70);
    json_key_str(&j, "outcome", reached ? S("reached") : e.anonymous ? S("anonymous") : S("unreachable"));
    if (reached) {
        json_key_str(&j, "responded", demo_chance(d, 15) ? S("no") : S("yes"));
        json_key_str(&j, "resolved", solved ? S("yes") : S("partly"));
        json_key_str(&j, "satisfied", solved ? (demo_chance(d, 200) ? S("basic") : S("yes")) : S("no"));
    }
    json_end(&j);
    if (!play_move(p, &d->clerk_b[d->grids[e.grid].street], &e, "callback", &j))
        return;
    if (str_is(p->state, "handling"))
        play_plan(p, e, RESOLVES, HOURS(8 + demo_below(d, 60)));        /* not solved: it is done again */
    else if (str_is(p->state, "resolved") && e.mirrored && (reached || ++e.tries == 3))
        play_plan(p, e, ANSWERS, HOURS(3 + demo_below(d, 40)));         /* a mirror: the upstream closes it */
    else if (str_is(p->state, "resolved"))
        play_plan(p, e, CALLS_BACK, DAYS(1) + HOURS(demo_below(d, 6))); /* nobody answered: again tomorrow */
}

static void upstream_answers(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "verb", S("close"));
    json_key_bool(&j, "accepted", true);
    json_key_str(&j, "answer", S("同意办结"));
    json_key_bool(&j, "up_responded", true);
    json_key_bool(&j, "up_resolved", !demo_chance(p->demo, 60));
    json_key_bool(&j, "up_satisfied", !demo_chance(p->demo, 110));
    json_end(&j);
    play_move(p, &p->demo->clerk[p->demo->grids[e.grid].street], &e, "mirror_answer", &j);
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

static void tell_whistle(struct play *p, struct opening *o)
{
    struct demo *d = p->demo;
    struct event *e = &o->event;
    struct demo_grid *grid = &d->grids[e->grid];
    e->trouble %= (int)COUNT(hard_cases);
    struct json j = play_body(p);
    json_key_str(&j, "type", hard_cases[e->trouble].emergency ? S("emergency") : demo_chance(d, 400) ? S("enforce") : S("hard"));
    json_key_str(&j, "title", arena_format(&p->arena, "%.*s：%s", STR_ARG(grid->name), hard_cases[e->trouble].title));
    json_key_str(&j, "text", str_of(hard_cases[e->trouble].text));
    json_key_int(&j, "area", grid->id);
    json_key_str(&j, "cannot_because", str_of(hard_cases[e->trouble].because));
    json_key_list(&j, "departments");
    json_int(&j, d->departments[hard_cases[e->trouble].lead]);
    json_int(&j, d->departments[hard_cases[e->trouble].with]);
    json_end(&j);
    json_key_int(&j, "lead", d->departments[hard_cases[e->trouble].lead]);
    json_end(&j);
    play_prepare(p, o, &d->clerk[grid->street], "/api/v1/whistles", json_done(&j));
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
        play_plan(p, e, REPORTS_IN, after);
    }
    e.matter = e.parent;
    play_plan(p, e, CLOSES, last + DAYS(6));
}

static void approve(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct json j = play_body(p);
    json_end(&j);
    if (!hard_cases[e.trouble].emergency && !play_move(p, &d->leader[d->grids[e.grid].street], &e, "approve", &j))
        return;
    plan_calls(p, e);
}

static void report_in(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "name", S("演示经办人"));
    json_end(&j);
    if (play_move(p, &p->demo->officer[e.department], &e, "report_in", &j))
        play_plan(p, e, ARRIVES, MINUTES(30 + demo_below(p->demo, 240)));
}

static void arrive(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "people", S("经办人、执法员各一名"));
    json_end(&j);
    if (play_move(p, &p->demo->officer[e.department], &e, "arrive", &j))
        play_plan(p, e, FINISHES, HOURS(20 + demo_below(p->demo, 80)));
}

static void finish(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "text", S("已现场处置完毕，责令限期整改并安排复查"));
    json_end(&j);
    play_move(p, &p->demo->officer[e.department], &e, "finish", &j);
}

static void close_whistle(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "result", S("联合处置完成，隐患消除，已告知反映人"));
    json_end(&j);
    play_move(p, &p->demo->clerk[p->demo->grids[e.grid].street], &e, "close", &j);
}

/* --- a phone whistle's life -------------------------------------------------------------------------------------------------------- */

static const struct { const char *said, *promised, *kept; int department; } firm_needs[] = {
    { "申请技改补贴，不清楚材料清单", "今天把清单和样表发到企业邮箱，专人辅导", "已发清单并电话辅导，企业当天提交", 4 },
    { "门口路灯坏了影响夜班员工出行", "两天内更换灯具", "灯具已更换，夜间复查正常", 7 },
    { "新厂房接水申请卡在图纸审核", "明天上午派人现场核图", "现场核图通过，已排施工", 8 },
    { "消防验收整改项看不懂", "派监督员现场讲解整改要点", "已现场指导，企业按期整改", 6 },
    { "货车进出线路审批催了两周", "三天内给出线路意见", "已批复货运线路，发放通行证", 5 },
};

static void tell_ring(struct play *p, struct opening *o)
{
    struct demo *d = p->demo;
    struct event *e = &o->event;
    e->trouble %= (int)COUNT(firm_needs);
    e->department = firm_needs[e->trouble].department;
    int firm = demo_below(d, FIRMS);
    struct json j = play_body(p);
    json_key_int(&j, "org", d->departments[e->department]);
    json_key_str(&j, "person", arena_format(&p->arena, "%.*sA岗", STR_ARG(d->department_names[e->department])));
    json_key_str(&j, "firm", d->firm_names[firm]);
    json_key_str(&j, "said", str_of(firm_needs[e->trouble].said));
    json_key_str(&j, "promised", str_of(firm_needs[e->trouble].promised));
    json_key_time(&j, "due_at", e->at + DAYS(2));
    json_key_int(&j, "area", d->grids[e->grid].id);
    json_end(&j);
    play_prepare(p, o, &d->clerk[d->grids[e->grid].street], "/api/v1/phone-whistles", json_done(&j));
}

static void keep(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "said", str_of(firm_needs[e.trouble].kept));
    json_end(&j);
    if (play_move(p, &p->demo->clerk[p->demo->grids[e.grid].street], &e, "kept", &j))
        play_plan(p, e, CONFIRMS, HOURS(2 + demo_below(p->demo, 20)));
}

static void confirm(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "result", demo_chance(p->demo, 80) ? S("partly") : S("solved"));
    json_key_str(&j, "who", S("演示企业联系人"));
    json_end(&j);
    play_move(p, &p->demo->clerk[p->demo->grids[e.grid].street], &e, "confirm", &j);
}

/* --- one event --------------------------------------------------------------------------------------------------------------------- */

void life_prepare(struct play *p, struct opening *o)
{
    if (o->event.stage == OPENS)
        tell_report(p, o);
    else if (o->event.stage == BLOWS)
        tell_whistle(p, o);
    else
        tell_ring(p, o);
}

/* It came in as e.matter. */
static void opened(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    e.parent = e.matter;
    if (e.stage == OPENS)
        play_plan(p, e, ACCEPTS, e.urgent ? MINUTES(2 + demo_below(d, 15)) : in_office(d, e.at));
    else if (e.stage == BLOWS)
        play_plan(p, e, APPROVES, MINUTES(10 + demo_below(d, 120)));
    else
        play_plan(p, e, KEEPS, HOURS(3 + demo_below(d, 50)));
}

void life_perform(struct play *p, const struct event *e)
{
    switch (e->stage) {
    case OPENS: case BLOWS: case RINGS: opened(p, *e); break;
    case ACCEPTS:    accept(p, *e); break;
    case ASSIGNS:    assign(p, *e); break;
    case TAKES:      take(p, *e); break;
    case REPLIES:    reply(p, *e); break;
    case RESOLVES:   resolve(p, *e); break;
    case CALLS_BACK: call_back(p, *e); break;
    case APPROVES:   approve(p, *e); break;
    case REPORTS_IN: report_in(p, *e); break;
    case ARRIVES:    arrive(p, *e); break;
    case FINISHES:   finish(p, *e); break;
    case CLOSES:     close_whistle(p, *e); break;
    case KEEPS:      keep(p, *e); break;
    case CONFIRMS:   confirm(p, *e); break;
    case ANSWERS:    upstream_answers(p, *e); break;
    default:         demo_care_perform(p, e); break;
    }
}

/* --- what comes in, and when --------------------------------------------------------------------------------------------------------- */

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
            p->openings[p->opening_count++].event = e;
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
            p->openings[p->opening_count++].event = e;
    }
}

static int earlier(const void *a, const void *b)
{
    ms x = ((const struct opening *)a)->event.at, y = ((const struct opening *)b)->event.at;
    return x < y ? -1 : x > y;
}

bool demo_life(struct demo *d, struct fault *fault)
{
    int whistles = d->reports / 130, rings = d->reports / 90;
    struct play *p = arena_new(&d->arena, struct play);
    p->demo = d;
    p->openings = arena_array(&d->arena, struct opening, (size_t)(d->reports + whistles + rings));
    arrivals(p);
    rarer(p, BLOWS, whistles);
    rarer(p, RINGS, rings);
    qsort(p->openings, (size_t)p->opening_count, sizeof *p->openings, earlier);
    demo_presses(p);
    return play_year(p, fault);
}
