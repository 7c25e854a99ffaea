/*
 * Requests that are sent again: each operation on names, through BUILD and through DELTA, is cut
 * at every change that reaches the engine, as if the process had died there. The next process
 * gets the same request and must answer it with success, and the level is then what it is when
 * nobody died.
 *
 * The tree below CP, with what the level did to it itself:
 *   base   a b d/x d/y e/ h l -> a
 *   level  b changed, d/y deleted, d/n new, n new, o/ (opaque, o/p new) in place of the base's o/q
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "store/base/cleanup.h"
#include "store/base/log.h"
#include "store/level/window.h"
#include "store/request/request.h"
#include "tests/support/release_fixture.h"

enum { SESSION = 5, UNIQUE = 42 };

enum verb { MAKE, LINK, UNLINK, RMDIR, RENAME, NOREPLACE, EXCHANGE };

struct operation {
	enum verb verb;
	enum window window;
	const char *path, *to;
	uint32_t mode; /* MAKE; S_IFCHR is a whiteout */
};

#define B WINDOW_BUILD
#define D WINDOW_DELTA

static const struct operation operations[] = {
	{ MAKE, B, "CP/new", NULL, S_IFREG },  { MAKE, B, "CP/new", NULL, S_IFDIR },
	{ MAKE, B, "CP/new", NULL, S_IFLNK },  { MAKE, B, "CP/d/y", NULL, S_IFREG },
	{ MAKE, B, "C2", NULL, S_IFDIR },      { LINK, B, "CP/a", "CP/d/new", 0 },
	{ UNLINK, B, "CP/a", NULL, 0 },	       { UNLINK, B, "CP/n", NULL, 0 },
	{ RMDIR, B, "CP/e", NULL, 0 },	       { RENAME, B, "CP/a", "CP/b", 0 },
	{ RENAME, B, "CP/a", "CP/d/new", 0 },  { RENAME, B, "CP/d", "CP/e", 0 },
	{ NOREPLACE, B, "CP/a", "CP/new", 0 }, { EXCHANGE, B, "CP/a", "CP/d", 0 },
	{ EXCHANGE, B, "CP/a", "CP/b", 0 },    { MAKE, D, "CP/new", NULL, S_IFREG },
	{ MAKE, D, "CP/a", NULL, S_IFREG },    { MAKE, D, "CP/a", NULL, S_IFDIR },
	{ MAKE, D, "CP/e", NULL, S_IFDIR },    { MAKE, D, "CP/e", NULL, S_IFREG },
	{ MAKE, D, "CP/a", NULL, S_IFCHR },    { MAKE, D, "CP/e", NULL, S_IFCHR },
	{ LINK, D, "CP/b", "CP/new", 0 },      { LINK, D, "CP/b", "CP/a", 0 },
	{ LINK, D, "CP/b", "CP/e", 0 },	       { UNLINK, D, "CP/b", NULL, 0 },
	{ UNLINK, D, "CP/n", NULL, 0 },	       { UNLINK, D, "CP/d/y", NULL, 0 },
	{ UNLINK, D, "CP/d/n", NULL, 0 },      { RMDIR, D, "CP/o", NULL, 0 },
	{ RENAME, D, "CP/n", "CP/new", 0 },    { RENAME, D, "CP/b", "CP/new", 0 },
	{ RENAME, D, "CP/n", "CP/e", 0 },      { RENAME, D, "CP/b", "CP/n", 0 },
	{ NOREPLACE, D, "CP/n", "CP/new", 0 }, { EXCHANGE, D, "CP/n", "CP/b", 0 },
};

/* ---- the level ---- */

static struct space *space_of(struct release_fixture *fixture)
{
	struct space *space;

	assert_int_equal(level_space(level_at(fixture, "L"), &space), 0);
	return space;
}

static uint64_t at(struct release_fixture *fixture, const char *path)
{
	uint64_t number = fixture_path(space_of(fixture), path);

	assert_int_not_equal(number, 0);
	return number;
}

static void fill_base(struct release_fixture *fixture)
{
	static const char *const files[] = { "a", "b", "h" };
	struct space *space;
	uint64_t cp, d, o;

	assert_int_equal(level_space(level_at(fixture, "BASE"), &space), 0);
	cp = fixture_mkdir(space, INODE_BUILD, "CP");
	for (size_t i = 0; i < 3; i++)
		fixture_file(space, cp, files[i], files[i]);
	d = fixture_mkdir(space, cp, "d");
	fixture_file(space, d, "x", "x");
	fixture_file(space, d, "y", "y");
	fixture_mkdir(space, cp, "e");
	o = fixture_mkdir(space, cp, "o");
	fixture_file(space, o, "q", "q");
	assert_int_equal(level_set_lock(level_at(fixture, "BASE"), true, TEST_UID), 0);
}

