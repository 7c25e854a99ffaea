/*
 * Crashes in the middle of operations on levels, packages and systems: each of them, and pairs of
 * them, is cut at every change that reaches the engine, as a process that dies and as a power cut with more
 * or less of the unsynced changes kept. What opens the release again, takes unfinished packages away
 * and collects is cut as well, at every change it makes.
 *
 * Then the release shows what it showed before the operation or after it, the latter when the operation had
 * returned; fsck is silent before anything was cleaned and after; no package has files
 * without a record; no chunk is left that nothing refers to; and the release can be worked with.
 *
 * What it shows is a text made by the same code on a release without a crash: that an operation
 * does what it should is for the tests of its room.
 *
 * CSMFS_SOAK=SEED runs all pairs; single operations with each number of unsynced changes kept and each cut of
 * what opens.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/log.h"
#include "store/package/package.h"
#include "store/upkeep/verify.h"
#include "tests/support/engine_copy.h"
#include "tests/support/release_operations.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { PAIRS_STEP = 61, BULK_STEP = 41 };
#else
enum { PAIRS_STEP = 11, BULK_STEP = 11 };
#endif
enum { STEPS_MAX = 2, BULK_FILES = 300, BULK_DIRECTORIES = 900 };

static struct sign_key *key;

/* ---- workloads and their model ---- */

struct workload {
	const struct release_operation *step[STEPS_MAX];
	int count;
};

/* What there is before and after each step, and how far it got before a crash. */
struct history {
	char *text[STEPS_MAX + 1];
	int code[STEPS_MAX];
	int returned; /* steps that returned */
	int durable;  /* steps that are on disk */
};

/* Where a workload is cut. */
struct cut {
	uint64_t strike; /* the change of the last step that does not happen */
	bool power;	 /* unsynced changes but the oldest keep are lost as well */
	size_t keep;
	uint64_t again; /* the change of the opening that does not happen */
};

struct bench {
	struct engine prepared; /* synced; copied for every run */
	uint64_t runs;
};

/* The same without a crash. */
static void learn(struct bench *bench, const struct workload *workload, struct history *ret_history)
{
	struct release_fixture release = { 0 };

	*ret_history = (struct history){ .returned = 0 };
	engine_copy(&bench->prepared, &release.inner);
	release_open(&release);
	ret_history->text[0] = release_text(&release, NULL);
	for (int i = 0; i < workload->count; i++) {
		ret_history->code[i] = release_run(&release, workload->step[i]);
		ret_history->text[i + 1] = release_text(&release, NULL);
	}
	release_close(&release);
	engine_close(&release.inner);
}

static void forget(struct history *history)
{
	for (int i = 0; i <= STEPS_MAX; i++)
		free(history->text[i]);
}

/* ---- up to the crash ---- */

static void run_steps(struct release_fixture *release, const struct workload *workload,
		      const struct cut *cut, struct history *history)
{
	history->returned = history->durable = 0;
	for (int i = 0; i < workload->count; i++) {
		int code;

		if (i == workload->count - 1)
			engine_faulty_strike(release->faulty, FAULT_CHANGES, cut->strike,
					     FAULT_DEAD);
		code = release_run(release, workload->step[i]);
		if (engine_faulty_struck(release->faulty) && code)
			return;
		assert_int_equal(code, history->code[i]);
		history->returned = i + 1;
		/* a refusal changed nothing, and nothing waited for a disk */
		if (!workload->step[i]->is_edit && !code)
			history->durable = i + 1;
	}
}

/* Returns whether it was cut, and how much was unsynced then. */
static bool run_cut(struct release_fixture *release, const struct workload *workload,
		    const struct cut *cut, struct history *history, size_t *ret_unsynced)
{
	bool struck;

	assert_int_equal(engine_faulty_new(&release->inner, &release->faulty), 0);
	release_open(release);
	assert_int_equal(filespace_sync(release->filespace), 0);
	run_steps(release, workload, cut, history);
	struck = engine_faulty_struck(release->faulty);
	*ret_unsynced = engine_faulty_unsynced(release->faulty);
	/* not struck: it ends right behind the last operation, with nothing closed */
	if (!struck)
		engine_faulty_strike(release->faulty, FAULT_CHANGES, 1, FAULT_DEAD);
	release_close(release);
	if (cut->power)
		assert_int_equal(engine_faulty_power_cut(release->faulty, cut->keep), 0);
	engine_faulty_free(take_pointer(&release->faulty));
	return struck;
}

/* ---- opening again ---- */

/* As much of the release as opens on an engine that may be dead. */
static int open_rooms(struct release_fixture *release, struct engine *engine)
{
	int code;

	release->filespace = NULL;
	release->systems = NULL;
	assert_int_equal(chunks_new(engine->blobs, 1 << 20, &release->chunks), 0);
	code = trees_open(engine->kv, release->chunks, &release->trees);
	if (!code)
		code = filespace_open(release->trees, "720", &release->filespace);
	return code ? code : systems_open(release->filespace, &release->systems);
}

