/*
 * The notifier: a queue and a thread, which has the telling done by another process (fs/teller.h).
 *
 * Why not from the thread that served the request: to forget a name takes the lock of its
 * directory in the kernel. Another process may hold that lock while its own request waits in the
 * kernel's queue; if all our threads waited for such locks, nobody would be left to serve it. A
 * thread that serves nothing may wait as long as it likes.
 *
 * For the same reason no name in a DELTA directory is ever told: the caller of the change
 * holds that directory's lock until it hears from us. DELTA is not cached instead.
 *
 * There are two. Pages that a program changed by mmap(2) and that we refused are forgotten by a
 * second one, the forgetter: before the kernel forgets a file's pages it writes those that are
 * changed, one WRITE after the other, as many as their writer likes. No reply waits behind that.
 */
#include <errno.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs/mount.h"
#include "fs/notify.h"
#include "fs/teller.h"
#include "store/base/log.h"

#define PATIENCE_S 2

struct notifier {
	struct mount *mount; /* immutable */
	const int *teller;   /* immutable: the socket of the process that tells */
	pthread_t thread;    /* immutable */
	pthread_mutex_t lock; /* everything below */
	pthread_cond_t wake;
	struct notify_job *first, **last;
	bool ending;
};

static void note_add(struct notes *notes, enum note_kind kind, uint64_t node, const char *name)
{
	size_t size = name ? strlen(name) + 1 : 0;
	struct note *note = malloc(sizeof(*note) + size);

	if (!note)
		return;
	note->next = notes->first;
	note->kind = kind;
	note->node = node;
	if (name)
		memcpy(note->name, name, size);
	notes->first = note;
}

void note_entry(struct notes *notes, uint64_t directory, const char *name)
{
	note_add(notes, NOTE_ENTRY, directory, name);
}

void note_content(struct notes *notes, uint64_t node)
{
	note_add(notes, NOTE_CONTENT, node, NULL);
}

void note_attributes(struct notes *notes, uint64_t node)
{
	note_add(notes, NOTE_ATTRIBUTES, node, NULL);
}

void notes_release(struct notes *notes)
{
	while (notes->first) {
		struct note *note = notes->first;

		notes->first = note->next;
		free(note);
	}
}

/* ---- in the kernel's form ---- */

static void encode_entry(const struct note *note, struct buffer *messages)
{
	size_t length = strlen(note->name);
	struct fuse_notify_inval_entry_out entry = { .parent = note->node, .namelen = (uint32_t)length };
	struct fuse_out_header header = { .error = FUSE_NOTIFY_INVAL_ENTRY };

	header.len = (uint32_t)(sizeof(header) + sizeof(entry) + length + 1);
	buffer_add(messages, &header, sizeof(header));
	buffer_add(messages, &entry, sizeof(entry));
	buffer_add(messages, note->name, length + 1);
}

static void encode(const struct note *note, struct buffer *messages)
{
	struct teller_inode inode;

	if (note->kind == NOTE_ENTRY) {
		encode_entry(note, messages);
		return;
	}
	inode = teller_inode(note->node, note->kind == NOTE_CONTENT);
	buffer_add(messages, &inode, sizeof(inode));
}

/* True when all were told. Without memory for the message nothing is told; the kernel then asks later. */
static bool tell(struct notifier *notifier, const struct notes *notes)
{
	_cleanup_(cleanup_buffer) struct buffer messages = BUFFER_INIT;
	uint64_t count = 0;
	int err = 0;

	for (const struct note *note = notes->first; note && !err; note = note->next) {
		encode(note, &messages);
		count++;
		if (!note->next || messages.size > TELLER_SIZE / 2) {
			err = buffer_failed(&messages)
				      ? 0
				      : teller_tell(*notifier->teller, messages.data, messages.size);
			buffer_release(&messages);
		}
	}
	metrics_add(&notifier->mount->metrics.notifications, count);
	return !err;
}

/* ---- the thread ---- */

static struct notify_job *take_job(struct notifier *notifier)
{
	struct notify_job *job;

	WITH_MUTEX(&notifier->lock);
	while (!notifier->first && !notifier->ending)
		pthread_cond_wait(&notifier->wake, &notifier->lock);
	job = notifier->first;
	if (job) {
		notifier->first = job->next;
		if (!notifier->first)
			notifier->last = &notifier->first;
	}
	return job;
}

/* Its process was killed: the next worker has another, and answers what we cannot answer any more. */
static void give_up(struct notifier *notifier)
{
	WITH_MUTEX(&notifier->lock);
	if (notifier->ending)
		return;
	log_line(LOG_LEVEL_ERROR, "the process that tells the kernel what to forget is gone: the worker ends");
	kill(getpid(), SIGTERM);
}

static void *run(void *context)
{
	struct notifier *notifier = context;
	struct notify_job *job;
	bool told = true;

	while ((job = take_job(notifier))) {
		if (told && !tell(notifier, &job->notes)) {
			told = false;
			give_up(notifier);
		}
		notes_release(&job->notes);
		job->finish(job, told);
	}
	return NULL;
}

int notifier_new(struct mount *mount, const int *teller, struct notifier **ret_notifier)
{
	struct notifier *notifier = calloc(1, sizeof(*notifier));
	int err;

	if (!notifier)
		return -ENOMEM;
	notifier->mount = mount;
	notifier->teller = teller;
	notifier->last = &notifier->first;
	pthread_mutex_init(&notifier->lock, NULL);
	pthread_cond_init(&notifier->wake, NULL);
	err = pthread_create(&notifier->thread, NULL, run, notifier);
	if (err) {
		free(notifier);
		return -err;
	}
	*ret_notifier = notifier;
	return 0;
}

void notifier_free(struct notifier *notifier)
{
	struct timespec until;

	if (!notifier)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&notifier->lock);
	notifier->ending = true;
	pthread_cond_signal(&notifier->wake);
	pthread_mutex_unlock(&notifier->lock);
	if (pthread_timedjoin_np(notifier->thread, NULL, &until)) {
		shutdown(*notifier->teller, SHUT_RDWR);
		pthread_join(notifier->thread, NULL);
	}
	pthread_cond_destroy(&notifier->wake);
	pthread_mutex_destroy(&notifier->lock);
	free(notifier);
}

void notifier_add(struct notifier *notifier, struct notify_job *job)
{
	WITH_MUTEX(&notifier->lock);
	job->next = NULL;
	*notifier->last = job;
	notifier->last = &job->next;
	pthread_cond_signal(&notifier->wake);
}

static void free_job(struct notify_job *job, bool told)
{
	(void)told;
	free(job);
}

/* Under the lock. One job a node: else a writer in a loop could fill the memory. */
static bool is_waiting(const struct notifier *notifier, uint64_t node)
{
	for (const struct notify_job *job = notifier->first; job; job = job->next)
		if (job->finish == free_job && job->notes.first->node == node)
			return true;
	return false;
}

void notifier_forget(struct notifier *notifier, uint64_t node)
{
	struct notify_job *job = calloc(1, sizeof(*job));
	bool waiting;

	if (!job)
		return;
	job->finish = free_job;
	note_content(&job->notes, node);
	pthread_mutex_lock(&notifier->lock);
	waiting = is_waiting(notifier, node);
	pthread_mutex_unlock(&notifier->lock);
	if (!waiting && job->notes.first) {
		notifier_add(notifier, job);
		return;
	}
	notes_release(&job->notes);
	free(job);
}
