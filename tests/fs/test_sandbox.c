/*
 * A process that is confined as the serving one is, and what it tries then: each attempt in a
 * child of its own, because there is no way back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/sandbox.h"
#include "tests/support/scratch.h"

#define NOT_CONFINED 255
#define NO_CALL 100000 /* a number that no kernel has given to a call yet */

/* Gives back 0 or the errno of what failed. */
typedef int (*attempt_function)(const char *store);

static int confine(const char *store)
{
	return sandbox_files(store) || sandbox_calls() ? NOT_CONFINED : 0;
}

static int status_of(const char *store, attempt_function attempt, bool confined)
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (confined && confine(store))
			_exit(NOT_CONFINED);
		_exit(attempt(store));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* What attempt gives back in a process that may serve a new, empty store and no more. */
static int confined(attempt_function attempt)
{
	char *store = scratch_new();
	int status;

	assert_non_null(store);
	status = status_of(store, attempt, true);
	scratch_remove(store);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), NOT_CONFINED);
	return WEXITSTATUS(status);
}

static int failed(long result)
{
	return result < 0 ? errno : 0;
}

/* ---- files ---- */

static int make_outside(const char *store)
{
	char path[256];

	snprintf(path, sizeof(path), "%s.outside", store);
	return failed(open(path, O_WRONLY | O_CREAT, 0600));
}

static int make_directory_outside(const char *store)
{
	char path[256];

	snprintf(path, sizeof(path), "%s.outside", store);
	return failed(mkdir(path, 0700));
}

static int make_above(const char *store)
{
	(void)store;
	return failed(open("../outside", O_WRONLY | O_CREAT, 0600));
}

static int write_to_passwd(const char *store)
{
	(void)store;
	return failed(open("/etc/passwd", O_WRONLY | O_APPEND));
}

static int remove_outside(const char *store)
{
	return failed(rmdir(store));
}

static int read_outside(const char *store)
{
	(void)store;
	return failed(open("/etc/shadow", O_RDONLY));
}

static int list_outside(const char *store)
{
	(void)store;
	return failed(open("/etc", O_RDONLY | O_DIRECTORY));
}

static void files__outside_of_the_store_are_not_changed(void **state)
{
	(void)state;
	assert_int_equal(confined(make_outside), EACCES);
	assert_int_equal(confined(make_directory_outside), EACCES);
	assert_int_equal(confined(make_above), EACCES);
	assert_int_equal(confined(write_to_passwd), EACCES);
	assert_int_equal(confined(remove_outside), EACCES);
}

static void files__outside_of_the_store_are_not_read(void **state)
{
	int wanted = SANDBOX_OF_SANITIZER ? 0 : EACCES;

	(void)state;
	assert_int_equal(confined(read_outside), geteuid() == 0 ? wanted : EACCES);
	assert_int_equal(confined(list_outside), wanted);
}

static int use_store(const char *store)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/db", store);
	if (mkdir(path, 0700) < 0 || mkdir("backups", 0700) < 0)
		return errno;
	fd = open("db/table", O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, "bytes", 5) != 5 || fallocate(fd, 0, 0, 8192) < 0 || fdatasync(fd) < 0 ||
	    sync_file_range(fd, 0, 5, SYNC_FILE_RANGE_WRITE) < 0 || ftruncate(fd, 2) < 0 || close(fd) < 0)
		return errno;
	if (link("db/table", "backups/table") < 0 || rename("db/table", "backups/moved") < 0 ||
	    truncate("backups/moved", 0) < 0 || unlink("backups/moved") < 0 || unlink("backups/table") < 0)
		return errno;
	return failed(rmdir("db"));
}

static void files__below_the_store_are_made_linked_moved_and_removed(void **state)
{
	(void)state;
	assert_int_equal(confined(use_store), 0);
}

