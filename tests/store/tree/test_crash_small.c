/*
 * Crashes, all of them: every workload of one or two operations on a small tree, with a sync
 * behind none, the first or the second, is cut at every change that reaches the engine. The process
 * ends there; or the power goes, with each number of unsynced changes that the disk may have
 * kept. What opens the tree again is cut as well, at every change it makes, and opened once more.
 *
 * Then the tree shows what the model showed after some operation, at least the last one that had
 * to survive; the child made by a seal shows what was there then; fsck is silent before and
 * after garbage was collected; no chunk is left that nothing refers to; the digest is that of
 * the content; and the tree can be worked on.
 *
 * Writes of many blocks and holes of more than a block are several changes: they are not here, and
 * may be there in part (docs/reliability.md).
 *
 * All single operations are run each time, and every n-th pair of two; CSMFS_SOAK=SEED runs every
 * pair, and as many random workloads of six operations.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "tests/support/engine_copy.h"
#include "tests/support/engine_faulty.h"
#include "tests/support/small_tree.h"

enum { STEPS_MAX = 8, SPACE_ID = 16, CHILD_ID = 17, RANDOM_STEPS = 6 };

/* No divisors of the number of steps: every step comes first and second. Sanitizers are slow. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { PAIRS_STEP = 101 };
#else
enum { PAIRS_STEP = 31 };
#endif

/* ---- workloads ---- */

enum step_kind { STEP_EDIT, STEP_SYNC, STEP_SEAL, STEP_DIGEST, STEP_UNLINK_OPEN };

struct step {
	enum step_kind kind;
	struct small_operation operation; /* STEP_EDIT, STEP_UNLINK_OPEN */
};

/*
 * The tree before: "a" 2 units, "b" 5 units in several blocks, "h" and "i" one file, "d" a directory with
 * "f", "e" an empty one, "s" a link. "b", "d" and "h" are inherited from an older version.
 */
static const struct small_operation inherited[] = {
	{ SMALL_CREATE, "b", NULL, 0, 0, 0 },	  { SMALL_WRITE, "b", NULL, 0, 5, 'B' },
	{ SMALL_SETXATTR, "b", NULL, 0, 0, 'x' }, { SMALL_MKDIR, "d", NULL, 0, 0, 0 },
	{ SMALL_CREATE, "d/f", NULL, 0, 0, 0 },	  { SMALL_WRITE, "d/f", NULL, 0, 1, 'F' },
	{ SMALL_CREATE, "h", NULL, 0, 0, 0 },	  { SMALL_WRITE, "h", NULL, 0, 1, 'H' },
	{ SMALL_LINK, "h", "i", 0, 0, 0 },
};
static const struct small_operation own[] = {
	{ SMALL_CREATE, "a", NULL, 0, 0, 0 },
	{ SMALL_WRITE, "a", NULL, 0, 2, 'A' },
	{ SMALL_MKDIR, "e", NULL, 0, 0, 0 },
	{ SMALL_SYMLINK, "s", NULL, 0, 0, 0 },
};

#define EDIT(...)                                                                                  \
	{                                                                                          \
		STEP_EDIT,                                                                         \
		{                                                                                  \
			SMALL_##__VA_ARGS__                                                        \
		}                                                                                  \
	}
