/* demo_care.c -- the elders of the demo street: their files, keys and smoke detectors, and a year of alarms with clocks as they
 * are: most presses are a mistake or a need, a few are falls, hardly any a fire. Everybody is invented and says so. See demo.h. */
#include "cli/demo_play.h"

#include "engine/device.h"
#include "engine/person.h"
#include "engine/ring.h"
#include "engine/ring_port.h"

enum { ELDERS = 320, PRESSES = 640, FAULTS = 180 };

SQL(update_review, "update care_elder set reviewed_at = $1, review_due = $2 where id = $3");
SQL(insert_live, "insert into care_device(id, state, delivered_at, agreed_at, agreed_by, tested_at, read_back_at, live_at, last_test_at)"
                 " values ($1, 'live', $2, $2, '演示签字', $2, $2, $2, $3)");
SQL(select_became, "select to_id from matter_link where from_id = $1 and type = 4 order by at desc, to_id desc limit 1");

static struct str account_of(struct arena *a, const char *kind, int elder)
{
    return arena_format(a, "DEMO-%s-%03d", kind, elder);
}

/* --- files and devices ---------------------------------------------------------------------------------------------------- */

struct elders { struct demo *d; int64_t persons[ELDERS], areas[ELDERS]; };

static void find_elders(struct tx *tx, void *arg)
{
    struct elders *e = arg;
    for (int i = 0; i < ELDERS; i++) {
        struct rows rows = person_by_phone(tx, arena_format(tx->arena, "1390000%04d", i));
        db_row(&rows, OUT(&e->persons[i]));
        rows_end(&rows);
        struct person p = { 0 };
        if (e->persons[i] && person_clear(tx, e->persons[i], &p))
            e->areas[i] = p.area;
    }
}

/* Most are live and were tested within the month or a little longer ago; a few were only delivered. */
static void activate(struct tx *tx, struct demo *d, int64_t device, int i)
{
    if (device && i % 16)
        db_run(tx, insert_live, IN(device, d->from, d->to - DAYS(demo_below(d, 34)) - HOURS(demo_below(d, 24))));
}

static void put_devices(struct tx *tx, void *arg)
{
    const struct elders *e = arg;
    for (int i = 0; i < ELDERS; i++) {
        struct device key = { .kind = S("button"), .vendor = i % 3 ? S("示例呼叫器厂") : S("样板物联"), .protocol = S("mqtt"),
                              .account = account_of(tx->arena, "KEY", i), .person = e->persons[i], .area = e->areas[i] };
        activate(tx, e->d, device_put(tx, &who_system, &key), i);
        if (i % 4)
            continue;
        struct device smoke = { .kind = S("smoke"), .vendor = S("示例烟感厂"), .protocol = S("mqtt"),
                                .account = account_of(tx->arena, "SMOKE", i), .person = e->persons[i], .area = e->areas[i] };
        activate(tx, e->d, device_put(tx, &who_system, &smoke), i + 1);
    }
}

static bool said(struct demo *d, const struct who *who, enum method method, const char *path, struct json *j)
{
    struct call call = { .method = method, .path = str_of(path), .body = json_done(j), .who = who, .content_type = S("application/json"),
                         .address = S("127.0.0.1") };
    struct answer answer = { 0 };
    api_call(d->api, &d->arena, &call, &answer);
    if (answer.status >= 300 && d->refused++ == 0)
        d->first_refusal = arena_format(&d->arena, "%s: " STR_FMT, path, STR_ARG(answer.body));
    return answer.status < 300;
}

static void write_contact(struct json *j, struct demo *d, const char *kind, int elder, int line, const char *relation, bool has_key)
{
    json_obj(j);
    json_key_str(j, "kind", str_of(kind));
    json_key_str(j, "name", arena_format(&d->arena, "演示%s%03d", relation, elder + 1));
    json_key_str(j, "phone", arena_format(&d->arena, "137%d100%04d", line, elder));
    json_key_str(j, "relation", str_of(relation));
    json_key_bool(j, "has_key", has_key);
    json_end(j);
}

