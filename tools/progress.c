/*
 * Reads /.csmfs/progress beside a step that takes its time.
 *
 * The step blocks in one system call, so a second thread does the reading. It only reads
 * and prints: when it cannot, the operation goes on without a line.
 */
#include "tools/progress.h"
#include "fs/protocol.h"
#include "tools/scope.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#define FIRST_SECONDS 2
#define EVERY_SECONDS 1

struct progress {
	const struct mountpoint *mount;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool end;   /* under lock */
	bool shown; /* the thread's, until it is joined */
};

static void show(struct progress *progress)
{
	_cleanup_free_ char *text = NULL;

	if (mountpoint_read(progress->mount, PROTOCOL_CONTROL "/" PROTOCOL_PROGRESS, &text))
		return;
	text[strcspn(text, "\n")] = '\0';
	if (!*text)
		return;
	/* Back to the line's start, and whatever was longer before goes. */
	fprintf(stderr, "\r%.*s\033[K", 120, text);
	progress->shown = true;
}

/* True when the wait was ended, false when the seconds have passed. */
static bool wait_for_end(struct progress *progress, time_t seconds)
{
	struct timespec until;
	bool end;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&progress->lock);
	while (!progress->end &&
	       pthread_cond_timedwait(&progress->ended, &progress->lock, &until) == 0)
		;
	end = progress->end;
	pthread_mutex_unlock(&progress->lock);
	return end;
}

static void *watch(void *context)
{
	struct progress *progress = context;
	time_t seconds = FIRST_SECONDS;

	while (!wait_for_end(progress, seconds)) {
		show(progress);
		seconds = EVERY_SECONDS;
	}
	return NULL;
}

static void discard(struct progress *progress)
{
	pthread_cond_destroy(&progress->ended);
	pthread_mutex_destroy(&progress->lock);
	free(progress);
}

struct progress *progress_begin(const struct mountpoint *mount)
{
	pthread_condattr_t attributes;
	struct progress *progress;

	if (!isatty(STDERR_FILENO))
		return NULL;
	progress = calloc(1, sizeof(*progress));
	if (!progress)
		return NULL;
	progress->mount = mount;
	pthread_mutex_init(&progress->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&progress->ended, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&progress->thread, NULL, watch, progress)) {
		discard(progress);
		return NULL;
	}
	return progress;
}

void progress_end(struct progress *progress)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->end = true;
	pthread_cond_signal(&progress->ended);
	pthread_mutex_unlock(&progress->lock);
	pthread_join(progress->thread, NULL);
	if (progress->shown)
		fputs("\r\033[K", stderr);
	discard(progress);
}
