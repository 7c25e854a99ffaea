/*
 * Damage: one bit is flipped somewhere in the files of a store on disk. Whoever opens it then is
 * refused with a message that names the store and more, or reads what was written, or gets a
 * failure; never other bytes, and never does the program die. What reads with a failure is
 * found by the check as well.
 *
 * Two stores are damaged: one that was closed, whose content is in tables and blob files, and one
 * whose daemon died, whose last changes are in the write-ahead log. Each look is a process of
 * its own, so that a death is seen.
 *
 * And power cuts: of the log, what was never synced may be cut off, zeros or other bytes, from any
 * place on; what was synced is there and the check is silent.
 *
 * CSMFS_SOAK=SEED flips thousands of bits at random, from that seed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/base/cleanup.h"
#include "tests/support/damaged_store.h"
#include "tests/support/scratch.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FLIPS = 1, PLACES = 2 };
#else
enum { FLIPS = 4, PLACES = 8 };
#endif
enum { FLIPS_SOAK = 150, PLACES_SOAK = 256, FILES_MAX = 64, ENDS_BYTES = 4096 };

/* ---- the test's own side ---- */

static int run_again(const char *what, const char *path, const char *more, const char *said)
{
	char *const arguments[] = { (char *)"test_damage", (char *)what, (char *)path, (char *)more,
				    NULL };
	posix_spawn_file_actions_t files;
	pid_t child;
	int status;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, said, O_WRONLY | O_CREAT | O_TRUNC,
					 0600);
	posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	assert_int_equal(posix_spawn(&child, "/proc/self/exe", &files, NULL, arguments, environ),
			 0);
	posix_spawn_file_actions_destroy(&files);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

struct damage {
	char *scratch;
	char whole[512], copy[512], wanted[512], said[512];
	char *file[FILES_MAX]; /* below whole */
	int files;
	uint64_t random;
	unsigned flips, refused, failed, found, harmless;
};

static struct damage *collecting; /* nftw() has no context */

static int collect_file(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)place;
	if (kind == FTW_F && st->st_size > 0 && collecting->files < FILES_MAX)
		collecting->file[collecting->files++] =
			strdup(path + strlen(collecting->whole) + 1);
	return 0;
}

static void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	uint8_t piece[65536];
	ssize_t got;

	assert_true(in >= 0);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(out >= 0);
	while ((got = read(in, piece, sizeof(piece))) > 0)
		assert_int_equal(write(out, piece, (size_t)got), got);
	close(in);
	close(out);
}

static void empty_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

static void copy_store(struct damage *damage)
{
	char db[600];

	snprintf(db, sizeof(db), "%s/db", damage->copy);
	empty_directory(db);
	empty_directory(damage->copy);
	assert_true(mkdir(damage->copy, 0700) == 0 || errno == EEXIST);
	assert_true(mkdir(db, 0700) == 0 || errno == EEXIST);
	for (int i = 0; i < damage->files; i++) {
		char from[1200], to[1200];

		snprintf(from, sizeof(from), "%s/%s", damage->whole, damage->file[i]);
		snprintf(to, sizeof(to), "%s/%s", damage->copy, damage->file[i]);
		copy_file(from, to);
	}
}

static uint64_t roll(struct damage *damage, uint64_t sides)
{
	damage->random = damage->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (damage->random >> 33) % sides;
}

