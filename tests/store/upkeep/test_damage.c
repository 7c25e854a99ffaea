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
 * CSMFS_SOAK=SEED flips thousands of bits at random, from that seed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/base/cleanup.h"
#include "store/base/log.h"
#include "store/upkeep/verify.h"
#include "tests/support/scratch.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FLIPS = 1 };
#else
enum { FLIPS = 4 };
#endif
enum { FLIPS_SOAK = 150, FILES_MAX = 64, FILES_IN_LEVEL = 40, LARGE = 300000 };

/* What a look came to; bits of an exit code. */
enum look {
	LOOK_WHOLE = 0,
	LOOK_REFUSED = 1, /* with a message */
	LOOK_FAILED = 2,  /* some reads gave a failure */
	LOOK_WRONG = 4,	  /* something is not what was written, and no failure told it */
	LOOK_FOUND = 8,	  /* the check found something */
	LOOK_MUTE = 16,	  /* refused without naming anything */
};

/* ---- a store with something in it; done in processes of their own ---- */

static void must(int code)
{
	if (code) {
		fprintf(stderr, "the store could not be made: %s\n", error_text(code));
		_exit(99);
	}
}

static void write_file(struct level *level, uint64_t dir, const char *name, size_t size)
{
	const struct new_inode made = { .mode = S_IFREG | 0644 };
	const struct slice value = { name, strlen(name) };
	_cleanup_free_ uint8_t *bytes = malloc(size);
	uint64_t random = size;
	struct inode inode;
	struct space *space;
	struct file *file;

	must(bytes ? level_space(level, &space) : -ENOMEM);
	for (size_t i = 0; i < size; i++) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		bytes[i] = (uint8_t)(random >> 56);
	}
	must(space_create(space, dir, name, &made, 0, &inode));
	must(file_open(space, inode.number, &file));
	must(file_write(file, 0, bytes, size, false));
	must(file_flush(file));
	file_close(file);
	must(space_setxattr(space, inode.number, "user.note", &value, 0, 0));
}

static void fill(struct level *level, const char *component, size_t unit)
{
	const struct new_inode made = { .mode = S_IFDIR | 0755 };
	struct inode dir;
	struct space *space;

	must(level_space(level, &space));
	must(space_create(space, INODE_BUILD, component, &made, 0, &dir));
	for (int i = 0; i < FILES_IN_LEVEL; i++) {
		char name[16];

		snprintf(name, sizeof(name), "file-%d", i);
		write_file(level, dir.number, name, 1 + (size_t)i * unit);
	}
	write_file(level, dir.number, "large", LARGE + unit);
	must(space_sync(space));
}

static struct store *opened(const char *path)
{
	struct store *store;

	must(store_open(path, 1 << 20, &store, NULL));
	return store;
}

/* A release with BASE, a level with its package, and a system. */
static void make_store(const char *path)
{
	struct filespace *filespace;
	struct systems *systems;
	struct system_info system;
	struct level *base, *level;
	struct store *store;

	must(store_create(path, "720"));
	store = opened(path);
	must(filespace_open(store->trees, "720", &filespace));
	must(systems_open(filespace, &systems));
	must(filespace_level(filespace, "BASE", &base));
	fill(base, "CP", 10);
	must(level_set_lock(base, true, 0));
	must(level_add(filespace, "L1", 0, &level));
	fill(level, "TCPIP", 300);
	must(package_build(level, 0, store->key, 0, NULL));
	must(system_add(systems, "vm01", 0, &system));
	must(system_set_link(systems, system.id, LINK_TEST, level_id(level), 0));
	level_put(level);
	level_put(base);
	systems_close(systems);
	filespace_close(filespace);
	store_close(store);
}

/* Another level, synced, and then the daemon dies. */
static void make_more_and_die(const char *path)
{
	struct filespace *filespace;
	struct level *level;
	struct store *store = opened(path);

	must(filespace_open(store->trees, "720", &filespace));
	must(level_add(filespace, "L2", 0, &level));
	fill(level, "DEBIAN", 200);
	must(level_set_description(level, "synced", 0));
	_exit(0);
}

/* ---- looking at it ---- */

struct tour {
	struct view *view;
	struct buffer *text;
	const char *above;
	bool *failed;
};

