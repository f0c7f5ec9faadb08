/* routes_webhook.c -- where other systems ask to be told; see engine/webhook.h. A webhook sees what its account may see. */
#include "http/http.h"

#include "engine/webhook.h"

SQL(select_webhook_account, "select account from webhook where id = $1");

enum { TELLERS = R(ADMIN) | R(LEADER) | R(API) };

struct webhook_form {
    struct has has;
    struct str url, secret, kind, name, to, link, quiet_from, quiet_to;
    int64_t merge_s;
    struct texts events;
};
static const struct field webhook_form[] = {
    FIELD(struct webhook_form, url, TEXT, .label = L("推送地址", "URL"), .required = true, .max = 500),
    FIELD(struct webhook_form, events, TEXTS, .label = L("事件", "Events"), .required = true, .min = 1, .max = 50,
          .help = L("report.accept、report.* 或 *", "report.accept, report.* or *")),
    FIELD(struct webhook_form, secret, SECRET, .label = L("密钥", "Secret"),
          .help = L("推送：whsec_ 加 base64，留空则由系统生成，只显示一次；机器人：加签密钥；邮件：账号:密码",
              "events: whsec_ and base64, left empty one is made and shown once; a robot's signing key; USER:PASSWORD of mail")),
    FIELD(struct webhook_form, kind, RULE, .label = L("渠道", "Channel"), .ref = "notices",
          .help = L("不填为程序间的事件推送", "without it events go to a program")),
    FIELD(struct webhook_form, name, TEXT, .label = L("名称", "Name"), .max = 40),
    FIELD(struct webhook_form, to, TEXT, .label = L("收件人", "Recipients"), .max = 1000,
          .help = L("短信为手机号，邮件为邮箱，用逗号分开", "numbers of an SMS, addresses of a mail, separated by commas")),
    FIELD(struct webhook_form, link, TEXT, .label = L("链接前缀", "Link"), .max = 200,
          .help = L("后面接事项编号，如 https://wuxing.example/desk/matters/", "the matter's id follows, e.g. https://wuxing.example/desk/matters/")),
    FIELD(struct webhook_form, quiet_from, TEXT, .label = L("免打扰开始", "Quiet from"), .max = 5,
          .help = L("如 22:00；报警不受限制", "like 22:00; alarms always leave")),
    FIELD(struct webhook_form, quiet_to, TEXT, .label = L("免打扰结束", "Quiet until"), .max = 5),
    FIELD(struct webhook_form, merge_s, INT, .label = L("合并时间（秒）", "Gathered for (seconds)"), .min = 0, .max = 3600), {0} };

struct new_webhook { struct str secret; int64_t id; };

static void webhook_prepare(struct req *r)
{
    const struct webhook_form *form = r->form;
    struct new_webhook *made = arena_new(r->arena, struct new_webhook);
    made->secret = form->kind.n ? S("") : form->secret.n ? form->secret : webhook_secret(r->arena);
    r->state = made;
}

/* "22:00" in minutes of the day; nothing is 0, anything else -1. */
static int64_t minutes_of(struct str text)
{
    struct str hour = str_head(text, str_find(text, S(":"))), minute = str_from(text, hour.n + 1);
    int64_t h, m;
    if (text.n == 0)
        return 0;
    return minute.n == 2 && str_to_i64(hour, &h) && str_to_i64(minute, &m) && h >= 0 && h < 24 && m >= 0 && m < 60 ? 60 * h + m : -1;
}

static void webhook_apply(struct req *r)
{
    const struct webhook_form *form = r->form;
    struct new_webhook *made = r->state;
    struct buf events = buf_in(r->arena);
    for (int64_t i = 0; i < form->events.count; i++) {
        buf_put(&events, i ? S(",") : S(""));
        buf_put(&events, form->events.items[i]);
    }
    struct notice_settings notice = { .url = form->url, .secret = form->secret, .to = form->to, .link = form->link, .merge_s = form->merge_s,
        .quiet_from = minutes_of(form->quiet_from), .quiet_to = minutes_of(form->quiet_to) };
    made->id = form->kind.n ? webhook_add_notice(r->tx, r->who, form->kind, form->name, buf_str(&events), &notice)
                            : webhook_add(r->tx, r->who, form->url, buf_str(&events), made->secret);
    r->location = arena_format(r->arena, "/api/v1/webhooks/%lld", (long long)made->id);
}