static uint64_t size_of(const struct damage *damage, const char *name)
{
	char path[1200];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", damage->whole, name);
	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

/* Flips one bit of a file of the copy. */
static void flip(struct damage *damage, const char *name, uint64_t at, uint64_t bit)
{
	char path[1200];
	uint8_t byte;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", damage->copy, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= (uint8_t)(1u << bit);
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

static void print_said(const struct damage *damage, const char *where, int result)
{
	_cleanup_free_ char *said = damaged_store_text(damage->said);

	print_message("%s: result %d\n%s\n", where, result, said);
}

static void flip_and_look(struct damage *damage, const char *name, uint64_t at, uint64_t bit)
{
	char where[1300];
	int result;

	copy_store(damage);
	flip(damage, name, at, bit);
	snprintf(where, sizeof(where), "%s: bit %d of byte %llu", name, (int)bit,
		 (unsigned long long)at);
	result = run_again("look", damage->copy, damage->wanted, damage->said);
	damage->flips++;
	damage->refused += result == LOOK_REFUSED;
	damage->failed += (result & LOOK_FAILED) != 0;
	damage->found += (result & LOOK_FOUND) != 0;
	damage->harmless += result == LOOK_WHOLE;
	if (result >= LOOK_MUTE || result & LOOK_WRONG ||
	    (result & LOOK_FAILED && !(result & LOOK_FOUND))) {
		print_said(damage, where, result);
		fail_msg("damage was not told");
	}
}

/* Heads and ends of files have what all else hangs on. */
static void flip_once(struct damage *damage, const char *name)
{
	uint64_t size = size_of(damage, name), bit = roll(damage, 8);
	uint64_t at = roll(damage, 4) ? roll(damage, size)
				      : size - 1 - roll(damage, size < 64 ? size : 64);

	flip_and_look(damage, name, at, bit);
}

static void print_sum(const struct damage *damage)
{
	print_message("%u flips in %d files: %u refused, %u with failures, %u found by the check, "
		      "%u of no effect\n",
		      damage->flips, damage->files, damage->refused, damage->failed, damage->found,
		      damage->harmless);
}

static void flip_everywhere(struct damage *damage)
{
	const char *soak = getenv("CSMFS_SOAK");

	damage->random = soak ? strtoull(soak, NULL, 10) : 1;
	for (int i = 0; i < damage->files; i++)
		for (int flips = 0; flips < (soak ? FLIPS_SOAK : FLIPS); flips++)
			flip_once(damage, damage->file[i]);
	print_sum(damage);
}

/* RocksDB's own log is for people: nobody reads it again. */
static bool is_read(const char *name)
{
	return strncmp(name, "db/LOG", 6) != 0;
}

/*
 * At places all over the end of each file, in order: a table has its filters, its index, its
 * properties and its footer there, and small files are nothing but end.
 */
static void flip_ends(struct damage *damage)
{
	uint64_t places = getenv("CSMFS_SOAK") ? PLACES_SOAK : PLACES;

	for (int i = 0; i < damage->files; i++) {
		uint64_t size = size_of(damage, damage->file[i]);
		uint64_t part = size < ENDS_BYTES ? size : ENDS_BYTES;

		for (uint64_t place = 0; is_read(damage->file[i]) && place < places; place++)
			flip_and_look(damage, damage->file[i],
				      size - part + (2 * place + 1) * part / (2 * places),
				      place % 8);
	}
	print_sum(damage);
}

static int set_up(void **state)
{
	struct damage *damage = calloc(1, sizeof(*damage));

	assert_non_null(damage);
	damage->scratch = scratch_new();
	assert_non_null(damage->scratch);
	snprintf(damage->whole, sizeof(damage->whole), "%s/whole", damage->scratch);
	snprintf(damage->copy, sizeof(damage->copy), "%s/copy", damage->scratch);
	snprintf(damage->wanted, sizeof(damage->wanted), "%s/wanted", damage->scratch);
	snprintf(damage->said, sizeof(damage->said), "%s/said", damage->scratch);
	assert_int_equal(run_again("make", damage->whole, NULL, damage->said), 0);
	*state = damage;
	return 0;
}

static int tear_down(void **state)
{
	struct damage *damage = *state;

	for (int i = 0; i < damage->files; i++)
		free(damage->file[i]);
	scratch_remove(damage->scratch);
	free(damage);
	return 0;
}

static void list_files(struct damage *damage)
{
	collecting = damage;
	nftw(damage->whole, collect_file, 8, FTW_PHYS);
}

/* The list of files, and what the store says whole, from a copy: looking changes it. */
static void learn(struct damage *damage)
{
	list_files(damage);
	copy_store(damage);
	assert_int_equal(run_again("describe", damage->copy, damage->wanted, damage->said), 0);
	copy_store(damage);
	assert_int_equal(run_again("look", damage->copy, damage->wanted, damage->said), LOOK_WHOLE);
}

static void a_flipped_bit__of_a_closed_store_is_told(void **state)
{
	learn(*state);
	flip_everywhere(*state);
}

static void a_flipped_bit__of_a_store_whose_daemon_died_is_told(void **state)
{
	struct damage *damage = *state;

	assert_int_equal(run_again("die", damage->whole, NULL, damage->said), 0);
	learn(damage);
	flip_everywhere(damage);
}

static void a_flipped_bit__in_any_part_of_the_end_of_a_file_is_told(void **state)
{
	struct damage *damage = *state;

	assert_int_equal(run_again("die", damage->whole, NULL, damage->said), 0);
	learn(damage);
	flip_ends(damage);
}

enum tail { TAIL_CUT, TAIL_ZEROS, TAIL_OTHER_BYTES, TAILS };

/* What the disk may have of the log behind a place after a power cut. */
static void spoil_tail(struct damage *damage, const char *name, off_t from, enum tail tail)
{
	char path[1200];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", damage->copy, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	if (tail == TAIL_CUT)
		assert_int_equal(ftruncate(fd, from), 0);
	for (off_t at = from; tail != TAIL_CUT && at < st.st_size; at++) {
		uint8_t byte = tail == TAIL_ZEROS ? 0 : (uint8_t)roll(damage, 256);

		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
}

/* Changes of which the last are not synced; gives the log, and where in it the synced ones end. */
static off_t go_on(struct damage *damage, char *ret_name, size_t size)
{
	_cleanup_free_ char *said = NULL;
	off_t synced;

	assert_int_equal(run_again("go on", damage->whole, NULL, damage->said), 0);
	said = damaged_store_text(damage->said);
	synced = strtoll(said, NULL, 10);
	damaged_store_log(damage->whole, ret_name, size);
	assert_true(synced > 100);
	list_files(damage);
	return synced;
}

static void a_power_cut__keeps_what_was_synced_whatever_became_of_the_rest(void **state)
{
	const char *soak = getenv("CSMFS_SOAK");
	struct damage *damage = *state;
	char name[300], path[1200];
	struct stat st;
	off_t synced;

	synced = go_on(damage, name, sizeof(name));
	snprintf(path, sizeof(path), "%s/%s", damage->whole, name);
	assert_int_equal(stat(path, &st), 0);
	assert_true(synced < st.st_size);
	damage->random = soak ? strtoull(soak, NULL, 10) : 1;
	copy_store(damage);
	spoil_tail(damage, name, synced, TAIL_CUT);
	assert_int_equal(run_again("describe", damage->copy, damage->wanted, damage->said), 0);
	for (int cut = 0; cut < (soak ? FLIPS_SOAK : 2 * FLIPS); cut++)
		for (int tail = TAIL_CUT; tail < TAILS; tail++) {
			off_t from = synced + (off_t)roll(damage, (uint64_t)(st.st_size - synced));
			int result;

			copy_store(damage);
			spoil_tail(damage, name, from, (enum tail)tail);
			result = run_again("more", damage->copy, damage->wanted, damage->said);
			if (result != LOOK_WHOLE)
				print_said(damage, name, result);
			assert_int_equal(result, LOOK_WHOLE);
		}
}

static void a_log__that_lost_synced_changes_is_refused(void **state)
{
	struct damage *damage = *state;
	char name[300];
	off_t synced = go_on(damage, name, sizeof(name));

	for (int tail = TAIL_CUT; tail < TAILS; tail++) {
		copy_store(damage);
		spoil_tail(damage, name, synced - 1 - (off_t)roll(damage, 100), (enum tail)tail);
		assert_int_equal(run_again("more", damage->copy, damage->wanted, damage->said),
				 LOOK_REFUSED);
	}
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(a_flipped_bit__of_a_closed_store_is_told),
		BEHAVIOUR(a_flipped_bit__of_a_store_whose_daemon_died_is_told),
		BEHAVIOUR(a_flipped_bit__in_any_part_of_the_end_of_a_file_is_told),
		BEHAVIOUR(a_power_cut__keeps_what_was_synced_whatever_became_of_the_rest),
		BEHAVIOUR(a_log__that_lost_synced_changes_is_refused),
	};

	if (argc > 2)
		return damaged_store_do(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