static const struct step steps[] = {
	EDIT(CREATE, "c", NULL, 0, 0, 0),
	EDIT(CREATE, "d/c", NULL, 0, 0, 0),
	EDIT(MKDIR, "c", NULL, 0, 0, 0),
	EDIT(MKDIR, "d/c", NULL, 0, 0, 0),
	EDIT(SYMLINK, "c", NULL, 0, 0, 0),
	EDIT(WRITE, "a", NULL, 0, 1, 'w'),
	EDIT(WRITE, "c", NULL, 0, 4, 'B'),
	EDIT(WRITE, "b", NULL, 1, 2, 'w'),
	EDIT(WRITE, "b", NULL, 7, 1, 'w'),
	EDIT(WRITE, "h", NULL, 0, 1, 'w'),
	EDIT(APPEND, "a", NULL, 0, 2, 'p'),
	EDIT(APPEND, "b", NULL, 0, 1, 'p'),
	EDIT(APPEND, "d/f", NULL, 0, 1, 'p'),
	EDIT(TRUNCATE, "a", NULL, 0, 0, 0),
	EDIT(TRUNCATE, "b", NULL, 0, 0, 0),
	EDIT(TRUNCATE, "b", NULL, 2, 0, 0),
	EDIT(TRUNCATE, "a", NULL, 6, 0, 0),
	EDIT(PUNCH, "a", NULL, 0, 1, 0),
	EDIT(PUNCH, "b", NULL, 3, 1, 0),
	EDIT(RENAME, "a", "c", 0, 0, 0),
	EDIT(RENAME, "a", "b", 0, 0, 0),
	EDIT(RENAME, "b", "a", 0, 0, 0),
	EDIT(RENAME, "a", "d/f", 0, 0, 0),
	EDIT(RENAME, "h", "d/h", 0, 0, 0),
	EDIT(RENAME, "d", "c", 0, 0, 0),
	EDIT(RENAME, "d", "e", 0, 0, 0),
	EDIT(RENAME, "e", "d", 0, 0, 0),
	EDIT(RENAME, "d", "e/d", 0, 0, 0),
	EDIT(RENAME, "d", "d/c", 0, 0, 0),
	EDIT(EXCHANGE, "a", "d/f", 0, 0, 0),
	EDIT(EXCHANGE, "a", "d", 0, 0, 0),
	EDIT(EXCHANGE, "d", "e", 0, 0, 0),
	EDIT(LINK, "a", "c", 0, 0, 0),
	EDIT(LINK, "a", "d/c", 0, 0, 0),
	EDIT(LINK, "h", "c", 0, 0, 0),
	EDIT(UNLINK, "a", NULL, 0, 0, 0),
	EDIT(UNLINK, "b", NULL, 0, 0, 0),
	EDIT(UNLINK, "i", NULL, 0, 0, 0),
	EDIT(UNLINK, "h", NULL, 0, 0, 0),
	EDIT(UNLINK, "d/f", NULL, 0, 0, 0),
	EDIT(UNLINK, "s", NULL, 0, 0, 0),
	EDIT(RMDIR, "d", NULL, 0, 0, 0),
	EDIT(RMDIR, "e", NULL, 0, 0, 0),
	EDIT(CHMOD, "a", NULL, 0600, 0, 0),
	EDIT(CHMOD, "d", NULL, 0700, 0, 0),
	EDIT(SETXATTR, "a", NULL, 0, 0, 'v'),
	EDIT(SETXATTR, "b", NULL, 0, 0, 'v'),
	EDIT(REMOVEXATTR, "b", NULL, 0, 0, 0),
	EDIT(COPY, "d", "c", 0, 0, 0),
	EDIT(COPY, "b", "d/c", 0, 0, 0),
	{ STEP_UNLINK_OPEN, { SMALL_UNLINK, "a", NULL, 0, 0, 0 } },
	{ STEP_UNLINK_OPEN, { SMALL_UNLINK, "b", NULL, 0, 0, 0 } },
	{ STEP_SEAL, { 0 } },
	{ STEP_DIGEST, { 0 } },
};
enum { STEPS = sizeof(steps) / sizeof(steps[0]) };
static const struct step sync_step = { STEP_SYNC, { 0 } };

struct workload {
	const struct step *step[STEPS_MAX];
	int count;
};

/* ---- one world: a tree on an engine, and its model ---- */

/* Where one workload is cut. */
struct cut {
	uint64_t strike; /* the change of the workload that does not happen */
	bool power;	 /* unsynced changes but the oldest keep are lost as well */
	size_t keep;
	uint64_t again; /* the change of the recovery that does not happen */
};

struct world {
	struct engine engine; /* what the rooms use */
	struct chunks *chunks;
	struct trees *trees;
	struct space *space;
	struct file *held[STEPS_MAX]; /* open without a name */
	int held_count;
};

