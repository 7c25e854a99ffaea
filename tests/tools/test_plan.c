/*
 * A plan: its dry run read by sh does to one directory what carrying it out does to another.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/plan.h"
#include "tools/scope.h"

struct fixture {
	char top[64]; /* two equal directories below it */
	char *run, *pasted;
	bool has_attributes;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	snprintf(fixture->top, sizeof(fixture->top), "/tmp/csmfs plan's.XXXXXX");
	assert_non_null(mkdtemp(fixture->top));
	assert_true(asprintf(&fixture->run, "%s/run", fixture->top) > 0);
	assert_true(asprintf(&fixture->pasted, "%s/pasted", fixture->top) > 0);
	assert_int_equal(mkdir(fixture->run, 0755), 0);
	assert_int_equal(mkdir(fixture->pasted, 0755), 0);
	fixture->has_attributes = setxattr(fixture->top, "user.csmfs.test", "x", 1, 0) == 0;
	*state = fixture;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	nftw(fixture->top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(fixture->run);
	free(fixture->pasted);
	free(fixture);
	return 0;
}

static char *below(const char *directory, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	return path;
}

/* ---- doing it both ways ---- */

typedef void (*add_steps)(struct plan *plan, const char *directory);

static char *dry_run(add_steps add, const char *directory)
{
	_cleanup_(cleanup_plan) struct plan *plan = NULL;
	struct plan_failure failure;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(plan_new(&plan), 0);
	add(plan, directory);
	assert_int_equal(plan_carry_out(plan, PLAN_DRY_RUN, out, &failure), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static int carry_out(add_steps add, const char *directory)
{
	_cleanup_(cleanup_plan) struct plan *plan = NULL;
	_cleanup_fclose_ FILE *out = fopen("/dev/null", "we");
	struct plan_failure failure;

	assert_non_null(out);
	assert_int_equal(plan_new(&plan), 0);
	add(plan, directory);
	return plan_carry_out(plan, PLAN_RUN, out, &failure);
}

/* The exit status of sh reading the text. */
static int paste(const char *text)
{
	FILE *shell = popen("sh 2>/dev/null", "we");

	assert_non_null(shell);
	fputs(text, shell);
	return pclose(shell);
}

/* Names, kinds, targets and attributes below a directory, as text. */
static char *describe(const char *directory)
{
	_cleanup_free_ char *command = NULL;
	char *text = calloc(1, 65536);
	FILE *output;

	assert_true(
		asprintf(
			&command,
			"cd \"%s\" && find . -printf '%%P %%y %%m %%l\\n' | LC_ALL=C sort && "
			"find . ! -type l -print0 | LC_ALL=C sort -z | xargs -0 getfattr -d -m user",
			directory) > 0);
	output = popen(command, "re");
	assert_non_null(output);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, output) < 65535);
	assert_int_equal(pclose(output), 0);
	return text;
}

static void assert_both_the_same(struct fixture *fixture, add_steps add, bool succeeds)
{
	_cleanup_free_ char *text = dry_run(add, fixture->pasted);
	_cleanup_free_ char *run = NULL;
	_cleanup_free_ char *pasted = NULL;

	assert_int_equal(carry_out(add, fixture->run) == 0, succeeds);
	assert_int_equal(paste(text) == 0, succeeds);
	run = describe(fixture->run);
	pasted = describe(fixture->pasted);
	assert_string_equal(run, pasted);
}

static bool exists(const char *directory, const char *name)
{
	_cleanup_free_ char *path = below(directory, name);
	struct stat status;

	return lstat(path, &status) == 0;
}

/* ---- steps ---- */

static void names_and_links(struct plan *plan, const char *directory)
{
	_cleanup_free_ char *made = below(directory, "made here");
	_cleanup_free_ char *gone = below(directory, "gone");
	_cleanup_free_ char *full = below(directory, "full");
	_cleanup_free_ char *inner = below(directory, "full/inner");
	_cleanup_free_ char *link = below(directory, "test");
	_cleanup_free_ char *other = below(directory, "production");

	plan_mkdir(plan, made);
	plan_mkdir(plan, gone);
	plan_mkdir(plan, full);
	plan_mkdir(plan, inner);
	plan_rmdir(plan, gone);
	plan_remove_tree(plan, full);
	plan_link(plan, "../../it's $HOME", link);
	plan_relink(plan, "../../made here", link);
	plan_link(plan, "../../A", other);
	plan_rename(plan, link, other);
}

