/* open311.c -- Open311 GeoReport v2. */
#include "http/open311.h"

void open311_fault(struct work *w)
{
    w->answer.type = problem_type();
    w->answer.body = problem_json(&w->arena, &w->fault, w->lang);
}
