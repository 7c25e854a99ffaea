/*
 * Finding csmfs mounts in mountinfo.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/mountpoint.h"
#include "tools/scope.h"

/* expected: the names, each followed by a bar. */
static void assert_mounts(const char *mountinfo, const char *expected)
{
	_cleanup_free_ char *text = strdup(mountinfo);
	_cleanup_fclose_ FILE *file = text ? fmemopen(text, strlen(text), "r") : NULL;
	_cleanup_free_ char *names = NULL;
	char found[512] = "";
	const char *name;
	size_t count = 99;

	assert_non_null(file);
	assert_int_equal(mountpoint_search(file, &names, &count), 0);
	name = names;
	for (size_t i = 0; i < count; i++, name += strlen(name) + 1)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s|", name);
	assert_string_equal(found, expected);
}

static void mountpoint__a_csmfs_is_found_by_its_type(void **state)
{
	(void)state;
	assert_mounts("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		      "40 22 0:35 / /mnt rw,nosuid shared:5 - fuse.csmfs /srv/store rw,user_id=0\n"
		      "41 22 0:36 / /other rw - fuse.sshfs host: rw\n",
		      "/mnt|");
}

static void mountpoint__octal_escapes_are_decoded(void **state)
{
	(void)state;
	assert_mounts("40 22 0:35 / /mnt/a\\040b\\134c rw - fuse.csmfs s rw\n", "/mnt/a b\\c|");
}

static void mountpoint__the_same_mount_bound_elsewhere_counts_once(void **state)
{
	(void)state;
	assert_mounts("40 22 0:35 / /mnt rw - fuse.csmfs s rw\n"
		      "41 22 0:35 / /bound rw - fuse.csmfs s rw\n"
		      "42 22 0:36 / /second rw - fuse.csmfs t rw\n",
		      "/mnt|/second|");
}

static void mountpoint__a_bound_level_is_no_mount_of_csmfs(void **state)
{
	(void)state;
	assert_mounts("40 22 0:35 /LEVEL/BUILD /srv/root rw - fuse.csmfs s rw\n", "");
}

static void mountpoint__lines_that_are_none_are_passed_over(void **state)
{
	(void)state;
	assert_mounts("garbage\n - fuse.csmfs\n1 2 x:y / /m rw - fuse.csmfs s rw\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mountpoint__a_csmfs_is_found_by_its_type),
		cmocka_unit_test(mountpoint__octal_escapes_are_decoded),
		cmocka_unit_test(mountpoint__the_same_mount_bound_elsewhere_counts_once),
		cmocka_unit_test(mountpoint__a_bound_level_is_no_mount_of_csmfs),
		cmocka_unit_test(mountpoint__lines_that_are_none_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