static int read_what_libraries_read(const char *store)
{
	static const char *const paths[] = {
		"/dev/null",
		"/dev/urandom",
		"/etc/passwd",
		"/proc/self/mountinfo",
		"/proc/sys/kernel/random/uuid",
		"/sys/devices/system/cpu/online",
	};

	(void)store;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (open(paths[i], O_RDONLY) < 0)
			return errno;
	return failed(open("/dev/null", O_RDWR));
}

static void files__that_libraries_read_are_read(void **state)
{
	(void)state;
	assert_int_equal(confined(read_what_libraries_read), 0);
}

static void files__need_a_store_that_is_there(void **state)
{
	(void)state;
	assert_int_equal(sandbox_files("/nowhere/at/all"), -ENOENT);
}

/* ---- calls ---- */

static int start_program(const char *store)
{
	char name[] = "true", *words[] = { name, NULL };

	(void)store;
	return failed(execve("/bin/true", words, words + 1));
}

static int start_process(const char *store)
{
	(void)store;
	return failed(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static void calls__no_program_and_no_process_is_started(void **state)
{
	(void)state;
	assert_int_equal(confined(start_program), EPERM);
	if (!SANDBOX_OF_SANITIZER)
		assert_int_equal(confined(start_process), EPERM);
}

static int make_socket(int family, int type)
{
	return failed(socket(family, type, 0));
}

static int make_inet(const char *store)
{
	(void)store;
	return make_socket(AF_INET, SOCK_STREAM);
}

static int make_inet6(const char *store)
{
	(void)store;
	return make_socket(AF_INET6, SOCK_DGRAM);
}

static int make_netlink(const char *store)
{
	(void)store;
	return make_socket(AF_NETLINK, SOCK_RAW);
}

static int make_local(const char *store)
{
	(void)store;
	return make_socket(AF_UNIX, SOCK_DGRAM);
}

static void calls__only_local_sockets_are_opened(void **state)
{
	(void)state;
	assert_int_equal(confined(make_inet), EPERM);
	assert_int_equal(confined(make_inet6), EPERM);
	assert_int_equal(confined(make_netlink), EPERM);
	assert_int_equal(confined(make_local), 0);
}

static int trace_parent(const char *store)
{
	(void)store;
	return failed(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int signal_parent(const char *store)
{
	(void)store;
	return failed(kill(getppid(), 0));
}

static int signal_thread_of_parent(const char *store)
{
	(void)store;
	return failed(syscall(SYS_tgkill, getppid(), getppid(), 0));
}

static void calls__no_other_process_is_touched(void **state)
{
	(void)state;
	assert_int_equal(confined(signal_thread_of_parent), EPERM);
	if (SANDBOX_OF_SANITIZER)
		return;
	assert_int_equal(confined(trace_parent), EPERM);
	assert_int_equal(confined(signal_parent), EPERM);
}

static int mount_something(const char *store)
{
	return failed(mount("none", store, "tmpfs", 0, NULL));
}

static int enter_namespace(const char *store)
{
	(void)store;
	return failed(unshare(CLONE_NEWUSER));
}

static int set_limit(const char *store)
{
	struct rlimit limit = { 64, 64 };

	(void)store;
	return failed(setrlimit(RLIMIT_NOFILE, &limit));
}

static int set_time(const char *store)
{
	struct timeval time = { .tv_sec = 0 };

	(void)store;
	return failed(settimeofday(&time, NULL));
}

static void calls__the_machine_is_not_changed(void **state)
{
	(void)state;
	assert_int_equal(confined(mount_something), EPERM);
	assert_int_equal(confined(enter_namespace), EPERM);
	assert_int_equal(confined(set_limit), EPERM);
	assert_int_equal(confined(set_time), EPERM);
}

static int make_unknown_call(const char *store)
{
	(void)store;
	return failed(syscall(NO_CALL));
}

static int make_new_call(const char *store)
{
	(void)store;
	return failed(syscall(SYS_clone3, NULL, 0));
}

static void calls__in_no_list_are_as_on_an_older_kernel(void **state)
{
	(void)state;
	assert_int_equal(confined(make_unknown_call), ENOSYS);
	assert_int_equal(confined(make_new_call), ENOSYS);
}

/* ---- threads ---- */

static void *sleep_for_ever(void *context)
{
	while (context)
		pause();
	return NULL;
}

static int use_threads(const char *store)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, sleep_for_ever, (void *)(uintptr_t)store);

	if (!err)
		err = pthread_cancel(thread);
	return err ? err : pthread_join(thread, NULL);
}

static void threads__are_started_and_cancelled(void **state)
{
	(void)state;
	assert_int_equal(confined(use_threads), 0);
}

struct early {
	pthread_barrier_t confined;
	int code;
};

static void *try_in_early_thread(void *context)
{
	struct early *early = context;

	pthread_barrier_wait(&early->confined);
	early->code = make_inet(NULL);
	return NULL;
}

/* In a process that is not confined yet. */
static int confine_with_thread(const char *store)
{
	struct early early;
	pthread_t thread;

	(void)store;
	pthread_barrier_init(&early.confined, NULL, 2);
	if (pthread_create(&thread, NULL, try_in_early_thread, &early) || sandbox_calls())
		return NOT_CONFINED;
	pthread_barrier_wait(&early.confined);
	pthread_join(thread, NULL);
	return early.code;
}

static void threads__that_were_there_before_make_no_more_calls_than_others(void **state)
{
	int status = status_of("/", confine_with_thread, false);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EPERM);
}

/* ---- what is seen from outside ---- */

static int look_at_status(const char *store)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	int found = 0;

	(void)store;
	while (file && fgets(line, sizeof(line), file))
		found += strcmp(line, "NoNewPrivs:\t1\n") == 0 || strcmp(line, "Seccomp:\t2\n") == 0;
	return found == 2 ? 0 : EINVAL;
}

