/* modules.c -- the one list of modules: what is here is served, what is not here is not. */
#include "engine/module.h"

extern const struct module report, whistle, scan, care, duty, order;
const struct module *const modules[] = { &report, &whistle, &scan, &care, &duty, &order, NULL };
