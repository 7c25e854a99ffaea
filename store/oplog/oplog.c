/*
 * The control log as rows: 'l', scope and a number that rises, so that the order of the keys
 * is the order of the lines, and the oldest one is removed in the batch that adds
 * the newest. Numbers are never reused; the first and the last are found by reading the
 * rows once at open.
 *
 * A writer that is refused (rsync into a locked level) comes back a thousand times a second
 * with the same object. Lines of the last second are remembered without their time,
 * and one that repeats is dropped; the memory is of a few lines only, because a
 * refused program repeats itself at once or not at all.
 *
 * Refusals of many paths come as fast. They take tokens, of which there are as many as a person
 * may want to read, and one more each second; without a token a refusal is only counted.
 */
#include "store/oplog/oplog.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/base/log.h"

#define KEY_LETTER 'l'
#define PREFIX_SIZE 5 /* letter, be32 scope */
#define KEY_SIZE 13   /* prefix, be64 number */
#define REFUSED " refused "
#define RECENT_LINES 8
#define REMOVED_MAX 64 /* old lines that one new line takes away */
#define SECOND_NS 1000000000ll

struct recent {
	char *text;     /* owned; a line without its time */
	int64_t moment; /* monotonic nanoseconds at which it was written */
};

struct oplog {
	struct kv *kv;
	uint8_t prefix[PREFIX_SIZE]; /* immutable */
	atomic_uint_fast64_t lost;   /* lines that could not be written */
	pthread_mutex_t lock;
	uint64_t first, next; /* lock; numbers of the oldest line and of the one to come */
	struct recent recent[RECENT_LINES]; /* lock */
	unsigned oldest_recent;             /* lock */
	int64_t tokens;                     /* lock; for refusals, as nanoseconds */
	int64_t tokens_at;                  /* lock; when they were counted */
	uint64_t withheld;                  /* lock; refusals not written since the last that was */
};

static int64_t monotonic_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* ---- rows ---- */

static void make_key(const struct oplog *log, uint64_t number, uint8_t ret_key[KEY_SIZE])
{
	memcpy(ret_key, log->prefix, PREFIX_SIZE);
	put_be64(ret_key + PREFIX_SIZE, number);
}

/* Finds the numbers in use. */
static int find_range(struct oplog *log)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	bool any = false;
	int code = kv_iter_new(log->kv, slice_of(log->prefix, PREFIX_SIZE), &iter);

	if (code)
		return code;
	for (; kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter);
		uint64_t number;

		if (key.size != KEY_SIZE)
			return -CSM_ROW_CORRUPT;
		number = get_be64((const uint8_t *)key.data + PREFIX_SIZE);
		if (!any)
			log->first = number;
		any = true;
		log->next = number + 1;
	}
	return kv_iter_error(iter);
}

int oplog_open(struct kv *kv, uint32_t scope, struct oplog **ret_log)
{
	struct oplog *log = calloc(1, sizeof *log);
	int code;

	*ret_log = NULL;
	if (!log)
		return -ENOMEM;
	log->kv = kv;
	log->prefix[0] = KEY_LETTER;
	put_be32(log->prefix + 1, scope);
	log->tokens = OPLOG_REFUSALS_AT_ONCE * SECOND_NS;
	log->tokens_at = monotonic_now();
	pthread_mutex_init(&log->lock, NULL);
	code = find_range(log);
	if (code) {
		oplog_close(log);
		return code;
	}
	*ret_log = log;
	return 0;
}

void oplog_close(struct oplog *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < RECENT_LINES; i++)
		free(log->recent[i].text);
	pthread_mutex_destroy(&log->lock);
	free(log);
}

/* ---- the words of a line ---- */

/* A backslash is written out too, so that what was written out can be told from what was there. */
static void add_escaped(struct buffer *line, const char *text)
{
	for (const char *c = text; *c; c++) {
		unsigned char byte = (unsigned char)*c;

		if (byte < ' ' || byte == 0x7f || byte == '\\')
			buffer_printf(line, "\\x%02x", byte);
		else
			buffer_u8(line, byte);
	}
}

static void add_refusal(struct buffer *line, int code)
{
	const char *name = error_name(code);

	if (!name[0])
		name = strerrorname_np(error_errno(code));
	buffer_printf(line, REFUSED "%s: %s", name ? name : "EIO", error_text(code));
	if (error_way_out(code)[0])
		buffer_printf(line, "; %s", error_way_out(code));
}

/* The line without its time. NULL: no memory. */
static char *make_text(uint32_t uid, const char *operation, const char *object, int code,
		       const char *detail)
{
	_cleanup_(cleanup_buffer) struct buffer line = BUFFER_INIT;

	buffer_printf(&line, "uid=%u ", uid);
	add_escaped(&line, operation);
	buffer_u8(&line, ' ');
	add_escaped(&line, object);
	if (code)
		add_refusal(&line, code);
	else
		buffer_text(&line, " ok");
	if (detail) {
		buffer_text(&line, " (");
		add_escaped(&line, detail);
		buffer_u8(&line, ')');
	}
	return buffer_detach_text(&line);
}

static void add_time(struct buffer *line)
{
	char text[sizeof "-2147481748-12-31T23:59:60Z "];
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ ", &tm))
		buffer_text(line, text);
}

/* ---- adding ---- */