/* What may be found: the model after each operation. */
struct history {
	struct small_model after[STEPS_MAX + 1];
	int count;    /* the last one of them */
	int returned; /* operations that returned, so they survive the end of the process */
	int synced;   /* operations that a sync covered */
	struct small_model child[STEPS_MAX]; /* of each seal; the record names the newest */
	int children, synced_children;
};

static const char tip_key[] = "~tip", child_key[] = "~child";

static void put_version(struct kv_batch *batch, const char *key, version_id version)
{
	uint8_t bytes[4];

	put_le32(bytes, version);
	kv_batch_put(batch, slice_text(key), slice_of(bytes, sizeof(bytes)));
}

/* VERSION_NONE when there is no such record. */
static version_id get_version(struct kv *kv, const char *key)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	int code = kv_get(kv, slice_text(key), &value);

	assert_true(code == 0 || code == -ENOENT);
	return code ? VERSION_NONE : get_le32(value.data);
}

static int world_open(struct world *world, const struct engine *engine, version_id tip)
{
	int code;

	*world = (struct world){ .engine = *engine };
	assert_int_equal(chunks_new(engine->blobs, 1 << 20, &world->chunks), 0);
	code = trees_open(engine->kv, world->chunks, &world->trees);
	return code ? code : space_open(world->trees, SPACE_ID, tip, &world->space);
}

static void world_close(struct world *world)
{
	for (int i = 0; i < world->held_count; i++)
		file_close(world->held[i]);
	space_close(world->space);
	trees_close(world->trees);
	chunks_free(world->chunks);
}

/* ---- running ---- */

static int move_tip(void *context, struct kv_batch *batch, version_id new_tip)
{
	(void)context;
	put_version(batch, tip_key, new_tip);
	return 0;
}

/* A child level: its version stands on what the space held. */
static int make_child(struct world *world)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	version_id base, child;
	int code = space_seal(world->space, move_tip, NULL, &base);

	if (!code)
		code = version_create(world->trees, &batch, base, &child);
	if (code)
		return code;
	put_version(&batch, child_key, child);
	return kv_commit(world->engine.kv, &batch);
}

static int unlink_open(struct world *world, const struct small_operation *operation)
{
	struct inode inode;
	int code = space_lookup(world->space, INODE_BUILD, operation->path, &inode);

	if (!code && S_ISREG(inode.mode)) {
		code = file_open(world->space, inode.number, &world->held[world->held_count]);
		if (!code)
			world->held_count++;
	}
	return code ? code : small_space_apply(world->space, operation);
}

static int run_step(struct world *world, const struct step *step)
{
	struct digest digest;

	switch (step->kind) {
	case STEP_SYNC:
		return space_sync(world->space);
	case STEP_SEAL:
		return make_child(world);
	case STEP_DIGEST:
		return space_digest(world->space, INODE_BUILD, &digest);
	case STEP_UNLINK_OPEN:
		return unlink_open(world, &step->operation);
	default:
		return small_space_apply(world->space, &step->operation);
	}
}

/* What the model says to a step. */
static int expect_step(struct history *history, const struct step *step)
{
	struct small_model *next = &history->after[history->count + 1];
	int code = 0;

	*next = history->after[history->count];
	if (step->kind == STEP_EDIT || step->kind == STEP_UNLINK_OPEN)
		code = small_model_apply(next, &step->operation);
	history->count++;
	return code;
}

static void note_return(struct history *history, const struct step *step)
{
	history->returned = history->count;
	if (step->kind == STEP_SEAL) {
		history->child[history->children++] = history->after[history->count];
	}
	if (step->kind == STEP_SYNC) {
		history->synced = history->count;
		history->synced_children = history->children;
	}
}

static void run_steps(struct world *world, const struct workload *workload,
		      struct engine_faulty *faulty, struct history *history)
{
	for (int i = 0; i < workload->count; i++) {
		int expected = expect_step(history, workload->step[i]);
		int code = run_step(world, workload->step[i]);

		if (engine_faulty_struck(faulty))
			return;
		assert_int_equal(code, expected);
		note_return(history, workload->step[i]);
	}
}

/* ---- looking ---- */

