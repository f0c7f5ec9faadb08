/* errand.c -- see errand.h. Its clocks borrow limits that every office has (report.*), so that no rule is needed for it. */
#include "test/errand.h"

#include "engine/deadline.h"

struct refuse { struct has has; struct str reason; };
static const struct field refuse_form[] = {
    FIELD(struct refuse, reason, TEXT, .label = L("理由", "Reason"), .required = true, .min = 2, .max = 100), { 0 } };

static bool is_not_locked(struct tx *tx, struct moving *mv)
{
    if (!str_has(mv->m.title, S("locked")))
        return true;
    tx_refuse(tx, ERR_STATE, "已锁定", "It is locked");
    return false;
}

static void pause_clocks(struct tx *tx, struct moving *mv)
{
    deadline_pause(tx, mv->m.id, mv->at);
}

static void resume_clocks(struct tx *tx, struct moving *mv)
{
    deadline_resume(tx, mv->m.id, mv->at);
}

enum { ASKED, DOING, WAITING, FINISHED, REFUSED };
static const struct state states[] = {
    [ASKED]    = { "asked",    L("待接", "Asked"),     PHASE_OPEN,    "report.accept", LATE_SUPERVISE, "nudge" },
    [DOING]    = { "doing",    L("在办", "Doing"),     PHASE_ACTIVE,  "report.handle", LATE_SUPERVISE, NULL },
    [WAITING]  = { "waiting",  L("等待", "Waiting"),   PHASE_WAITING, "report.handle", LATE_SUPERVISE, NULL },
    [FINISHED] = { "finished", L("办结", "Finished"),  PHASE_DONE,    NULL, LATE_NONE, NULL },
    [REFUSED]  = { "refused",  L("不办", "Refused"),   PHASE_VOID,    NULL, LATE_NONE, NULL }, { 0 } };
static const struct move moves[] = {
    { "take",   ASKED,    DOING,    R(GRID) | R(COMMUNITY), L("接单", "Take"),      NULL, 0, is_not_locked, NULL, MOVE_CLAIMS | MOVE_PRIMARY },
    { "finish", DOING,    FINISHED, R(GRID) | R(COMMUNITY), L("办结", "Finish"),    NULL, 0, NULL, NULL, 0 },
    { "wait",   DOING,    WAITING,  R(COMMUNITY),           L("挂起", "Wait"),      NULL, 0, NULL, pause_clocks, 0 },
    { "go_on",  WAITING,  DOING,    R(COMMUNITY),           L("继续", "Go on"),     NULL, 0, NULL, resume_clocks, 0 },
    { "again",  FINISHED, DOING,    R(COMMUNITY),           L("重办", "Again"),     NULL, 0, NULL, NULL, MOVE_NOT_OWNER },
    { "refuse", ASKED,    REFUSED,  R(COMMUNITY),           L("不办", "Refuse"),    refuse_form, sizeof(struct refuse), NULL, NULL, MOVE_DANGER },
    { "refuse", DOING,    REFUSED,  R(COMMUNITY),           L("不办", "Refuse"),    refuse_form, sizeof(struct refuse), NULL, NULL, MOVE_DANGER },
    { "nudge",  ASKED,    STATE_SAME, 0,                    L("催办", "Nudge"),     NULL, 0, NULL, NULL, MOVE_SYSTEM },
    { "note",   STATE_ANY, STATE_SAME, R_STAFF,             L("备注", "Note"),      NULL, 0, NULL, NULL, 0 }, { 0 } };

const struct kind errand_kind = { .name = "errand", .prefix = "PT", .label = L("跑腿", "Errand"), .total_clock = "report.total",
                                  .states = states, .moves = moves };
static const struct kind *const kinds[] = { &errand_kind, NULL };

int errand_told;
static void told(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    (void)tx, (void)m, (void)mv;
    errand_told++;
}
static const struct subscription on[] = { { "errand", PHASE_DONE, told }, { 0 } };

static const struct module errand = { .name = "errand", .label = L("跑腿", "Errand"), .kinds = kinds, .on = on };
const struct module *const errand_modules[] = { &errand, NULL };

int64_t errand_open(struct tx *tx, const struct who *who, struct place place, const char *title)
{
    struct matter m = { .kind = &errand_kind, .title = str_of(title), .text = str_of(title), .place = place };
    return matter_open(tx, who, &m, 0, S(""));
}
