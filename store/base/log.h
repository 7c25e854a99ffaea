/*
 * Diagnostics of a program for a person: one line where the cause is known, lower case,
 * no full stop. What users did to levels and systems goes to the control log
 * (store/oplog), not here.
 *
 * Thread-safe, except log_open() and log_inject(), which are for the start of a program.
 */
#ifndef STORE_BASE_LOG_H
#define STORE_BASE_LOG_H

enum log_level {
	LOG_LEVEL_ERROR = 1, /* something was lost or did not work */
	LOG_LEVEL_WARNING = 2,
	LOG_LEVEL_NOTICE = 3, /* start, stop */
	LOG_LEVEL_DEBUG = 4,  /* shown by -d only */
};

enum log_target { LOG_TO_STDERR = 0, LOG_TO_SYSLOG = 1 };

/* text is one line without newline, valid during the call. */
typedef void (*log_sink)(void *context, enum log_level level, const char *text);

/*
 * Lines up to level go to target from now on, under the program's name. Before the first
 * call they go to stderr, up to LOG_LEVEL_NOTICE. program is not copied.
 */
void log_open(enum log_target target, enum log_level level, const char *program);

/* Lines go to sink instead, whatever their level; NULL goes back to the target. */
void log_inject(log_sink sink, void *context);

/* Writes one line; it is cut to LOG_LINE_MAX, control characters become '?'. Keeps errno. */
#define LOG_LINE_MAX 1024
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