static bool put_file(struct demo *d, const struct who *who, const struct elders *e, int i)
{
    static const char *const dialects[] = { "郑州话", "郑州话", "普通话", "豫东话" };
    struct json j = json_in(&d->arena), contacts = json_in(&d->arena), consent = json_in(&d->arena);
    json_obj(&j);
    json_key_int(&j, "person", e->persons[i]);
    json_key_str(&j, "living", i % 5 ? S("alone") : S("couple"));
    json_key_str(&j, "hearing", i % 9 == 0 ? S("hard") : i % 40 == 1 ? S("deaf") : S("good"));
    json_key_str(&j, "dialect", str_of(dialects[i % (int)COUNT(dialects)]));
    json_key_str(&j, "spoken", arena_format(&d->arena, "演示地址：示范路口向北 %d 米，院门朝东，%d 单元 %d 层", 40 + i % 200, 1 + i % 4, 1 + i % 6));
    json_end(&j);
    json_obj(&contacts);
    json_key_list(&contacts, "contacts");
    write_contact(&contacts, d, "keyholder", i, 0, "邻居", true);
    write_contact(&contacts, d, "family", i, 1, "女儿", i % 3 == 0);
    json_end(&contacts);
    json_end(&contacts);
    json_obj(&consent);
    json_key_str(&consent, "scope", i % 2 ? S("device") : S("family_line"));
    json_key_str(&consent, "given_by", S("elder"));
    json_key_str(&consent, "name", arena_format(&d->arena, "演示老人%03d", i + 1));
    json_end(&consent);
    return said(d, who, POST, "/api/v1/elders", &j) &&
           said(d, who, PUT, arena_format(&d->arena, "/api/v1/elders/%lld/contacts", (long long)e->persons[i]).p, &contacts) &&
           said(d, who, POST, arena_format(&d->arena, "/api/v1/elders/%lld/consents", (long long)e->persons[i]).p, &consent);
}

static bool write_now(struct demo *d, void (*apply)(struct tx *, void *), void *arg, struct fault *fault)
{
    struct write w = { .apply = apply, .arg = arg, .arena = &d->arena, .lane = LANE_NORMAL };
    store_write(d->engine->store, &w);
    *fault = w.fault;
    return w.fault.code == ERR_OK;
}

/* Reviewed all through the year, so that some are due in the coming weeks and a few are late. */
static void review_files(struct tx *tx, void *arg)
{
    struct elders *e = arg;
    for (int i = 0; i < ELDERS; i++) {
        ms at = e->d->to - DAYS(demo_below(e->d, 375));
        db_run(tx, update_review, IN(at, at + DAYS(365), e->persons[i]));
    }
}

bool demo_elders(struct demo *d, struct fault *fault)
{
    struct elders *e = arena_new(&d->arena, struct elders);
    e->d = d;
    if (!write_now(d, find_elders, e, fault) || !write_now(d, put_devices, e, fault))
        return false;
    for (int i = 0; i < ELDERS && d->refused == 0; i++)
        put_file(d, &d->clerk[d->grids[i % GRIDS].street], e, i);
    if (d->refused == 0 && !write_now(d, review_files, e, fault))
        return false;
    if (d->refused)
        fault_set(fault, ERR_INTERNAL, d->first_refusal.p, d->first_refusal.p);
    return d->refused == 0;
}

/* --- a year of presses ------------------------------------------------------------------------------------------------------- */

/* What the key meant, and how it ended. `site`: somebody had to go there. */
static const struct { const char *said, *words, *outcome, *ended; int weight; bool site; } calls[] = {
    { "rescue", "不小心碰到了，没事", "mistake", "本人说明误触，已约次日电话", 34, false },
    { "rescue", "想问问明天食堂有什么菜", "service", "想了解助餐，已登记", 14, false },
    { "rescue", "灯泡坏了，自己不敢换", "service", "需要上门换灯", 9, false },
    { "rescue", "试一下好不好用", "test", "每月试呼，通话正常", 22, false },
    { "rescue", "头晕，站不起来", "helped", "量血压后卧床休息，家属到场", 7, true },
    { "fall", "在卫生间滑倒，腿疼", "hospital", "120 送医，家属陪同", 5, true },
    { "fall", "坐到地上了，扶起来就好", "helped", "扶起后无伤，提醒装扶手", 6, true },
    { "rescue", "胸口闷，喘不上气", "hospital", "120 送医", 3, true },
};