static void print_texts(const struct history *history, const char *found, int floor)
{
	print_message("found:\n%s", found);
	for (int i = floor; i <= history->count; i++) {
		_cleanup_free_ char *wanted = small_model_text(&history->after[i]);

		print_message("after %d operations:\n%s", i, wanted);
	}
}

static void check_content(struct world *world, const struct history *history, int floor)
{
	_cleanup_(cleanup_view) struct view *view = space_view(world->space);
	_cleanup_free_ char *found = small_view_text(view);

	for (int i = floor; i <= history->count; i++) {
		_cleanup_free_ char *wanted = small_model_text(&history->after[i]);

		if (strcmp(found, wanted) == 0)
			return;
	}
	print_texts(history, found, floor);
	fail_msg("the tree shows what it never was");
}

/* The newest child is there, or after a power cut an older one, but no older than the synced. */
static void check_child(struct world *world, const struct history *history, int floor)
{
	version_id child = get_version(world->engine.kv, child_key);
	_cleanup_(cleanup_view) struct view *view = NULL;
	_cleanup_free_ char *found = NULL;

	if (floor)
		assert_int_not_equal(child, VERSION_NONE);
	if (child == VERSION_NONE || !history->children)
		return;
	assert_int_equal(view_new(world->trees, child, &view), 0);
	found = small_view_text(view);
	for (int i = floor ? floor - 1 : 0; i < history->children; i++) {
		_cleanup_free_ char *wanted = small_model_text(&history->child[i]);

		if (strcmp(found, wanted) == 0)
			return;
	}
	print_message("found:\n%s", found);
	fail_msg("the child shows what its parent never was");
}

static void print_problem(void *context, const struct tree_problem *problem)
{
	(void)context;
	print_message("version %u, number %llu: %s (%d)\n", problem->version,
		      (unsigned long long)problem->number, problem->what, problem->code);
}

/* With repair, chunks that nobody knows of are noted as garbage. */
static void check_clean(struct world *world, bool repair)
{
	const struct verify_options options = { .read_chunks = true, .repair = repair };
	uint64_t problems, repaired;

	assert_int_equal(
		trees_verify(world->trees, &options, print_problem, NULL, &problems, &repaired), 0);
	assert_int_equal(problems, 0);
}

/* The digest that was kept up over the crash is the one that is made from nothing. */
static void check_digest(struct world *world)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct digest kept, made;

	assert_int_equal(space_digest(world->space, INODE_BUILD, &kept), 0);
	kv_batch_delete_range(&batch, slice_text("h"), slice_text("i"));
	assert_int_equal(kv_commit(world->engine.kv, &batch), 0);
	assert_int_equal(space_digest(world->space, INODE_BUILD, &made), 0);
	assert_true(digest_equal(&kept, &made));
}

static int count_unused(void *context, const uint8_t digest[32], struct slice bytes)
{
	struct world *world = context;
	struct digest wanted;

	(void)bytes;
	memcpy(wanted.bytes, digest, sizeof(wanted.bytes));
	assert_int_equal(trees_refer_to(world->trees, &wanted), 1);
	return 0;
}

static void check_usable(struct world *world)
{
	static const struct small_operation make = { SMALL_CREATE, "z", NULL, 0, 0, 0 };
	static const struct small_operation fill = { SMALL_WRITE, "z", NULL, 0, 1, 'Z' };

	assert_int_equal(small_space_apply(world->space, &make), 0);
	assert_int_equal(small_space_apply(world->space, &fill), 0);
	assert_int_equal(space_sync(world->space), 0);
}

static void collect(struct world *world)
{
	int more;

	do
		more = trees_reap(world->trees);
	while (more > 0);
	assert_int_equal(more, 0);
}

static void check_world(struct world *world, const struct history *history, const struct cut *cut)
{
	int floor = cut->power ? history->synced : history->returned;
	int child = cut->power ? history->synced_children : history->children;

	check_content(world, history, floor);
	check_child(world, history, child);
	check_clean(world, false);
	collect(world);
	check_content(world, history, floor);
	check_child(world, history, child);
	check_digest(world);
	check_usable(world);
	check_clean(world, true);
	collect(world);
	assert_int_equal(blobs_each(world->engine.blobs, count_unused, world), 0);
}