static void webhook_show(struct req *r)
{
    const struct new_webhook *made = r->state;
    const struct webhook_form *form = r->form;
    json_obj(&r->out);
    json_key_int(&r->out, "id", made->id);
    json_key_str(&r->out, "kind", form->kind.n ? form->kind : S("events"));
    json_key_str(&r->out, "url", form->kind.n ? notice_host(r->arena, form->url) : form->url);
    if (made->secret.n)
        json_key_str(&r->out, "secret", made->secret);
    json_end(&r->out);
}

static void quiet_show(struct req *r, const struct notice_settings *s)
{
    if (s->quiet_from == s->quiet_to)
        return;
    const struct { const char *name; int64_t minutes; } ends[] = { { "quiet_from", s->quiet_from }, { "quiet_to", s->quiet_to } };
    for (size_t i = 0; i < COUNT(ends); i++)
        json_key_str(&r->out, ends[i].name, arena_format(r->arena, "%02d:%02d", (int)(ends[i].minutes / 60), (int)(ends[i].minutes % 60)));
}

static void webhooks_show(struct req *r)
{
    struct webhook w;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = webhook_list(r->tx, who_has(r->who, R(ADMIN)) ? 0 : r->who->account);
    while (webhook_row(&rows, &w)) {
        struct str rest = w.events, one;
        json_obj(&r->out);
        json_key_int(&r->out, "id", w.id);
        json_key_str(&r->out, "kind", w.kind);
        json_key_str(&r->out, "name", w.name);
        json_key_str(&r->out, "url", w.url);
        quiet_show(r, &w.notice);
        json_key_int(&r->out, "merge_s", w.notice.merge_s);
        json_key_list(&r->out, "events");
        while (str_cut(&rest, ',', &one))
            json_str(&r->out, one);
        json_end(&r->out);
        json_key_str(&r->out, "state", w.state);
        json_key_int(&r->out, "failures", w.failures);
        json_key_time(&r->out, "created_at", w.made_at);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static void try_apply(struct req *r)
{
    webhook_try_out(r->tx, r->who, r->id);
}

static void webhook_remove_apply(struct req *r)
{
    webhook_remove(r->tx, r->who, r->id);
}

static void deliveries_show(struct req *r)
{
    const struct page *page = r->query;
    int64_t account = 0, before = 0, limit = page_limit(page), last = 0;
    struct delivery d;
    int count = 0;
    if (!db_one(r->tx, select_webhook_account, IN(r->id), OUT(&account)) || (account != r->who->account &&
            !who_has(r->who, R(ADMIN)))) {
        tx_refuse(r->tx, ERR_NOT_FOUND);
        return;
    }
    if (page->after.n && !str_to_i64(page->after, &before))
        before = 0;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = delivery_list(r->tx, r->id, before, (int)limit);
    while (delivery_row(&rows, &d)) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", d.id);
        json_key_int(&r->out, "seq", d.seq);
        json_key_str(&r->out, "state", d.state);
        json_key_int(&r->out, "tries", d.tries);
        json_key_int(&r->out, "status", d.status);
        json_key_str(&r->out, "note", d.note);
        json_key_time(&r->out, "next_at", str_is(d.state, "waiting") ? d.next_at : 0);
        json_key_time(&r->out, "done_at", d.done_at);
        json_end(&r->out);
        last = d.id;
        count++;
    }
    json_end(&r->out);
    r->next = count == limit ? arena_format(r->arena, "%lld", (long long)last) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

static void replay_apply(struct req *r)
{
    delivery_replay(r->tx, r->who, r->id);
}

const struct route webhook_routes[] = {
    { GET, "/webhooks", TELLERS, .show = webhooks_show, .about = L("推送地址", "Webhooks") },
    { POST, "/webhooks", TELLERS, webhook_prepare, webhook_apply, webhook_show, webhook_form,
          sizeof(struct webhook_form),
      .flags = ROUTE_SECRET_ANSWER, .about = L("新建推送，密钥只显示一次", "Add a webhook; its secret is shown once") },
    { POST, "/webhooks/{id}/try", TELLERS, .apply = try_apply,
      .about = L("给通知渠道试发一条", "Send a trial message by a channel for notices") },
    { DELETE, "/webhooks/{id}", TELLERS, .apply = webhook_remove_apply, .about = L("删除推送", "Remove a webhook") },
    { GET, "/webhooks/{id}/deliveries", TELLERS, .show = deliveries_show, .query = page_query,
          .query_size = sizeof(struct page),
      .about = L("推送记录", "Deliveries of a webhook") },
    { POST, "/deliveries/{id}/replay", TELLERS, .apply = replay_apply, .about = L("重新推送", "Post a delivery again") },
    {0} };
