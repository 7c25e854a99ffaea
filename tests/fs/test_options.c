/*
 * The command line of csmfs and what mount(8) gives to mount.csmfs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdlib.h>
#include <string.h>

#include "fs/options.h"

#define WORDS_MAX 12

struct parsed {
	struct options options;
	char *message;
	int code;
};

static struct parsed parse(const char *const *words)
{
	static char copies[WORDS_MAX][128]; /* getopt reorders its argument vector */
	char *arguments[WORDS_MAX + 1] = { NULL };
	struct parsed parsed;
	int count = 0;

	for (; words[count]; count++) {
		snprintf(copies[count], sizeof(copies[count]), "%s", words[count]);
		arguments[count] = copies[count];
	}
	parsed.code = options_parse(count, arguments, &parsed.options, &parsed.message);
	return parsed;
}

static void release(struct parsed *parsed)
{
	options_release(&parsed->options);
	free(parsed->message);
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void options__of_csmfs_may_stand_behind_the_places(void **state)
{
	struct parsed parsed =
		PARSE("csmfs", "/tmp", "/", "-f", "-o", "release=730,cache=2M,threads=4");

	(void)state;
	assert_int_equal(parsed.code, 0);
	assert_string_equal(parsed.options.store, "/tmp");
	assert_string_equal(parsed.options.directory, "/");
	assert_true(parsed.options.foreground);
	assert_false(parsed.options.fake);
	assert_string_equal(parsed.options.release, "730");
	assert_int_equal(parsed.options.cache_bytes, 2 << 20);
	assert_int_equal(parsed.options.threads, 4);
	assert_string_equal(parsed.options.mount_options, "");
	release(&parsed);
}

static void options__of_mount_have_its_meaning(void **state)
{
	struct parsed parsed =
		PARSE("/sbin/mount.csmfs", "/tmp", "/", "-sfnv", "-o", "rw,release=720");

	(void)state;
	assert_int_equal(parsed.code, 0);
	assert_true(parsed.options.is_helper);
	assert_true(parsed.options.fake);
	assert_false(parsed.options.foreground);
	assert_string_equal(parsed.options.release, "720");
	release(&parsed);
}

static void options__of_fstab_for_others_are_left_out_and_the_rest_handed_on(void **state)
{
	struct parsed parsed = PARSE("mount.csmfs", "/tmp", "/", "-o",
				     "defaults,nofail,x-systemd.automount,_netdev,ro,noatime");

	(void)state;
	assert_int_equal(parsed.code, 0);
	assert_string_equal(parsed.options.mount_options, "ro,noatime");
	release(&parsed);
}

static void options__need_a_store_and_a_directory(void **state)
{
	struct parsed none = PARSE("csmfs"), one = PARSE("csmfs", "/tmp"),
		      three = PARSE("csmfs", "/", "/", "/");

	(void)state;
	assert_int_equal(none.code, -EINVAL);
	assert_int_equal(one.code, -EINVAL);
	assert_int_equal(three.code, -EINVAL);
	assert_non_null(one.message);
	release(&none);
	release(&one);
	release(&three);
}

static void options__refuse_bad_values_with_the_value_in_the_message(void **state)
{
	static const char *const bad[] = { "cache=",	 "cache=1Q",
					   "cache=-1",	 "cache=99999999999999999999",
					   "threads=1",	 "threads=x",
					   "release=72", "release=7200" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct parsed parsed = PARSE("csmfs", "/tmp", "/", "-o", bad[i]);

		assert_int_equal(parsed.code, -EINVAL);
		assert_non_null(parsed.message);
		assert_non_null(strstr(parsed.message, strchr(bad[i], '=') + 1));
		release(&parsed);
	}
}

static void options__refuse_a_remount_and_tell_the_way_out(void **state)
{
	struct parsed parsed = PARSE("mount.csmfs", "/tmp", "/", "-o", "rw,remount");

	(void)state;
	assert_int_equal(parsed.code, -EINVAL);
	assert_non_null(strstr(parsed.message, "remount: "));
	assert_non_null(strstr(parsed.message, "unmount"));
	release(&parsed);
}

static void options__refuse_unknown_letters(void **state)
{
	struct parsed unknown = PARSE("csmfs", "-q", "/tmp", "/"),
		      sloppy = PARSE("csmfs", "-s", "/tmp", "/");

	(void)state;
	assert_int_equal(unknown.code, -EINVAL);
	assert_int_equal(sloppy.code, -EINVAL);
	release(&unknown);
	release(&sloppy);
}

static void options__make_devices_and_setuid_work_for_root(void **state)
{
	struct parsed parsed = PARSE("csmfs", "/tmp", "/", "-o", "ro");
	struct fuse_args args;

	(void)state;
	assert_int_equal(parsed.code, 0);
	assert_int_equal(options_fuse_args(&parsed.options, true, &args), 0);
	assert_int_equal(args.argc, 3);
	assert_string_equal(
		args.argv[2],
		"default_permissions,subtype=csmfs,allow_other,dev,suid,fsname=/tmp,ro");
	fuse_opt_free_args(&args);
	assert_int_equal(options_fuse_args(&parsed.options, false, &args), 0);
	assert_null(strstr(args.argv[2], "suid"));
	fuse_opt_free_args(&args);
	release(&parsed);
}

static void options__keep_a_comma_in_the_name_of_the_store(void **state)
{
	struct options options = { .store = (char *)"/a,b", .mount_options = (char *)"" };
	struct fuse_args args;

	(void)state;
	assert_int_equal(options_fuse_args(&options, false, &args), 0);
	assert_non_null(strstr(args.argv[2], "fsname=/a\\,b"));
	fuse_opt_free_args(&args);
}

static void options__have_a_role_only_when_csmfs_starts_itself(void **state)
{
	struct parsed starter = PARSE("csmfs", "/tmp", "/"),
		      worker = PARSE("csmfs: worker", "--worker=12,3,-1,4,5", "-o", "no_resend",
				     "/tmp", "/"),
		      supervisor = PARSE("csmfs", "--supervisor=7,6,8,9", "/tmp", "/", "-f");

	(void)state;
	assert_int_equal(starter.options.role.kind, ROLE_STARTER);
	assert_int_equal(worker.code, 0);
	assert_int_equal(worker.options.role.kind, ROLE_WORKER);
	assert_int_equal(worker.options.role.parent, 12);
	assert_int_equal(worker.options.role.channel, 3);
	assert_int_equal(worker.options.role.lock, -1);
	assert_int_equal(worker.options.role.handover, 4);
	assert_int_equal(worker.options.role.unstored, 5);
	assert_true(worker.options.no_resend);
	assert_int_equal(supervisor.code, 0);
	assert_int_equal(supervisor.options.role.kind, ROLE_SUPERVISOR);
	assert_int_equal(supervisor.options.role.device, 7);
	assert_int_equal(supervisor.options.role.lock, 6);
	assert_int_equal(supervisor.options.role.handover, 8);
	assert_int_equal(supervisor.options.role.unstored, 9);
	release(&starter);
	release(&worker);
	release(&supervisor);
}

static void options__refuse_a_role_that_is_not_one(void **state)
{
	static const char *const bad[] = { "--worker=1,2,3,4",
					   "--worker=1,2,3,4,5,6",
					   "--worker=1,2,3,4,x",
					   "--worker=",
					   "--worker=1,2,3,4,-4",
					   "--supervisor=1,2,3",
					   "--supervisor=1,2,3,99999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct parsed parsed = PARSE("csmfs", bad[i], "/tmp", "/");

		assert_int_equal(parsed.code, -EINVAL);
		release(&parsed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options__of_csmfs_may_stand_behind_the_places),
		cmocka_unit_test(options__of_mount_have_its_meaning),
		cmocka_unit_test(options__of_fstab_for_others_are_left_out_and_the_rest_handed_on),
		cmocka_unit_test(options__need_a_store_and_a_directory),
		cmocka_unit_test(options__refuse_bad_values_with_the_value_in_the_message),
		cmocka_unit_test(options__refuse_a_remount_and_tell_the_way_out),
		cmocka_unit_test(options__refuse_unknown_letters),
		cmocka_unit_test(options__make_devices_and_setuid_work_for_root),
		cmocka_unit_test(options__keep_a_comma_in_the_name_of_the_store),
		cmocka_unit_test(options__have_a_role_only_when_csmfs_starts_itself),
		cmocka_unit_test(options__refuse_a_role_that_is_not_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