static void tour_content(struct tour *tour, const struct inode *inode)
{
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	_cleanup_free_ uint8_t *bytes = malloc(inode->size + 1);
	char digest[DIGEST_TEXT_SIZE] = "";
	size_t got = 0;
	int code = bytes ? view_xattrs(tour->view, inode, &xattrs) : -ENOMEM;

	if (!code && S_ISREG(inode->mode))
		code = view_read(tour->view, inode, 0, bytes, inode->size, &got);
	if (code) {
		*tour->failed = true;
		buffer_text(tour->text, " failed\n");
		return;
	}
	if (S_ISREG(inode->mode)) {
		struct digest is = digest_of(slice_of(bytes, got));

		digest_text(&is, digest);
	}
	buffer_printf(tour->text, " %o %llu %s", inode->mode, (unsigned long long)inode->size,
		      digest);
	for (size_t i = 0; i < xattrs.count; i++)
		buffer_printf(tour->text, " %s=%.*s", xattrs.list[i].name,
			      (int)xattrs.list[i].value.size,
			      (const char *)xattrs.list[i].value.data);
	buffer_text(tour->text, "\n");
}

static int tour_entry(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct tour *tour = context;
	char path[1024];
	struct tour below = { tour->view, tour->text, path, tour->failed };
	struct inode inode;

	snprintf(path, sizeof(path), "%s/%s", tour->above, name);
	if (view_inode(tour->view, number, &inode)) {
		*tour->failed = true;
		return 0;
	}
	buffer_text(tour->text, path);
	tour_content(tour, &inode);
	if (S_ISDIR(type) && view_list(tour->view, number, tour_entry, &below))
		*tour->failed = true;
	return 0;
}

static void tour_space(struct space *space, const char *name, struct buffer *text, bool *failed)
{
	_cleanup_(cleanup_view) struct view *view = space_view(space);
	struct tour tour = { view, text, name, failed };

	if (view_list(view, INODE_BUILD, tour_entry, &tour))
		*failed = true;
}

struct levels_tour {
	struct buffer *text;
	bool *failed;
};

static int tour_level(void *context, struct level *level)
{
	struct levels_tour *tour = context;
	struct space *space;

	if (level_space(level, &space))
		*tour->failed = true;
	else
		tour_space(space, level_name(level), tour->text, tour->failed);
	return 0;
}

/* Everything that users see of the store, as lines; failed says that some are missing. */
static void describe(struct store *store, struct buffer *text, bool *failed)
{
	_cleanup_(cleanup_buffer) struct buffer table = BUFFER_INIT;
	struct levels_tour tour = { text, failed };
	struct filespace *filespace;
	struct systems *systems;

	if (filespace_open(store->trees, "720", &filespace)) {
		*failed = true;
		return;
	}
	filespace_each_level(filespace, tour_level, &tour);
	tour_space(filespace_files(filespace), "files", text, failed);
	if (filespace_svcstat(filespace, &table))
		*failed = true;
	else
		buffer_add(text, table.data, table.size);
	if (systems_open(filespace, &systems)) {
		*failed = true;
	} else {
		buffer_clear(&table);
		if (systems_sysstat(systems, &table))
			*failed = true;
		else
			buffer_add(text, table.data, table.size);
		systems_close(systems);
	}
	filespace_close(filespace);
}

/* Is each line of found among those of wanted, in that order? With all: and the other way round. */
static bool agrees(const char *found, const char *wanted, bool all)
{
	if (all && strcmp(found, wanted) != 0)
		printf("wanted:\n%sfound:\n%s", wanted, found);
	if (all)
		return strcmp(found, wanted) == 0;
	while (found[0]) {
		size_t size = strcspn(found, "\n") + 1;

		/* a line that says failed is about a file that is there */
		if (size < 8 || memcmp(found + size - 8, " failed\n", 8) != 0) {
			while (wanted[0] && strncmp(wanted, found, size) != 0)
				wanted += strcspn(wanted, "\n") + 1;
			if (!wanted[0]) {
				printf("never written: %.*s", (int)size, found);
				return false;
			}
		}
		found += size;
	}
	return true;
}

static char *read_text(const char *path)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t bytes[4096];
	ssize_t got;

	while (fd >= 0 && (got = read(fd, bytes, sizeof(bytes))) > 0)
		buffer_add(&text, bytes, (size_t)got);
	if (fd >= 0)
		close(fd);
	return buffer_detach_text(&text);
}

