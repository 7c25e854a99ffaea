/*
 * One log call for the whole program. The daemon runs in the foreground with stderr, or
 * in the background where only syslog is left; rooms do not know which. Tests inject
 * a sink. The target is file-level state on purpose: a line about a failure must not
 * need a handle that the failing function does not have.
 *
 * A line leaves with one write, so lines of several threads do not mix.
 */
#include "store/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

struct log_state {
	enum log_target target;
	enum log_level level;
	const char *program;
	log_sink sink;
	void *context;
};

/* Written only while the program has one thread. */
static struct log_state state = { LOG_TO_STDERR, LOG_LEVEL_NOTICE, "csmfs", NULL, NULL };

void log_open(enum log_target target, enum log_level level, const char *program)
{
	if (state.target == LOG_TO_SYSLOG)
		closelog();
	state.target = target;
	state.level = level;
	state.program = program;
	if (target == LOG_TO_SYSLOG)
		openlog(program, LOG_PID, LOG_DAEMON);
}

void log_inject(log_sink sink, void *context)
{
	state.sink = sink;
	state.context = context;
}

static int syslog_priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return LOG_ERR;
	case LOG_LEVEL_WARNING:
		return LOG_WARNING;
	case LOG_LEVEL_NOTICE:
		return LOG_NOTICE;
	case LOG_LEVEL_DEBUG:
		break;
	}
	return LOG_DEBUG;
}

static void write_stderr(const char *text)
{
	char line[LOG_LINE_MAX + 64];
	int size = snprintf(line, sizeof line, "%s: %s\n", state.program, text);

	if (size >= (int)sizeof line) {
		size = sizeof line;
		line[size - 1] = '\n';
	}
	/* There is nobody left to tell when stderr does not take it. */
	if (size > 0 && write(STDERR_FILENO, line, (size_t)size) < 0)
		return;
}

void log_line(enum log_level level, const char *format, ...)
{
	char text[LOG_LINE_MAX];
	int saved = errno;
	va_list args;

	if (!state.sink && level > state.level)
		return;
	va_start(args, format);
	if (vsnprintf(text, sizeof text, format, args) < 0)
		text[0] = '\0';
	va_end(args);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	if (state.sink)
		state.sink(state.context, level, text);
	else if (state.target == LOG_TO_SYSLOG)
		syslog(syslog_priority(level), "%s", text);
	else
		write_stderr(text);
	errno = saved;
}
