/* log.h -- one key=value line per event on standard error; only cli, http's server and gateways log.
 * No personal data. Line breaks in values are escaped. Threading: any thread, a line is written at once. */
#ifndef WUXING_BASE_LOG_H
#define WUXING_BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
void log_set_level(enum log_level);
void log_line(enum log_level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