static int pick_call(struct demo *d)
{
    int sum = 0, i = 0;
    for (size_t k = 0; k < COUNT(calls); k++)
        sum += calls[k].weight;
    for (int at = demo_below(d, sum); (at -= calls[i].weight) >= 0;)
        i++;
    return i;
}

/* More in the morning and the evening, a few at night: that is when somebody has to be there. */
void demo_presses(struct play *p)
{
    static const int hours[] = { 0, 2, 4, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 17, 18, 18, 19, 19, 20, 21, 22, 23 };
    struct demo *d = p->demo;
    int64_t days = (d->to - d->from) / DAYS(1);
    int count = (int)(PRESSES * days / 365);
    for (int i = 0; i < count; i++) {
        ms at = d->from + DAYS(demo_below(d, (int)days)) + HOURS(hours[demo_below(d, (int)COUNT(hours))]) + SECONDS(demo_below(d, 3600));
        struct event e = { .at = at, .grid = demo_below(d, ELDERS), .trouble = pick_call(d) };
        play_plan(p, e, PRESSES_KEY, SECONDS(1));
    }
    for (int i = 0; i < (int)(FAULTS * days / 365) + 3; i++) {     /* the last three within the last day: still somebody's task */
        int64_t minutes = demo_below(d, (int)(days * 24 * 60));
        ms at = i < 3 ? d->to - HOURS(1 + 8 * i) : d->from + MINUTES(minutes);
        struct event e = { .at = at, .grid = demo_below(d, ELDERS), .trouble = demo_below(d, 3) };
        play_plan(p, e, BREAKS, SECONDS(1));
    }
}

/* --- a device in trouble ---------------------------------------------------------------------------------------------------- */

static const char *const faults[] = { "battery_low", "mains_fail", "link_fail" };
static const char *const hows[] = { "battery", "power", "repaired" };

static int64_t tell(struct play *p, const struct event *e, const char *kind)
{
    bool is_new = false;
    struct signal_in in = { .protocol = S("mqtt"), .account = account_of(p->tx->arena, "KEY", e->grid), .kind = str_of(kind),
                            .sequence = arena_format(p->tx->arena, "demo-%lld-%d", (long long)e->at, e->grid), .at = e->at,
                            .device_at = e->at - SECONDS(1), .data = S("{}"), .raw = S("{}") };
    struct signal s = { 0 };
    int64_t id = signal_put(p->tx, &in, &is_new);
    return id && is_new && signal_apply(p->tx, id) && signal_get(p->tx, id, &s) ? s.matter : 0;
}

static void breaks(struct play *p, struct event e)
{
    e.matter = tell(p, &e, faults[e.trouble]);
    if (e.matter)
        play_plan(p, e, COVERS, MINUTES(15 + demo_below(p->demo, 95)));
}

static void cover(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_end(&j);
    if (play_move(p, &p->demo->grids[e.grid % GRIDS].worker, &e, "substitute", &j))
        play_plan(p, e, MENDS, HOURS(2 + demo_below(p->demo, 22)));
}

static void mend(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "how", str_of(hows[e.trouble]));
    json_key_str(&j, "text", S("已上门处理，试呼正常"));
    json_end(&j);
    play_move(p, &p->demo->grids[e.grid % GRIDS].worker, &e, "repair", &j);
}

static const struct who *seat(struct demo *d, const struct event *e)
{
    int street = d->grids[e->grid % GRIDS].street;
    int hour = civil_of(e->at).hour;
    return hour < 8 || hour >= 18 ? &d->duty[street] : &d->clerk[street];
}

static void press(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    e.matter = tell(p, &e, calls[e.trouble].said);
    int wait_s = demo_chance(d, 960) ? 6 + demo_below(d, 50) : demo_chance(d, 800) ? 62 + demo_below(d, 100) : 190 + demo_below(d, 200);
    if (e.matter)
        play_plan(p, e, CLAIMS_ALARM, SECONDS(wait_s));
}

static void claim(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_end(&j);
    if (play_move(p, seat(p->demo, &e), &e, "claim", &j))
        play_plan(p, e, SPEAKS, SECONDS(15 + demo_below(p->demo, 60)));
}