static void plan__names_and_links_are_the_same_in_sh(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_free_ char *other = below(fixture->run, "production");
	char target[64] = "";

	assert_both_the_same(fixture, names_and_links, true);
	assert_false(exists(fixture->run, "full"));
	assert_true(readlink(other, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "../../made here");
}

static void relink_a_link_to_a_directory(struct plan *plan, const char *directory)
{
	_cleanup_free_ char *one = below(directory, "one");
	_cleanup_free_ char *two = below(directory, "two");
	_cleanup_free_ char *link = below(directory, "test");

	plan_mkdir(plan, one);
	plan_mkdir(plan, two);
	plan_link(plan, "one", link);
	plan_relink(plan, "two", link);
}

static void plan__relinking_replaces_a_link_and_does_not_go_into_its_directory(void **state)
{
	struct fixture *fixture = *state;

	assert_both_the_same(fixture, relink_a_link_to_a_directory, true);
	assert_false(exists(fixture->run, "one/two"));
}

static void attributes_of_every_sort(struct plan *plan, const char *directory)
{
	static const char *const values[] = { "plain",		"two words",  "it's \"quoted\"",
					      "0x41",		"0sQQ==",     "\"inner\"",
					      "back\\041slash", "$HOME `id`", "0",
					      "new\nline" };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "user.csmfs.v%zu", i);
		plan_set_attribute(plan, directory, name, values[i]);
	}
}

static void plan__attributes_get_the_very_bytes_also_in_sh(void **state)
{
	struct fixture *fixture = *state;
	char value[64] = "";

	if (!fixture->has_attributes) {
		print_message("no user attributes below /tmp\n");
		skip();
	}
	assert_both_the_same(fixture, attributes_of_every_sort, true);
	assert_int_equal(getxattr(fixture->run, "user.csmfs.v3", value, sizeof(value)), 4);
	assert_string_equal(value, "0x41");
}

/* ---- failures ---- */

static void fail_after_mkdir(struct plan *plan, const char *directory)
{
	_cleanup_free_ char *made = below(directory, "made");
	_cleanup_free_ char *absent = below(directory, "absent/x");

	plan_mkdir(plan, made);
	plan_undo_mkdir(plan);
	plan_mkdir(plan, absent);
	plan_mkdir(plan, directory);
}

static void plan__a_failure_takes_the_directory_back_also_in_sh(void **state)
{
	struct fixture *fixture = *state;

	assert_both_the_same(fixture, fail_after_mkdir, false);
	assert_false(exists(fixture->run, "made"));
}

static void fail_in_the_mkdir_itself(struct plan *plan, const char *directory)
{
	_cleanup_free_ char *after = below(directory, "after");

	plan_mkdir(plan, directory);
	plan_undo_mkdir(plan);
	plan_mkdir(plan, after);
}

static void plan__a_directory_that_was_there_before_is_not_taken_away(void **state)
{
	struct fixture *fixture = *state;

	assert_both_the_same(fixture, fail_in_the_mkdir_itself, false);
	assert_true(exists(fixture->top, "run"));
	assert_false(exists(fixture->run, "after"));
}

static void fail_in_two_that_are_undone(struct plan *plan, const char *directory)
{
	_cleanup_free_ char *outer = below(directory, "outer");
	_cleanup_free_ char *inner = below(directory, "outer/inner");
	_cleanup_free_ char *absent = below(directory, "absent/x");

	plan_mkdir(plan, outer);
	plan_undo_mkdir(plan);
	plan_mkdir(plan, inner);
	plan_undo_mkdir(plan);
	plan_rmdir(plan, absent);
}

static void plan__undoing_goes_from_the_inner_directory_outwards(void **state)
{
	struct fixture *fixture = *state;

	assert_both_the_same(fixture, fail_in_two_that_are_undone, false);
	assert_false(exists(fixture->run, "outer"));
}