static void close_rooms(struct release_fixture *release)
{
	if (release->systems)
		systems_close(release->systems);
	if (release->filespace)
		filespace_close(release->filespace);
	if (release->trees)
		trees_close(release->trees);
	chunks_free(release->chunks);
}

static int clean_and_collect(struct release_fixture *release)
{
	int code = packages_clean(release->filespace), more = 1;

	while (!code && more > 0) {
		more = trees_reap(release->trees);
		code = more < 0 ? more : 0;
	}
	return code;
}

/* True when it was cut. */
static bool open_cut(struct release_fixture *release, const struct cut *cut)
{
	struct engine_faulty *faulty;
	struct engine engine;
	bool struck;
	int code;

	assert_int_equal(engine_faulty_new(&release->inner, &faulty), 0);
	engine = engine_faulty_engine(faulty);
	engine_faulty_strike(faulty, FAULT_CHANGES, cut->again, FAULT_DEAD);
	code = open_rooms(release, &engine);
	if (!code)
		code = clean_and_collect(release);
	struck = engine_faulty_struck(faulty);
	assert_true(code == 0 || struck);
	close_rooms(release);
	if (cut->power)
		assert_int_equal(engine_faulty_power_cut(faulty, 0), 0);
	engine_faulty_free(faulty);
	return struck;
}

/* ---- looking ---- */

static void check_text(struct release_fixture *release, const struct workload *workload,
		       const struct history *history, const struct cut *cut)
{
	int floor = cut->power ? history->durable : history->returned;
	_cleanup_free_ char *found = release_text(release, NULL);

	for (int i = floor; i <= workload->count; i++)
		if (strcmp(found, history->text[i]) == 0)
			return;
	print_message("change %llu, power %d, kept %zu, again %llu; found:\n%s",
		      (unsigned long long)cut->strike, cut->power, cut->keep,
		      (unsigned long long)cut->again, found);
	for (int i = floor; i <= workload->count; i++)
		print_message("after %d steps:\n%s", i, history->text[i]);
	fail_msg("the release shows what it never was");
}

static void print_problem(void *context, const char *object, const char *what, int code)
{
	(void)context;
	print_message("%s: %s (%d)\n", object, what, code);
}

/* With the file space closed: nobody else may use a store that is checked. */
static void check_clean(struct release_fixture *release, bool repair)
{
	const struct verify_options options = { .read_chunks = true, .repair = repair };
	const struct verify_report report = { .found = print_problem };
	struct verify_counts counts;
	struct store store = { .engine = release->inner, .key = key };

	assert_int_equal(chunks_new(store.engine.blobs, 0, &store.chunks), 0);
	assert_int_equal(trees_open(store.engine.kv, store.chunks, &store.trees), 0);
	assert_int_equal(store_verify(&store, &options, &report, &counts), 0);
	assert_int_equal(counts.problems, 0);
	trees_close(store.trees);
	chunks_free(store.chunks);
}

static int count_entry(void *context, const char *name, uint64_t number, uint32_t type)
{
	(void)name;
	(void)number;
	(void)type;
	++*(size_t *)context;
	return 0;
}

static void check_no_files_without_record(struct release_fixture *release)
{
	struct space *files = filespace_files(release->filespace);
	_cleanup_(cleanup_view) struct view *view = space_view(files);
	size_t packages, directories = 0;

	free(release_text(release, &packages));
	assert_int_equal(view_list(view, fixture_path(files, "packages"), count_entry, &directories),
			 0);
	assert_int_equal(directories, packages);
}

static int check_used(void *context, const uint8_t digest[32], struct slice bytes)
{
	struct digest wanted;

	(void)bytes;
	memcpy(wanted.bytes, digest, sizeof(wanted.bytes));
	assert_int_equal(trees_refer_to(context, &wanted), 1);
	return 0;
}

static void check_usable(struct release_fixture *release)
{
	level_made(release, "AFTER", "RUN");
	level_write(release, "AFTER", "after", "after");
	assert_int_equal(release_package(release, "AFTER", NULL), 0);
	assert_int_equal(level_delete_at(release, "AFTER"), 0);
}

static void check(struct release_fixture *release, const struct workload *workload,
		  const struct history *history, const struct cut *cut)
{
	check_clean(release, false);
	release_open(release);
	check_text(release, workload, history, cut);
	assert_int_equal(clean_and_collect(release), 0);
	check_text(release, workload, history, cut);
	check_no_files_without_record(release);
	check_usable(release);
	release_close(release);
	/* chunks that nobody knows of are noted as garbage; a second look finds nothing more */
	check_clean(release, true);
	release_open(release);
	assert_int_equal(clean_and_collect(release), 0);
	assert_int_equal(blobs_each(release->inner.blobs, check_used, release->trees), 0);
	release_close(release);
	check_clean(release, false);
}

/* ---- cutting ---- */