static void speak(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct json j = play_body(p);
    bool silent = calls[e.trouble].site && demo_chance(d, 250);
    if (!silent)
        json_key_str(&j, "text", str_of(calls[e.trouble].words));
    json_end(&j);
    if (play_move(p, seat(d, &e), &e, silent ? "no_answer" : "spoke", &j))
        play_plan(p, e, calls[e.trouble].site ? SENDS : ENDS, SECONDS(40 + demo_below(d, 160)));
}

/* Family and key-holder were rung beside the seats: by now a telephone was answered or not. */
static void close_rings(struct play *p, const struct event *e)
{
    struct attempt t;
    int64_t ids[24];
    int count = 0;
    struct rows rows = ring_list(p->tx, e->matter, 0, (int)COUNT(ids));
    while (count < (int)COUNT(ids) && ring_row(&rows, &t))
        if (t.result == RING_OPEN)
            ids[count++] = t.id;
    rows_end(&rows);
    for (int i = 0; i < count; i++)
        ring_receipt(p->tx, ids[i], demo_chance(p->demo, 700) ? RING_ANSWERED : RING_RANG, e->at, S(""));
}

static void send_worker(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct json j = play_body(p);
    close_rings(p, &e);
    json_key_int(&j, "account", d->grids[e.grid % GRIDS].worker.account);
    json_key_int(&j, "minutes", 10);
    json_end(&j);
    if (play_move(p, seat(d, &e), &e, "dispatch", &j))
        play_plan(p, e, IS_THERE, demo_chance(d, 930) ? MINUTES(5 + demo_below(d, 35)) : MINUTES(46 + demo_below(d, 25)));
}

static void be_there(struct play *p, struct event e)
{
    struct json j = play_body(p);
    close_rings(p, &e);
    json_key_str(&j, "text", S("见到本人，意识清楚"));
    json_end(&j);
    if (play_move(p, &p->demo->grids[e.grid % GRIDS].worker, &e, "arrive", &j))
        play_plan(p, e, ENDS, MINUTES(15 + demo_below(p->demo, 60)));
}

static void end_alarm(struct play *p, struct event e)
{
    struct demo *d = p->demo;
    struct json j = play_body(p);
    close_rings(p, &e);
    json_key_str(&j, "outcome", str_of(calls[e.trouble].outcome));
    json_key_str(&j, "text", str_of(calls[e.trouble].ended));
    if (str_is(str_of(calls[e.trouble].outcome), "mistake"))
        json_key_str(&j, "heard_from", S("elder"));
    if (str_is(str_of(calls[e.trouble].outcome), "service"))
        json_key_str(&j, "service", S("company"));
    json_end(&j);
    if (play_move(p, calls[e.trouble].site ? &d->grids[e.grid % GRIDS].worker : seat(d, &e), &e, "outcome", &j))
        play_plan(p, e, FOLLOWS_UP, HOURS(15 + demo_below(d, 8)));
    if (str_is(str_of(calls[e.trouble].outcome), "service") && db_one(p->tx, select_became, IN(e.matter), OUT(&e.matter)))
        play_plan(p, e, SERVES, HOURS(3 + demo_below(d, 20)));
}

/* Somebody answered the need. */
static void serve(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_str(&j, "text", S("已上门办好"));
    json_end(&j);
    play_move(p, &p->demo->grids[e.grid % GRIDS].worker, &e, "done", &j);
}

static void follow_up(struct play *p, struct event e)
{
    struct json j = play_body(p);
    json_key_bool(&j, "well", true);
    json_key_str(&j, "text", S("次日电话回访，老人安好"));
    json_end(&j);
    play_move(p, &p->demo->clerk[p->demo->grids[e.grid % GRIDS].street], &e, "follow_up", &j);
}

void demo_care_perform(struct play *p, const struct event *e)
{
    switch (e->stage) {
    case PRESSES_KEY:  press(p, *e); break;
    case CLAIMS_ALARM: claim(p, *e); break;
    case SPEAKS:       speak(p, *e); break;
    case SENDS:        send_worker(p, *e); break;
    case IS_THERE:     be_there(p, *e); break;
    case ENDS:         end_alarm(p, *e); break;
    case FOLLOWS_UP:   follow_up(p, *e); break;
    case SERVES:       serve(p, *e); break;
    case BREAKS:       breaks(p, *e); break;
    case COVERS:       cover(p, *e); break;
    case MENDS:        mend(p, *e); break;
    default:           break;
    }
}