static void fill(struct release_fixture *fixture)
{
	struct space *space;
	uint64_t cp;

	fill_base(fixture);
	level_made(fixture, "L", "BASE");
	space = space_of(fixture);
	cp = at(fixture, "CP");
	fixture_write(space, at(fixture, "CP/b"), 0, "B", 1);
	assert_int_equal(space_unlink(space, at(fixture, "CP/d"), "y"), 0);
	fixture_file(space, at(fixture, "CP/d"), "n", "n");
	fixture_file(space, cp, "n", "n");
	assert_int_equal(space_remove_all(space, cp, "o"), 0);
	fixture_mkdir(space, cp, "o");
	assert_int_equal(filespace_sync(fixture->filespace), 0);
}

/* ---- what it shows ---- */

struct walk {
	struct release_fixture *fixture;
	enum window window;
	const char *above;
	struct buffer *text;
	uint64_t dir;
};

static int describe(void *context, const char *name, uint64_t number, uint32_t type, bool whiteout)
{
	struct walk *walk = context;
	struct level *level = level_at(walk->fixture, "L");
	char path[256];
	struct walk below = { walk->fixture, walk->window, path, walk->text, number };
	struct window_entry entry;

	snprintf(path, sizeof(path), "%s%s/", walk->above, name);
	assert_int_equal(window_lookup(level, walk->window, walk->dir, name, &entry), 0);
	buffer_printf(walk->text, "%s%s %o links %u size %llu%s\n", walk->above, name,
		      entry.inode.mode, entry.inode.nlink, (unsigned long long)entry.inode.size,
		      whiteout ? " deleted" : "");
	if (type != S_IFDIR)
		return 0;
	if (walk->window == WINDOW_DELTA && window_opaque(level, number) == 1)
		buffer_text(walk->text, "opaque\n");
	return window_list(level, walk->window, number, describe, &below);
}

static char *shown(struct release_fixture *fixture)
{
	struct level *level = level_at(fixture, "L");
	struct buffer text = BUFFER_INIT;
	struct digest digest;
	char digest_hex[DIGEST_TEXT_SIZE];

	for (int window = WINDOW_BUILD; window <= WINDOW_DELTA; window++) {
		struct walk walk = { fixture, (enum window)window, "", &text, INODE_BUILD };

		buffer_printf(&text, "window %d\n", window);
		assert_int_equal(
			window_list(level, (enum window)window, INODE_BUILD, describe, &walk), 0);
	}
	assert_int_equal(level_digest(level, &digest), 0);
	digest_text(&digest, digest_hex);
	buffer_printf(&text, "digest %s\n", digest_hex);
	return buffer_detach_text(&text);
}

/* ---- one operation ---- */

struct named {
	uint64_t dir;
	const char *name;
};

static struct named split(struct release_fixture *fixture, const char *path)
{
	const char *slash = strrchr(path, '/');
	char above[64];

	if (!slash)
		return (struct named){ INODE_BUILD, path };
	snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
	return (struct named){ at(fixture, above), slash + 1 };
}

struct arguments {
	struct named from, to;
	uint64_t number;
};

/* As the kernel would send them: they do not change when the request is sent again. */
static struct arguments arguments_of(struct release_fixture *fixture,
				     const struct operation *operation)
{
	struct arguments arguments = { .from = split(fixture, operation->path) };

	if (operation->to)
		arguments.to = split(fixture, operation->to);
	if (operation->verb == LINK)
		arguments.number = at(fixture, operation->path);
	return arguments;
}

static int act(struct release_fixture *fixture, const struct operation *operation,
	       const struct arguments *arguments)
{
	static const unsigned flags[] = {
		[RENAME] = 0, [NOREPLACE] = RENAME_NOREPLACE, [EXCHANGE] = RENAME_EXCHANGE
	};
	struct new_inode new_inode = { .mode = operation->mode | 0700, .uid = 9, .target = "t" };
	struct level *level = level_at(fixture, "L");
	const struct named *from = &arguments->from, *to = &arguments->to;
	struct window_entry entry;
	struct inode inode;

	switch (operation->verb) {
	case MAKE:
		return window_create(level, operation->window, from->dir, from->name, &new_inode,
				     &entry);
	case LINK:
		return window_link(level, operation->window, arguments->number, to->dir, to->name,
				   &inode);
	case UNLINK:
		return window_unlink(level, operation->window, from->dir, from->name);
	case RMDIR:
		return window_rmdir(level, operation->window, from->dir, from->name);
	default:
		return window_rename(level, operation->window, from->dir, from->name, to->dir,
				     to->name, flags[operation->verb]);
	}
}

static struct engine engine_of(struct release_fixture *fixture)
{
	return fixture->faulty ? engine_faulty_engine(fixture->faulty) : fixture->inner;
}

/* One process that gets the request. answered: it lives long enough to answer. */
static int serve(struct release_fixture *fixture, const struct operation *operation,
		 const struct arguments *arguments, bool is_answered)
{
	static const uint64_t expected[] = { UNIQUE };
	struct requests *requests;
	struct request request;
	int result;

	assert_int_equal(requests_open(engine_of(fixture).kv, SESSION, &requests), 0);
	requests_expect(requests, expected, 1);
	request_begin(requests, UNIQUE, &request);
	result = act(fixture, operation, arguments);
	request_leave();
	if (is_answered)
		request_answered(&request);
	requests_close(requests);
	return result;
}