static bool crash_once(struct bench *bench, const struct workload *workload,
		       struct history *history, const struct cut *cut, bool *ret_struck_again,
		       size_t *ret_unsynced)
{
	struct release_fixture release = { 0 };
	bool struck;

	bench->runs++;
	engine_copy(&bench->prepared, &release.inner);
	struck = run_cut(&release, workload, cut, history, ret_unsynced);
	*ret_struck_again = cut->again && open_cut(&release, cut);
	check(&release, workload, history, cut);
	engine_close(&release.inner);
	return struck;
}

/* With what opens cut at each of its changes, or not at all. */
static bool crash_openings(struct bench *bench, const struct workload *workload,
			   struct history *history, struct cut cut, bool all, size_t *ret_unsynced)
{
	bool struck, struck_again;

	cut.again = all ? 1 : 0;
	do {
		struck = crash_once(bench, workload, history, &cut, &struck_again, ret_unsynced);
		cut.again++;
	} while (struck_again);
	return struck;
}

static void crash_everywhere(struct bench *bench, const struct workload *workload, bool all)
{
	struct cut cut = { .strike = 0 };
	struct history history;
	size_t unsynced;
	bool struck;

	learn(bench, workload, &history);
	do {
		cut.strike++;
		cut.power = false;
		struck = crash_openings(bench, workload, &history, cut, true, &unsynced);
		cut.power = true;
		for (cut.keep = 0; cut.keep <= unsynced;
		     cut.keep += all || cut.keep == unsynced ? 1 : (unsynced - cut.keep + 1) / 2)
			crash_openings(bench, workload, &history, cut, all || cut.keep == 0,
				       &unsynced);
	} while (struck);
	forget(&history);
}

/* ---- the tests ---- */

static bool is_soak(void)
{
	return getenv("CSMFS_SOAK") != NULL;
}

static void say_nothing(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static int set_up_with(void **state, void (*fill)(struct release_fixture *release))
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct release_fixture *release;
	void *made;

	assert_non_null(bench);
	log_inject(say_nothing, NULL); /* that the log lost lines is what was asked for */
	assert_int_equal(sign_key_generate(&key), 0);
	release_setup(&made);
	release = made;
	release_prepare(release, key);
	if (fill)
		fill(release);
	assert_int_equal(filespace_sync(release->filespace), 0);
	assert_int_equal(clean_and_collect(release), 0);
	engine_copy(&release->inner, &bench->prepared);
	release_teardown(&made);
	*state = bench;
	return 0;
}

static int set_up(void **state)
{
	return set_up_with(state, NULL);
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	print_message("%llu crashes\n", (unsigned long long)bench->runs);
	engine_close(&bench->prepared);
	sign_key_free(take_pointer(&key));
	log_inject(NULL, NULL);
	free(bench);
	return 0;
}

static void a_crash__leaves_an_operation_done_or_not_at_all(void **state)
{
	for (int i = 0; i < RELEASE_OPERATIONS; i++) {
		const struct workload one = { { &release_operations[i] }, 1 };

		crash_everywhere(*state, &one, is_soak());
	}
}

static void a_crash__keeps_the_first_of_two_operations(void **state)
{
	for (int i = 0; i < RELEASE_OPERATIONS * RELEASE_OPERATIONS; i += is_soak() ? 1 : PAIRS_STEP) {
		const struct workload pair = {
			{ &release_operations[i / RELEASE_OPERATIONS], &release_operations[i % RELEASE_OPERATIONS] }, 2
		};

		crash_everywhere(*state, &pair, false);
	}
}

/* More rows and chunks than one step of the collector takes. */
static void fill_bulk(struct release_fixture *release)
{
	char text[32];

	level_made(release, "BULK", "BASE");
	for (int i = 0; i < BULK_FILES; i++) {
		snprintf(text, sizeof(text), "file-%d", i);
		level_write(release, "BULK", text, text);
	}
	for (int i = 0; i < BULK_DIRECTORIES; i++) {
		snprintf(text, sizeof(text), "C%d", i);
		assert_int_equal(level_try_write(release, "BULK", text), 0);
	}
}

static int set_up_bulk(void **state)
{
	return set_up_with(state, fill_bulk);
}

static int delete_bulk(struct release_fixture *release)
{
	return level_delete_at(release, "BULK");
}

static void a_crash__of_the_collector_loses_nothing_and_leaves_nothing(void **state)
{
	static const struct release_operation operation = { "delete many files", delete_bulk, NULL, NULL,
						    false };
	const struct workload one = { { &operation }, 1 };
	struct cut cut = { .strike = UINT64_MAX, .again = 1 };
	struct history history;
	bool struck_again;
	size_t unsynced;

	learn(*state, &one, &history);
	do {
		cut.power = false;
		crash_once(*state, &one, &history, &cut, &struck_again, &unsynced);
		cut.power = true;
		crash_once(*state, &one, &history, &cut, &struck_again, &unsynced);
		cut.again += is_soak() || cut.again < 10 ? 1 : BULK_STEP;
	} while (struck_again);
	assert_true(cut.again > BULK_FILES);
	forget(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_crash__leaves_an_operation_done_or_not_at_all,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_crash__keeps_the_first_of_two_operations, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			a_crash__of_the_collector_loses_nothing_and_leaves_nothing, set_up_bulk,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
