/*
 * Processes that die, see mortal.h.
 */
#include "tests/support/mortal.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/support/scratch.h"

#define SPACE_ID 18

/* ---- processes ---- */

void mortal_init(struct mortal *mortal)
{
	mortal->directory = scratch_new();
	assert_non_null(mortal->directory);
	assert_true(asprintf(&mortal->path, "%s/db", mortal->directory) > 0);
	mortal->memory = memfd_create("unstored", MFD_CLOEXEC);
	assert_true(mortal->memory >= 0);
}

void mortal_release(struct mortal *mortal)
{
	scratch_remove(mortal->directory);
	close(mortal->memory);
	free(mortal->path);
}

pid_t mortal_begin(void (*act)(void *context), void *context)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		act(context);
		_exit(98);
	}
	return pid;
}

void mortal_must_be_killed(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

void mortal_must_die(void (*act)(void *context), void *context)
{
	mortal_must_be_killed(mortal_begin(act, context));
}

void mortal_die(void)
{
	kill(getpid(), SIGKILL);
	_exit(97);
}

/* ---- the store ---- */

/* The version the space is written in is a record of the store, as a level's is. */
static const char tip_key[] = "Ttip";

static int put_tip(void *context, struct kv_batch *batch, version_id tip)
{
	uint8_t bytes[4];

	(void)context;
	put_le32(bytes, tip);
	kv_batch_put(batch, slice_text(tip_key), slice_of(bytes, sizeof(bytes)));
	return 0;
}

static version_id read_tip(struct mortal *mortal)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	MUST_BE(kv_get(mortal->engine.kv, slice_text(tip_key), &value) == 0);
	MUST_BE(value.size == 4);
	return get_le32(value.data);
}

/* The kernel outlives the processes, and may have open what they had. */
static int may_be_open(void *context, uint32_t space_id, const uint64_t *numbers, size_t count,
		       bool *ret_in_use)
{
	(void)context;
	(void)space_id;
	(void)numbers;
	for (size_t i = 0; i < count; i++)
		ret_in_use[i] = true;
	return 0;
}

static void open_rooms(struct mortal *mortal, bool create)
{
	MUST_BE(engine_rocksdb_open(mortal->path, create, &mortal->engine, NULL) == 0);
	MUST_BE(chunks_new(mortal->engine.blobs, 4u << 20, &mortal->chunks) == 0);
	MUST_BE(trees_open_session(mortal->engine.kv, mortal->chunks, mortal->memory,
				   &mortal->trees) == 0);
	if (!create)
		trees_ask(mortal->trees, may_be_open, NULL);
}

static void open_space(struct mortal *mortal)
{
	MUST_BE(space_open(mortal->trees, SPACE_ID, read_tip(mortal), &mortal->space) == 0);
}

void mortal_make(struct mortal *mortal)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	version_id tip;

	open_rooms(mortal, true);
	MUST_BE(version_create(mortal->trees, &batch, VERSION_NONE, &tip) == 0);
	put_tip(NULL, &batch, tip);
	MUST_BE(kv_commit(mortal->engine.kv, &batch) == 0);
	open_space(mortal);
}

void mortal_open(struct mortal *mortal)
{
	open_rooms(mortal, false);
	open_space(mortal);
}

void mortal_seal(struct mortal *mortal)
{
	version_id base;

	MUST_BE(space_seal(mortal->space, put_tip, NULL, &base) == 0);
}

/* ---- death at a commit ---- */

static const struct kv_ops *inner_ops;
static unsigned commits, die_at;
static bool die_after;

static int mortal_commit(struct kv *kv, const struct kv_batch *batch)
{
	int code;

	if (++commits == die_at && !die_after)
		mortal_die();
	code = inner_ops->commit(kv, batch);
	if (commits == die_at && die_after)
		mortal_die();
	return code;
}

void mortal_die_at(struct mortal *mortal, unsigned n, bool after)
{
	static struct kv_ops ops;

	if (!inner_ops)
		inner_ops = mortal->engine.kv->ops;
	ops = *inner_ops;
	ops.commit = mortal_commit;
	mortal->engine.kv->ops = &ops;
	commits = 0;
	die_at = n;
	die_after = after;
}

unsigned mortal_commits(void)
{
	return commits;
}