static void start(struct release_fixture *fixture)
{
	void *state;

	assert_int_equal(release_setup(&state), 0);
	*fixture = *(struct release_fixture *)state;
	free(state);
	fill(fixture);
	release_close(fixture);
	assert_int_equal(engine_faulty_new(&fixture->inner, &fixture->faulty), 0);
	release_open(fixture);
}

static void stop(struct release_fixture *fixture)
{
	release_close(fixture);
	engine_close(&fixture->inner);
}

static void next_process(struct release_fixture *fixture)
{
	release_close(fixture);
	engine_faulty_free(fixture->faulty);
	fixture->faulty = NULL;
	release_open(fixture);
}

static char *undisturbed(const struct operation *operation)
{
	struct release_fixture fixture;
	struct arguments arguments;
	char *text;

	start(&fixture);
	arguments = arguments_of(&fixture, operation);
	assert_int_equal(serve(&fixture, operation, &arguments, true), 0);
	text = shown(&fixture);
	next_process(&fixture);
	stop(&fixture);
	return text;
}

static const char *words(const struct operation *operation, uint64_t n, char text[160])
{
	static const char *const verbs[] = { "make",   "link",	    "unlink",  "rmdir",
					     "rename", "noreplace", "exchange" };

	snprintf(text, 160, "%s %s %s %s, cut at change %llu", verbs[operation->verb],
		 operation->window == WINDOW_DELTA ? "DELTA" : "BUILD", operation->path,
		 operation->to ? operation->to : "", (unsigned long long)n);
	return text;
}

/* False when there were fewer changes: the process died between the last one and the answer. */
static bool cut_at(const struct operation *operation, uint64_t n, const char *wanted)
{
	struct release_fixture fixture;
	struct arguments arguments;
	_cleanup_free_ char *found = NULL;
	char text[160];
	bool struck;
	int err;

	start(&fixture);
	arguments = arguments_of(&fixture, operation);
	engine_faulty_strike(fixture.faulty, FAULT_CHANGES, n, FAULT_DEAD);
	serve(&fixture, operation, &arguments, false);
	struck = engine_faulty_struck(fixture.faulty);
	next_process(&fixture);
	err = serve(&fixture, operation, &arguments, true);
	if (err)
		fail_msg("%s: answered with %s", words(operation, n, text), error_text(err));
	found = shown(&fixture);
	if (strcmp(found, wanted) != 0)
		fail_msg("%s:\n%s\nis not\n%s", words(operation, n, text), found, wanted);
	stop(&fixture);
	return struck;
}

static void say_nothing(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static void operation__sent_again_is_carried_out_exactly_once(void **state)
{
	(void)state;
	log_inject(say_nothing, NULL); /* that a dead engine does not write is what was asked for */
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		_cleanup_free_ char *wanted = undisturbed(&operations[i]);
		uint64_t n = 1;

		while (cut_at(&operations[i], n, wanted))
			n++;
		assert_true(n > 1);
	}
	log_inject(NULL, NULL);
}

/* ---- levels and systems ---- */

static int add_level(struct release_fixture *fixture)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	int err = level_add(fixture->filespace, "NEW", TEST_UID, &level);

	return err ? err : strcmp(level_name(level), "NEW") != 0;
}

static int add_system(struct release_fixture *fixture)
{
	struct system_info info;
	int err = system_add(fixture->systems, "vm01", TEST_UID, &info);

	return err ? err : strcmp(info.name, "vm01") != 0;
}

static int serve_adding(struct release_fixture *fixture,
			int (*add)(struct release_fixture *fixture))
{
	struct requests *requests;
	struct request request;
	int result;

	assert_int_equal(requests_open(engine_of(fixture).kv, SESSION, &requests), 0);
	request_begin(requests, UNIQUE, &request);
	result = add(fixture);
	request_leave();
	requests_close(requests);
	return result;
}

static bool added_when_cut_at(int (*add)(struct release_fixture *fixture), uint64_t n)
{
	struct release_fixture fixture;
	bool struck;

	start(&fixture);
	engine_faulty_strike(fixture.faulty, FAULT_CHANGES, n, FAULT_DEAD);
	serve_adding(&fixture, add);
	struck = engine_faulty_struck(fixture.faulty);
	next_process(&fixture);
	assert_int_equal(serve_adding(&fixture, add), 0);
	stop(&fixture);
	return struck;
}

static void check_adding(int (*add)(struct release_fixture *fixture))
{
	uint64_t n = 1;

	log_inject(say_nothing, NULL);
	while (added_when_cut_at(add, n))
		n++;
	log_inject(NULL, NULL);
	assert_true(n > 1);
}

static void adding_a_level__sent_again_finds_the_level(void **state)
{
	(void)state;
	check_adding(add_level);
}

static void adding_a_system__sent_again_finds_the_system(void **state)
{
	(void)state;
	check_adding(add_system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adding_a_level__sent_again_finds_the_level),
		cmocka_unit_test(adding_a_system__sent_again_finds_the_system),
		cmocka_unit_test(operation__sent_again_is_carried_out_exactly_once),
	};

	return cmocka_run_group_tests_name("resent", tests, NULL, NULL);
}
