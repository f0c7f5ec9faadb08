/* log.c -- see log.h. */
#include "base/log.h"
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static _Atomic int level_shown = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&level_shown, level);
}

void log_line(enum log_level level, const char *format, ...)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    if ((int)level < atomic_load(&level_shown))
        return;
    char text[2048];
    struct civil c = civil_of(clock_system()->now(clock_system()));
    int n = snprintf(text, sizeof text, "time=%04d-%02d-%02dT%02d:%02d:%02d.%03d+08:00 level=%s ", c.year, c.month, c.day,
                     c.hour, c.minute, c.second, c.milli, names[level]);
    va_list args;
    va_start(args, format);
    int more = vsnprintf(text + n, sizeof text - (size_t)n - 1, format, args);
    va_end(args);
    n += more < 0 ? 0 : more < (int)sizeof text - n - 1 ? more : (int)sizeof text - n - 2;
    for (int i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20)
            text[i] = ' ';
    text[n++] = '\n';
    if (write(STDERR_FILENO, text, (size_t)n) < 0)
        return;                               /* nowhere left to say so */
}
