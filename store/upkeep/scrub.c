/*
 * The thread behind a scrub, and what it keeps.
 *
 * A run is made of pieces. Each looks at a moment of the store (store/upkeep/moment.h), which is
 * let go after a few seconds, because as long as it is held nothing that others delete gives its
 * space back. The next piece goes on behind the last row of the one before. Position and counts are
 * kept together after each piece, so a run that goes on counts no chunk twice.
 *
 * Findings are rows as well, at most SCRUB_FINDINGS_KEPT: one is kept in one batch with the count
 * of them, and what a repeated piece finds again is known by its words.
 *
 * Lock order: scrub->lock, then the log's and the engine's. While a piece is at work it holds no
 * lock of ours but for counting.
 */
#include "store/upkeep/scrub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "store/base/cleanup.h"
#include "store/base/log.h"
#include "store/upkeep/moment.h"
#include "store/upkeep/pace.h"
#include "store/upkeep/scrub_words.h"
#include "store/upkeep/verify.h"

#define SECOND_NS INT64_C(1000000000)
#define MOMENT_NS (5 * SECOND_NS)
#define LOG_OBJECT ".csmfs/scrub" /* where a person finds it on the mount */

struct scrub {
	struct store *store;  /* immutable */
	struct oplog *oplog;  /* immutable */
	pthread_t thread;     /* immutable */
	pthread_mutex_t lock; /* everything below */
	pthread_cond_t wake;  /* the thread: there is something to do, or to leave off */
	pthread_cond_t idle;  /* others: a piece has ended */
	struct scrub_state state;
	struct pace pace;
	int64_t moment_at; /* since when the piece holds its moment */
	bool at_work, ending;
};

static int64_t monotonic_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* ---- what is kept; under the lock ---- */

static void put_state(const struct scrub *scrub, struct kv_batch *batch)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct scrub_key key;

	scrub_key_state(&key);
	scrub_state_encode(&scrub->state, &value);
	if (buffer_failed(&value))
		batch->bytes.failed = true;
	else
		kv_batch_put(batch, scrub_key_slice(&key), buffer_slice(&value));
}

static int save(const struct scrub *scrub)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	put_state(scrub, &batch);
	return kv_commit(scrub->store->engine.kv, &batch);
}

static int save_synced(const struct scrub *scrub)
{
	int code = save(scrub);

	return code ? code : kv_sync(scrub->store->engine.kv);
}

/* A state that does not decode is no reason not to mount; fsck tells of it. */
static int load(struct scrub *scrub)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct scrub_key key;
	int code;

	scrub_key_state(&key);
	code = kv_get(scrub->store->engine.kv, scrub_key_slice(&key), &value);
	if (code == 0)
		code = scrub_state_decode(buffer_slice(&value), &scrub->state);
	if (code == 0)
		return 0;
	scrub->state = (struct scrub_state){ .status = SCRUB_NEVER };
	if (code == -ENOMEM)
		return code;
	if (code != -ENOENT)
		log_line(LOG_LEVEL_WARNING, "where the scrub was cannot be read: %s",
			 error_text(code));
	return 0;
}

/* ---- findings ---- */

static bool is_known(const struct scrub *scrub, const struct scrub_finding *finding)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	_cleanup_free_ struct scrub_finding *other = malloc(sizeof(*other));
	struct scrub_key prefix;

	scrub_key_findings(&prefix);
	if (!other || kv_iter_new(scrub->store->engine.kv, scrub_key_slice(&prefix), &iter))
		return false;
	for (; kv_iter_valid(iter); kv_iter_next(iter))
		if (scrub_finding_decode(kv_iter_value(iter), other) == 0 &&
		    strcmp(other->object, finding->object) == 0 &&
		    strcmp(other->what, finding->what) == 0)
			return true;
	return false;
}

static int keep(const struct scrub *scrub, const struct scrub_finding *finding, uint32_t number)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct scrub_key key;

	scrub_key_finding(&key, number);
	scrub_finding_encode(finding, &value);
	if (buffer_failed(&value))
		return -ENOMEM;
	kv_batch_put(&batch, scrub_key_slice(&key), buffer_slice(&value));
	put_state(scrub, &batch);
	return kv_commit(scrub->store->engine.kv, &batch);
}

static void found(void *context, const char *object, const char *what, int code)
{
	struct scrub *scrub = context;
	_cleanup_free_ struct scrub_finding *finding = calloc(1, sizeof(*finding));
	int kept = 0;

	WITH_MUTEX(&scrub->lock);
	if (finding) {
		clock_gettime(CLOCK_REALTIME, &finding->found);
		finding->code = (uint32_t)-code;
		snprintf(finding->object, sizeof(finding->object), "%s", object);
		snprintf(finding->what, sizeof(finding->what), "%s", what);
		if (is_known(scrub, finding))
			return;
	}
	if (scrub->state.findings++ >= SCRUB_FINDINGS_KEPT)
		return;
	kept = finding ? keep(scrub, finding, (uint32_t)scrub->state.findings - 1) : -ENOMEM;
	if (kept)
		log_line(LOG_LEVEL_ERROR, "scrub: %s: %s, which could not be noted: %s", object,
			 what, error_text(kept));
	oplog_add(scrub->oplog, 0, "scrub", object, code ? code : -CSM_SCRUB_FOUND, what);
}

