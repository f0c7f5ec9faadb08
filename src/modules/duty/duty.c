/* duty.c -- the module's tables; see duty.h. */
#include "modules/duty/duty.h"

extern const struct migration duty_migrations[];

SQL(select_handovers, "select " ITEM_COLUMNS ITEM_FROM " where m.kind = 'handover' order by m.opened_at desc, m.id desc limit 50");

static void list_show(struct req *r)
{
    struct matter_item *items = arena_array(r->arena, struct matter_item, 50);
    int count = 0;
    struct rows rows = db_get(r->tx, select_handovers, IN());
    while (count < 50 && item_row(&rows, &items[count]))
        count++;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++)
        if (matter_visible(r->tx, r->who, &items[i].m))
            item_write(r->tx, &r->out, &items[i], r->lang);
    json_end(&r->out);
    json_end(&r->out);
}

static const struct route routes[] = {
    { GET, "/handovers", R_STAFF & ~R(ADMIN), .show = list_show, .about = L("交接班记录", "Hand-overs, newest first") },
    { POST, "/handovers", DUTY_PEOPLE, .apply = duty_open_apply, .show = duty_open_show, .form = duty_open_form,
      .form_size = sizeof(struct duty_open), .about = L("开始交班：列出未了结的事项", "Begin a hand-over: what is open is listed"), .answers = "matter" },
    { GET, "/morning", R_STAFF & ~R(ADMIN), .show = duty_morning_show, .query = duty_morning_query, .query_size = sizeof(struct morning_query),
      .about = L("昨夜今晨", "The morning page: last night and today") },
    { GET, "/morning/paper", R_STAFF & ~R(ADMIN), .show = duty_morning_page, .query = duty_morning_query,
      .query_size = sizeof(struct morning_query), .about = L("昨夜今晨（打印页）", "The morning page, to print") },
    { GET, "/morning/docx", R_STAFF & ~R(ADMIN), .show = duty_morning_docx, .query = duty_morning_query,
      .query_size = sizeof(struct morning_query), .about = L("昨夜今晨（Word）", "The morning page as .docx") },
    { 0 } };

static const struct kind *const kinds[] = { &duty_kind, NULL };

extern const struct module duty;
const struct module duty = {
    .name = "duty", .label = L("值班", "Duty"), .kinds = kinds, .routes = routes, .migrations = duty_migrations,
};