static void plan__a_refused_relink_leaves_the_former_link(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_free_ char *folder = below(fixture->run, "folder");

	assert_int_equal(mkdir(folder, 0755), 0);
	{
		_cleanup_(cleanup_plan) struct plan *plan = NULL;
		struct plan_failure failure;

		assert_int_equal(plan_new(&plan), 0);
		plan_relink(plan, "target", folder);
		assert_true(plan_carry_out(plan, PLAN_RUN, stdout, &failure) < 0);
		assert_string_equal(failure.path, folder);
	}
	assert_true(exists(fixture->run, "folder"));
}

static void plan__a_failure_tells_the_step(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(cleanup_plan) struct plan *plan = NULL;
	_cleanup_free_ char *path = below(fixture->run, "absent/x");
	_cleanup_free_ char *expected = NULL;
	_cleanup_free_ char *quoted = shell_quote(path);
	struct plan_failure failure;

	assert_true(asprintf(&expected, "mkdir %s", quoted) > 0);
	assert_int_equal(plan_new(&plan), 0);
	plan_mkdir(plan, path);
	assert_int_equal(plan_carry_out(plan, PLAN_RUN, stdout, &failure), -ENOENT);
	assert_string_equal(failure.shell, expected);
	assert_string_equal(failure.path, path);
}

/* ---- programs ---- */

static int run_shell(const char *script, struct plan_failure *ret_failure)
{
	_cleanup_(cleanup_plan) struct plan *plan = NULL;
	int code;

	assert_int_equal(plan_new(&plan), 0);
	plan_program(plan, (const char *const[]){ "sh", "-c", script, NULL });
	code = plan_carry_out(plan, PLAN_RUN, stdout, ret_failure);
	ret_failure->shell = ret_failure->path = NULL; /* they go with the plan */
	return code;
}

static void plan__the_exit_status_of_a_program_is_the_steps(void **state)
{
	struct plan_failure failure;

	(void)state;
	assert_int_equal(run_shell("exit 0", &failure), 0);
	assert_int_equal(run_shell("exit 3", &failure), -ECHILD);
	assert_int_equal(failure.status, 3);
}

/* ---- dry runs ---- */

static void plan__a_dry_run_changes_nothing(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_free_ char *text = dry_run(names_and_links, fixture->run);

	assert_non_null(strstr(text, "mkdir "));
	assert_false(exists(fixture->run, "made here"));
}

static void remark_and_step(struct plan *plan, const char *directory)
{
	plan_remark(plan, "%s is current", "L");
	plan_rmdir(plan, directory);
}

static void plan__a_remark_is_a_comment_of_the_dry_run(void **state)
{
	_cleanup_free_ char *text = dry_run(remark_and_step, "/mnt/L");

	(void)state;
	assert_string_equal(text, "# L is current\nrmdir /mnt/L\n");
}

static void assert_quoted(const char *word, const char *expected)
{
	_cleanup_free_ char *quoted = shell_quote(word);

	assert_string_equal(quoted, expected);
}

static void plan__words_are_quoted_only_where_sh_needs_it(void **state)
{
	(void)state;
	assert_quoted("/mnt/VM01_BLD-2.x", "/mnt/VM01_BLD-2.x");
	assert_quoted("", "''");
	assert_quoted("a b", "'a b'");
	assert_quoted("it's", "'it'\\''s'");
	assert_quoted("~root", "'~root'");
	assert_quoted("$(id)", "'$(id)'");
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(plan__names_and_links_are_the_same_in_sh),
		WITH_FIXTURE(plan__relinking_replaces_a_link_and_does_not_go_into_its_directory),
		WITH_FIXTURE(plan__attributes_get_the_very_bytes_also_in_sh),
		WITH_FIXTURE(plan__a_failure_takes_the_directory_back_also_in_sh),
		WITH_FIXTURE(plan__a_directory_that_was_there_before_is_not_taken_away),
		WITH_FIXTURE(plan__undoing_goes_from_the_inner_directory_outwards),
		WITH_FIXTURE(plan__a_refused_relink_leaves_the_former_link),
		WITH_FIXTURE(plan__a_failure_tells_the_step),
		cmocka_unit_test(plan__the_exit_status_of_a_program_is_the_steps),
		WITH_FIXTURE(plan__a_dry_run_changes_nothing),
		cmocka_unit_test(plan__a_remark_is_a_comment_of_the_dry_run),
		cmocka_unit_test(plan__words_are_quoted_only_where_sh_needs_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