/* ---- cutting ---- */

struct bench {
	struct engine prepared; /* the tree before, synced; copied for every run */
	struct small_model model;
	uint64_t runs;
};

/* The workload up to the cut. Returns whether it was cut, and how much was unsynced then. */
static bool run_cut(struct engine *inner, const struct workload *workload, const struct cut *cut,
		    struct history *history, size_t *ret_unsynced)
{
	struct engine_faulty *faulty;
	struct engine engine;
	struct world world;
	bool struck;

	assert_int_equal(engine_faulty_new(inner, &faulty), 0);
	engine = engine_faulty_engine(faulty);
	assert_int_equal(world_open(&world, &engine, get_version(inner->kv, tip_key)), 0);
	assert_int_equal(kv_sync(engine.kv), 0);
	engine_faulty_strike(faulty, FAULT_CHANGES, cut->strike, FAULT_DEAD);
	run_steps(&world, workload, faulty, history);
	struck = engine_faulty_struck(faulty);
	/* not struck: it ends right behind the last operation, with nothing closed */
	*ret_unsynced = engine_faulty_unsynced(faulty);
	if (!struck)
		engine_faulty_strike(faulty, FAULT_CHANGES, 1, FAULT_DEAD);
	world_close(&world);
	if (cut->power)
		assert_int_equal(engine_faulty_power_cut(faulty, cut->keep), 0);
	engine_faulty_free(faulty);
	return struck;
}

/* Opening and collecting, up to the cut. True when it was cut. */
static bool recover_cut(struct engine *inner, const struct cut *cut)
{
	struct engine_faulty *faulty;
	struct engine engine;
	struct world world;
	bool struck;
	int code;

	assert_int_equal(engine_faulty_new(inner, &faulty), 0);
	engine = engine_faulty_engine(faulty);
	engine_faulty_strike(faulty, FAULT_CHANGES, cut->again, FAULT_DEAD);
	code = world_open(&world, &engine, get_version(inner->kv, tip_key));
	while (!code && trees_reap(world.trees) > 0)
		;
	struck = engine_faulty_struck(faulty);
	if (code)
		assert_true(struck);
	world_close(&world);
	if (cut->power)
		assert_int_equal(engine_faulty_power_cut(faulty, 0), 0);
	engine_faulty_free(faulty);
	return struck;
}

/* One crash from the copy to the last look. */
static bool crash_once(struct bench *bench, const struct workload *workload, const struct cut *cut,
		       bool *ret_struck_again, size_t *ret_unsynced)
{
	struct history history = { .count = 0 };
	struct engine inner;
	struct world world;
	bool struck;

	bench->runs++;
	history.after[0] = bench->model;
	engine_copy(&bench->prepared, &inner);
	struck = run_cut(&inner, workload, cut, &history, ret_unsynced);
	*ret_struck_again = recover_cut(&inner, cut);
	assert_int_equal(world_open(&world, &inner, get_version(inner.kv, tip_key)), 0);
	check_world(&world, &history, cut);
	world_close(&world);
	engine_close(&inner);
	return struck;
}

static bool crash_recoveries(struct bench *bench, const struct workload *workload, struct cut cut,
			     size_t *ret_unsynced)
{
	bool struck, struck_again;

	cut.again = 0;
	do {
		cut.again++;
		struck = crash_once(bench, workload, &cut, &struck_again, ret_unsynced);
	} while (struck_again);
	return struck;
}

static void crash_everywhere(struct bench *bench, const struct workload *workload)
{
	struct cut cut = { .strike = 0 };
	size_t unsynced;
	bool struck;

	do {
		cut.strike++;
		cut.power = false;
		struck = crash_recoveries(bench, workload, cut, &unsynced);
		cut.power = true;
		for (cut.keep = 0; cut.keep <= unsynced; cut.keep++)
			crash_recoveries(bench, workload, cut, &unsynced);
	} while (struck);
}

/* ---- the tests ---- */

static int pairs_step(void)
{
	return getenv("CSMFS_SOAK") ? 1 : PAIRS_STEP;
}