/* ---- a piece ---- */

static bool is_wanted(const struct scrub *scrub)
{
	return scrub->state.status == SCRUB_RUNNING && !scrub->ending;
}

static void sleep_until(struct scrub *scrub, int64_t moment)
{
	const struct timespec until = { moment / SECOND_NS, moment % SECOND_NS };

	pthread_cond_timedwait(&scrub->wake, &scrub->lock, &until);
}

/* A package is looked at from one moment, however large it is. */
static bool may_end_here(const struct scrub *scrub, uint64_t bytes)
{
	return scrub->state.part != VERIFY_PACKAGES || bytes == 0;
}

static int count_and_wait(void *context, uint64_t chunks, uint64_t bytes)
{
	struct scrub *scrub = context;

	WITH_MUTEX(&scrub->lock);
	scrub->state.chunks += chunks;
	scrub->state.bytes += bytes;
	pace_add(&scrub->pace, bytes, monotonic_now());
	while (is_wanted(scrub) && monotonic_now() < scrub->pace.free_at)
		sleep_until(scrub, scrub->pace.free_at);
	if (!is_wanted(scrub))
		return -ECANCELED;
	return may_end_here(scrub, bytes) && monotonic_now() - scrub->moment_at > MOMENT_NS
		       ? -EAGAIN
		       : 0;
}

static int run_piece(struct scrub *scrub, enum verify_part part, struct buffer *position)
{
	const struct verify_options options = { .read_chunks = true,
						.pace = count_and_wait,
						.pace_context = scrub };
	const struct verify_report report = { NULL, found, scrub };
	_cleanup_(cleanup_moment) struct store *moment = NULL;
	int code = store_moment(scrub->store, &moment);

	return code ? code
		    : store_verify_part(scrub->store, moment, part, &options, &report, position);
}

/* ---- the thread ---- */

static void end_run(struct scrub *scrub, enum scrub_status status, int code)
{
	const char *how = status == SCRUB_FINISHED ? "finished" : "stopped";
	char detail[64];

	scrub->state.status = status;
	clock_gettime(CLOCK_REALTIME, &scrub->state.ended);
	snprintf(detail, sizeof(detail), "%s, %llu findings", how,
		 (unsigned long long)scrub->state.findings);
	oplog_add(scrub->oplog, 0, "scrub", LOG_OBJECT, code, detail);
}

/* Takes over what a piece came to. Under the lock. */
static void take_result(struct scrub *scrub, int code, const struct buffer *position)
{
	struct scrub_state *state = &scrub->state;

	state->position_size = 0;
	if (position->size && position->size <= SCRUB_POSITION_MAX) {
		state->position_size = position->size;
		memcpy(state->position, position->data, position->size);
	}
	if (code == 0 && state->part < VERIFY_ROWS) {
		state->part++;
		state->position_size = 0;
	} else if (code == 0) {
		end_run(scrub, SCRUB_FINISHED, 0);
	} else if (code != -EAGAIN && code != -ECANCELED) {
		end_run(scrub, SCRUB_STOPPED, code);
	}
	code = state->status == SCRUB_FINISHED ? save_synced(scrub) : save(scrub);
	if (code)
		log_line(LOG_LEVEL_WARNING, "where the scrub is could not be noted: %s",
			 error_text(code));
}

/* Under the lock, which is given back meanwhile. */
static void work(struct scrub *scrub)
{
	_cleanup_(cleanup_buffer) struct buffer position = BUFFER_INIT;
	enum verify_part part = (enum verify_part)scrub->state.part;
	int code = buffer_set(&position, scrub->state.position, scrub->state.position_size);

	scrub->at_work = true;
	scrub->moment_at = monotonic_now();
	pthread_mutex_unlock(&scrub->lock);
	if (!code)
		code = run_piece(scrub, part, &position);
	pthread_mutex_lock(&scrub->lock);
	take_result(scrub, code, &position);
	scrub->at_work = false;
	pthread_cond_broadcast(&scrub->idle);
}

static void *run(void *context)
{
	struct scrub *scrub = context;

	WITH_MUTEX(&scrub->lock);
	while (!scrub->ending) {
		if (is_wanted(scrub))
			work(scrub);
		else
			pthread_cond_wait(&scrub->wake, &scrub->lock);
	}
	return NULL;
}