static void process__shows_that_it_is_confined(void **state)
{
	(void)state;
	assert_int_equal(confined(look_at_status), 0);
}

/* One that is confined is in its store already. */
static int die(const char *store)
{
	if (chdir(store) == 0 || errno == ENOSYS)
		raise(SIGABRT);
	return NOT_CONFINED;
}

/* Where the machine keeps cores of others, it keeps ours. */
static void process__that_dies_leaves_a_core_file_as_any_other(void **state)
{
	struct rlimit limit, before;
	char *store = scratch_new();
	int alone, status;

	(void)state;
	assert_non_null(store);
	assert_int_equal(getrlimit(RLIMIT_CORE, &before), 0);
	limit = before;
	limit.rlim_cur = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_CORE, &limit), 0);
	signal(SIGABRT, SIG_DFL);
	alone = status_of(store, die, false);
	status = status_of(store, die, true);
	setrlimit(RLIMIT_CORE, &before);
	scratch_remove(store);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_int_equal(WCOREDUMP(status), WCOREDUMP(alone));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files__outside_of_the_store_are_not_changed),
		cmocka_unit_test(files__outside_of_the_store_are_not_read),
		cmocka_unit_test(files__below_the_store_are_made_linked_moved_and_removed),
		cmocka_unit_test(files__that_libraries_read_are_read),
		cmocka_unit_test(files__need_a_store_that_is_there),
		cmocka_unit_test(calls__no_program_and_no_process_is_started),
		cmocka_unit_test(calls__only_local_sockets_are_opened),
		cmocka_unit_test(calls__no_other_process_is_touched),
		cmocka_unit_test(calls__the_machine_is_not_changed),
		cmocka_unit_test(calls__in_no_list_are_as_on_an_older_kernel),
		cmocka_unit_test(threads__are_started_and_cancelled),
		cmocka_unit_test(threads__that_were_there_before_make_no_more_calls_than_others),
		cmocka_unit_test(process__shows_that_it_is_confined),
		cmocka_unit_test(process__that_dies_leaves_a_core_file_as_any_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