static void prepare(struct bench *bench, struct world *world)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct digest digest;
	version_id base, tip;

	for (size_t i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++) {
		assert_int_equal(small_model_apply(&bench->model, &inherited[i]), 0);
		assert_int_equal(small_space_apply(world->space, &inherited[i]), 0);
	}
	assert_int_equal(space_seal(world->space, move_tip, NULL, &base), 0);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		assert_int_equal(small_model_apply(&bench->model, &own[i]), 0);
		assert_int_equal(small_space_apply(world->space, &own[i]), 0);
	}
	assert_int_equal(space_digest(world->space, INODE_BUILD, &digest), 0);
	/* a version that nothing reads any more waits to be collected */
	assert_int_equal(version_create(world->trees, &batch, base, &tip), 0);
	version_drop(world->trees, &batch, tip);
	assert_int_equal(kv_commit(world->engine.kv, &batch), 0);
	assert_int_equal(space_sync(world->space), 0);
}

static int set_up(void **state)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct bench *bench = calloc(1, sizeof(*bench));
	struct chunks *chunks;
	struct trees *trees;
	struct world world;
	version_id tip;

	assert_non_null(bench);
	assert_int_equal(engine_memory_open(&bench->prepared), 0);
	assert_int_equal(chunks_new(bench->prepared.blobs, 0, &chunks), 0);
	assert_int_equal(trees_open(bench->prepared.kv, chunks, &trees), 0);
	assert_int_equal(version_create(trees, &batch, VERSION_NONE, &tip), 0);
	put_version(&batch, tip_key, tip);
	assert_int_equal(kv_commit(bench->prepared.kv, &batch), 0);
	trees_close(trees);
	chunks_free(chunks);
	assert_int_equal(world_open(&world, &bench->prepared, tip), 0);
	prepare(bench, &world);
	world_close(&world);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	print_message("%llu crashes\n", (unsigned long long)bench->runs);
	engine_close(&bench->prepared);
	free(bench);
	return 0;
}

static void a_crash__leaves_an_operation_done_or_not_at_all(void **state)
{
	for (int i = 0; i < STEPS; i++) {
		const struct workload bare = { { &steps[i] }, 1 };
		const struct workload synced = { { &steps[i], &sync_step }, 2 };

		crash_everywhere(*state, &bare);
		crash_everywhere(*state, &synced);
	}
}

static void a_crash__leaves_two_operations_in_their_order(void **state)
{
	for (int i = 0; i < STEPS * STEPS; i += pairs_step()) {
		const struct workload pair = { { &steps[i / STEPS], &steps[i % STEPS] }, 2 };

		crash_everywhere(*state, &pair);
	}
}

static void a_crash__keeps_what_was_synced_before_the_second_operation(void **state)
{
	for (int i = 0; i < STEPS * STEPS; i += pairs_step()) {
		const struct workload pair = { { &steps[i / STEPS], &sync_step, &steps[i % STEPS] },
					       3 };

		crash_everywhere(*state, &pair);
	}
}

/* Long workloads, from a seed that is told: CSMFS_SOAK=SEED. */
static void a_crash__leaves_long_workloads_in_their_order(void **state)
{
	const char *soak = getenv("CSMFS_SOAK");
	unsigned long long random = soak ? strtoull(soak, NULL, 10) : 1;
	int workloads = soak ? STEPS * STEPS : 30;

	for (int i = 0; i < workloads; i++) {
		struct workload workload = { .count = RANDOM_STEPS };

		for (int at = 0; at < RANDOM_STEPS; at++) {
			random = random * 6364136223846793005ULL + 1442695040888963407ULL;
			workload.step[at] = (random >> 33) % 6 ? &steps[(random >> 40) % STEPS]
							       : &sync_step;
		}
		crash_everywhere(*state, &workload);
	}
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(a_crash__leaves_an_operation_done_or_not_at_all),
		BEHAVIOUR(a_crash__leaves_two_operations_in_their_order),
		BEHAVIOUR(a_crash__keeps_what_was_synced_before_the_second_operation),
		BEHAVIOUR(a_crash__leaves_long_workloads_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