static void count_problem(void *context, const char *object, const char *what, int code)
{
	(void)code;
	*(bool *)context = true;
	printf("found: %s: %s\n", object, what);
}

static int look(const char *path, const char *wanted_path)
{
	_cleanup_free_ char *message = NULL, *wanted = read_text(wanted_path), *found = NULL;
	const struct verify_options options = { .read_chunks = true };
	bool failed = false, is_found = false;
	const struct verify_report report = { NULL, count_problem, &is_found };
	struct buffer text = BUFFER_INIT;
	struct verify_counts counts;
	struct store *store;
	int result = LOOK_WHOLE;

	if (store_open(path, 1 << 20, &store, &message)) {
		printf("refused: %s\n", message ? message : "without a word");
		return LOOK_REFUSED | (message && strstr(message, path) ? 0 : LOOK_MUTE);
	}
	describe(store, &text, &failed);
	found = buffer_detach_text(&text);
	if (!found || !agrees(found, wanted, !failed))
		result |= LOOK_WRONG;
	if (failed)
		result |= LOOK_FAILED;
	if (store_verify(store, &options, &report, &counts) || is_found)
		result |= LOOK_FOUND;
	store_close(store);
	return result;
}

static int write_description(const char *path, const char *to)
{
	struct store *store = opened(path);
	struct buffer text = BUFFER_INIT;
	bool failed = false;
	int fd;

	describe(store, &text, &failed);
	store_close(store);
	fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (failed || fd < 0 || write(fd, text.data, text.size) != (ssize_t)text.size)
		return 99;
	buffer_release(&text);
	return close(fd);
}

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

/* Flips one bit of a file of the copy, and tells where. */
static void flip(struct damage *damage, const char *name, char *ret_where, size_t size)
{
	char path[1200];
	struct stat st;
	uint64_t at, bit = roll(damage, 8);
	uint8_t byte;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", damage->copy, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	/* heads and ends of files have what all else hangs on */
	at = roll(damage, 4) ? roll(damage, (uint64_t)st.st_size)
			     : (uint64_t)st.st_size - 1 -
				       roll(damage, st.st_size < 64 ? (uint64_t)st.st_size : 64);
	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= (uint8_t)(1u << bit);
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
	snprintf(ret_where, size, "%s: bit %d of byte %llu of %llu", name, (int)bit,
		 (unsigned long long)at, (unsigned long long)st.st_size);
}

static void print_said(const struct damage *damage, const char *where, int result)
{
	_cleanup_free_ char *said = read_text(damage->said);

	print_message("%s: result %d\n%s\n", where, result, said);
}

static void flip_once(struct damage *damage, const char *name)
{
	char where[1300];
	int result;

	copy_store(damage);
	flip(damage, name, where, sizeof(where));
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

static void flip_everywhere(struct damage *damage)
{
	const char *soak = getenv("CSMFS_SOAK");

	damage->random = soak ? strtoull(soak, NULL, 10) : 1;
	for (int i = 0; i < damage->files; i++)
		for (int flips = 0; flips < (soak ? FLIPS_SOAK : FLIPS); flips++)
			flip_once(damage, damage->file[i]);
	print_message("%u flips in %d files: %u refused, %u with failures, %u found by the check, "
		      "%u of no effect\n",
		      damage->flips, damage->files, damage->refused, damage->failed, damage->found,
		      damage->harmless);
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

/* The list of files, and what the store says whole, from a copy: looking changes it. */
static void learn(struct damage *damage)
{
	collecting = damage;
	nftw(damage->whole, collect_file, 8, FTW_PHYS);
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

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(a_flipped_bit__of_a_closed_store_is_told),
		BEHAVIOUR(a_flipped_bit__of_a_store_whose_daemon_died_is_told),
	};

	if (argc < 3)
		return cmocka_run_group_tests(tests, NULL, NULL);
	if (strcmp(argv[1], "make") == 0)
		make_store(argv[2]);
	else if (strcmp(argv[1], "die") == 0)
		make_more_and_die(argv[2]);
	else if (strcmp(argv[1], "describe") == 0)
		return write_description(argv[2], argv[3]);
	else
		return look(argv[2], argv[3]);
	return 0;
}
