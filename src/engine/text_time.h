/* text_time.h -- the time that a Chinese sentence promises: 周五前, 明天上午, 三天内, 3个工作日内, 下周三, 月底前, 25号前,
 * 11月25日前, 今天下班前, 半小时内, 下午3点. The first phrase that says a time counts; the answer is the end of it
 * (a day ends at 18:00, a morning at 12:00), because a promise is kept until then.
 * Pure: local time of the office, no state, no faults. `works` may be NULL: Monday to Friday. */
#ifndef WUXING_ENGINE_TEXT_TIME_H
#define WUXING_ENGINE_TEXT_TIME_H

#include "base/clock.h"

struct text_time {
    ms at;
    struct str phrase;                 /* the part of the text that says it */
};
bool text_time(struct str text, ms now, bool (*works)(void *arg, int day_number), void *arg,
               struct text_time *ret_time) MUST_USE;

#endif