static void scrub_init(struct scrub *scrub)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&scrub->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&scrub->wake, &attributes);
	pthread_cond_init(&scrub->idle, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void scrub_free(struct scrub *scrub)
{
	pthread_cond_destroy(&scrub->idle);
	pthread_cond_destroy(&scrub->wake);
	pthread_mutex_destroy(&scrub->lock);
	free(scrub);
}

int scrub_open(struct store *store, struct oplog *oplog, struct scrub **ret_scrub)
{
	struct scrub *scrub = calloc(1, sizeof(*scrub));
	int code;

	if (!scrub)
		return -ENOMEM;
	scrub->store = store;
	scrub->oplog = oplog;
	scrub_init(scrub);
	code = load(scrub);
	pace_set(&scrub->pace, scrub->state.rate, monotonic_now());
	if (!code)
		code = -pthread_create(&scrub->thread, NULL, run, scrub);
	if (code)
		scrub_free(scrub);
	else
		*ret_scrub = scrub;
	return code;
}

void scrub_close(struct scrub *scrub)
{
	if (!scrub)
		return;
	pthread_mutex_lock(&scrub->lock);
	scrub->ending = true;
	pthread_cond_broadcast(&scrub->wake);
	pthread_mutex_unlock(&scrub->lock);
	pthread_join(scrub->thread, NULL);
	scrub_free(scrub);
}

/* ---- what it is told; under the lock ---- */

static void set_rate(struct scrub *scrub, const struct scrub_words *words)
{
	if (!words->has_rate)
		return;
	scrub->state.rate = words->rate;
	pace_set(&scrub->pace, words->rate, monotonic_now());
}

static int start(struct scrub *scrub, const struct scrub_words *words, uint32_t uid)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct kv *kv = scrub->store->engine.kv;
	struct scrub_state before = scrub->state;
	struct scrub_key first, end;
	int code;

	if (scrub->state.status == SCRUB_RUNNING)
		return -CSM_SCRUB_RUNNING;
	scrub_key_finding(&first, 0);
	scrub_key_finding(&end, UINT32_MAX);
	kv_batch_delete_range(&batch, scrub_key_slice(&first), scrub_key_slice(&end));
	scrub->state =
		(struct scrub_state){ .status = SCRUB_RUNNING,
				      .part = VERIFY_RECORDS,
				      .rate = words->has_rate ? words->rate : SCRUB_RATE_DEFAULT,
				      .started_by = uid };
	clock_gettime(CLOCK_REALTIME, &scrub->state.started);
	put_state(scrub, &batch);
	code = kv_commit(kv, &batch);
	if (code)
		scrub->state = before;
	else
		pace_set(&scrub->pace, scrub->state.rate, monotonic_now());
	return code ? code : kv_sync(kv);
}

/* Back when the piece at hand has left off, so that what is read next is where it stopped. */
static int stop(struct scrub *scrub)
{
	if (scrub->state.status != SCRUB_RUNNING)
		return 0;
	scrub->state.status = SCRUB_STOPPED;
	clock_gettime(CLOCK_REALTIME, &scrub->state.ended);
	pthread_cond_broadcast(&scrub->wake);
	while (scrub->at_work && scrub->state.status == SCRUB_STOPPED)
		pthread_cond_wait(&scrub->idle, &scrub->lock);
	return save_synced(scrub);
}

static int go_on(struct scrub *scrub, const struct scrub_words *words)
{
	if (scrub->state.status != SCRUB_RUNNING && scrub->state.status != SCRUB_STOPPED)
		return -CSM_SCRUB_NONE;
	scrub->state.status = SCRUB_RUNNING;
	scrub->state.ended = (struct timespec){ 0 };
	set_rate(scrub, words);
	return save_synced(scrub);
}

static int change_rate(struct scrub *scrub, const struct scrub_words *words)
{
	if (scrub->state.status == SCRUB_NEVER)
		return -CSM_SCRUB_NONE;
	set_rate(scrub, words);
	return save_synced(scrub);
}

static int carry_out(struct scrub *scrub, const struct scrub_words *words, uint32_t uid)
{
	switch (words->verb) {
	case SCRUB_START:
		return start(scrub, words, uid);
	case SCRUB_STOP:
		return stop(scrub);
	case SCRUB_RESUME:
		return go_on(scrub, words);
	default:
		return change_rate(scrub, words);
	}
}

int scrub_command(struct scrub *scrub, const char *text, uint32_t uid)
{
	struct scrub_words words;
	int code = scrub_words_parse(text, &words);

	WITH_MUTEX(&scrub->lock);
	if (!code)
		code = carry_out(scrub, &words, uid);
	pthread_cond_broadcast(&scrub->wake);
	oplog_add(scrub->oplog, uid, "scrub", LOG_OBJECT, code, text);
	return code;
}

/* ---- what it tells ---- */

int scrub_text(struct scrub *scrub, struct buffer *ret_text)
{
	WITH_MUTEX(&scrub->lock);
	scrub_state_text(&scrub->state, ret_text);
	return buffer_failed(ret_text) ? -ENOMEM : 0;
}

int scrub_findings_text(struct scrub *scrub, struct buffer *ret_text)
{
	return scrub_findings_of(scrub->store->engine.kv, ret_text);
}

void scrub_stats(struct scrub *scrub, struct scrub_stats *ret_stats)
{
	WITH_MUTEX(&scrub->lock);
	*ret_stats = (struct scrub_stats){ .running = scrub->state.status == SCRUB_RUNNING,
					   .chunks = scrub->state.chunks,
					   .bytes = scrub->state.bytes,
					   .findings = scrub->state.findings };
}