/* Under the lock. */
static bool is_repeated(const struct oplog *log, const char *text, int64_t now)
{
	for (size_t i = 0; i < RECENT_LINES; i++)
		if (log->recent[i].text && now - log->recent[i].moment < SECOND_NS &&
		    strcmp(log->recent[i].text, text) == 0)
			return true;
	return false;
}

/* Under the lock; takes text. */
static void remember(struct oplog *log, char *text, int64_t now)
{
	struct recent *place = &log->recent[log->oldest_recent];

	log->oldest_recent = (log->oldest_recent + 1) % RECENT_LINES;
	free(place->text);
	*place = (struct recent){ text, now };
}

/* Under the lock. */
static int write_line(struct oplog *log, const char *text)
{
	_cleanup_(cleanup_buffer) struct buffer line = BUFFER_INIT;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	uint64_t first = log->first;
	uint8_t key[KEY_SIZE];
	int code;

	add_time(&line);
	buffer_text(&line, text);
	if (buffer_failed(&line))
		return -ENOMEM;
	make_key(log, log->next, key);
	kv_batch_put(&batch, slice_of(key, KEY_SIZE), buffer_slice(&line));
	/* Bounded, should the rows of a damaged store have a gap. */
	for (; log->next + 1 - first > OPLOG_LINES_MAX && first - log->first < REMOVED_MAX;
	     first++) {
		make_key(log, first, key);
		kv_batch_delete(&batch, slice_of(key, KEY_SIZE));
	}
	code = kv_commit(log->kv, &batch);
	if (code)
		return code;
	log->first = first;
	log->next++;
	return 0;
}

/* Under the lock; text NULL: there was no memory for it. 0 when it was written. */
static int write_or_tell(struct oplog *log, const char *text)
{
	int written = text ? write_line(log, text) : -ENOMEM;

	if (written) {
		atomic_fetch_add(&log->lost, 1);
		log_line(LOG_LEVEL_WARNING, "control log: a line is lost: %s", error_text(written));
	}
	return written;
}

void oplog_add(struct oplog *log, uint32_t uid, const char *operation, const char *object, int code,
	       const char *detail)
{
	_cleanup_free_ char *text = make_text(uid, operation, object, code, detail);
	int64_t now = monotonic_now();

	WITH_MUTEX(&log->lock);
	if (code && text && is_repeated(log, text, now))
		return;
	if (write_or_tell(log, text) == 0 && code)
		remember(log, take_pointer(&text), now);
}

/* ---- refusals of paths ---- */

/* Under the lock. */
static bool take_token(struct oplog *log, int64_t now)
{
	log->tokens += now - log->tokens_at;
	log->tokens_at = now;
	if (log->tokens > OPLOG_REFUSALS_AT_ONCE * SECOND_NS)
		log->tokens = OPLOG_REFUSALS_AT_ONCE * SECOND_NS;
	if (log->tokens < SECOND_NS)
		return false;
	log->tokens -= SECOND_NS;
	return true;
}

/* Under the lock. */
static void tell_withheld(struct oplog *log)
{
	_cleanup_(cleanup_buffer) struct buffer count = BUFFER_INIT;
	_cleanup_free_ char *object = NULL, *text = NULL;

	if (!log->withheld)
		return;
	buffer_printf(&count, "%llu", (unsigned long long)log->withheld);
	object = buffer_detach_text(&count);
	text = make_text(0, "withheld", object ? object : "", 0, "refusals of paths");
	if (write_or_tell(log, text) == 0)
		log->withheld = 0;
}

void oplog_add_refusal(struct oplog *log, uint32_t uid, const char *operation, const char *path,
		       int code)
{
	_cleanup_free_ char *text = make_text(uid, operation, path, code, NULL);
	int64_t now = monotonic_now();

	WITH_MUTEX(&log->lock);
	if (text && is_repeated(log, text, now))
		return;
	if (!take_token(log, now)) {
		log->withheld++;
		return;
	}
	tell_withheld(log);
	if (write_or_tell(log, text) == 0)
		remember(log, take_pointer(&text), now);
}

/* ---- reading ---- */

/* Whatever a path is made to look like: what has the word anywhere is taken for a refusal. */
static bool may_read(uint32_t uid, struct slice line)
{
	char own[sizeof " uid=4294967295 "];
	const char *at = memchr(line.data, ' ', line.size);
	size_t size = (size_t)snprintf(own, sizeof own, " uid=%u ", uid);

	if (uid == 0 || !memmem(line.data, line.size, REFUSED, strlen(REFUSED)))
		return true;
	if (!at || line.size - (size_t)(at - (const char *)line.data) < size)
		return false;
	return memcmp(at, own, size) == 0;
}

int oplog_text(struct oplog *log, struct buffer *ret_text)
{
	return oplog_text_for(log, 0, ret_text);
}

int oplog_text_for(struct oplog *log, uint32_t uid, struct buffer *ret_text)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	int code = kv_iter_new(log->kv, slice_of(log->prefix, PREFIX_SIZE), &iter);

	buffer_clear(ret_text);
	if (code)
		return code;
	for (; kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice line = kv_iter_value(iter);

		if (!may_read(uid, line))
			continue;
		buffer_add(ret_text, line.data, line.size);
		buffer_u8(ret_text, '\n');
	}
	if (buffer_failed(ret_text))
		return -ENOMEM;
	return kv_iter_error(iter);
}
