/*
 * The description of a store is text, a line for each file and each line of the two tables, so
 * that what a damaged store still shows can be looked for in what it showed when it was whole.
 */
#include "tests/support/damaged_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/upkeep/scrub.h"
#include "store/upkeep/verify.h"

enum { FILES_IN_LEVEL = 40, LARGE = 300000 };

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
		char name[32];

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

void damaged_store_log(const char *path, char *ret_name, size_t size)
{
	char db[600];
	struct dirent *entry;
	DIR *dir;

	snprintf(db, sizeof(db), "%s/db", path);
	dir = opendir(db);
	snprintf(ret_name, size, "db/");
	while (dir && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (dot && strcmp(dot, ".log") == 0 && strcmp(entry->d_name, ret_name + 3) > 0)
			snprintf(ret_name, size, "db/%s", entry->d_name);
	}
	closedir(dir);
}

static void print_log_size(const char *path)
{
	char name[300], whole[1000];
	struct stat st;

	damaged_store_log(path, name, sizeof(name));
	snprintf(whole, sizeof(whole), "%s/%s", path, name);
	must(stat(whole, &st) ? -errno : 0);
	printf("%lld\n", (long long)st.st_size);
	fflush(stdout);
}

/* Prints where the log ends that was synced, goes on without a sync, and dies. */
static void go_on_and_die(const char *path)
{
	struct filespace *filespace;
	struct level *level;
	struct space *space;
	struct inode dir;
	struct store *store = opened(path);

	must(filespace_open(store->trees, "720", &filespace));
	must(filespace_level(filespace, "L1", &level));
	must(level_space(level, &space));
	must(space_lookup(space, INODE_BUILD, "TCPIP", &dir));
	write_file(level, dir.number, "synced", LARGE);
	must(space_sync(space));
	print_log_size(path);
	for (int i = 0; i < FILES_IN_LEVEL; i++) {
		char name[32];

		snprintf(name, sizeof(name), "unsynced-%d", i);
		write_file(level, dir.number, name, 1 + (size_t)i * 1000);
	}
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

char *damaged_store_text(const char *path)
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

/* What a daemon that has the store mounted is told by its scrub. */
static bool scrub_finds(struct filespace *filespace, struct store *store)
{
	struct scrub_stats stats;
	struct scrub *scrub;
	struct buffer text = BUFFER_INIT;
	char *state;
	bool finished;

	must(scrub_open(store, filespace_oplog(filespace), &scrub));
	must(scrub_command(scrub, "start rate=0", 0));
	do {
		usleep(1000);
		scrub_stats(scrub, &stats);
	} while (stats.running);
	must(scrub_text(scrub, &text));
	state = buffer_detach_text(&text);
	finished = state && strstr(state, ":SCRUB.FINISHED\n");
	free(state);
	scrub_close(scrub);
	return stats.findings > 0 || !finished;
}

/* Where the release does not open nothing is mounted, and nothing can be missed. */
static bool is_missed(struct store *store)
{
	struct filespace *filespace;
	bool found;

	if (filespace_open(store->trees, "720", &filespace))
		return false;
	found = scrub_finds(filespace, store);
	filespace_close(filespace);
	return !found;
}

static int look(const char *path, const char *wanted_path)
{
	_cleanup_free_ char *message = NULL, *wanted = damaged_store_text(wanted_path),
			    *found = NULL;
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
	if ((result & LOOK_FOUND) && is_missed(store))
		result |= LOOK_MISSED;
	store_close(store);
	return result;
}

/* After a power cut: opens, has all that is wanted and perhaps more, and is clean. */
static int look_for_more(const char *path, const char *wanted_path)
{
	_cleanup_free_ char *message = NULL, *wanted = damaged_store_text(wanted_path),
			    *found = NULL;
	const struct verify_options options = { .read_chunks = true };
	bool failed = false, is_found = false;
	const struct verify_report report = { NULL, count_problem, &is_found };
	struct buffer text = BUFFER_INIT;
	struct verify_counts counts;
	struct store *store;
	int result = LOOK_WHOLE;

	if (store_open(path, 1 << 20, &store, &message)) {
		printf("refused: %s\n", message ? message : "without a word");
		return LOOK_REFUSED;
	}
	describe(store, &text, &failed);
	found = buffer_detach_text(&text);
	if (failed || !found || !agrees(wanted, found, false))
		result |= LOOK_WRONG;
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

int damaged_store_do(int argc, char **argv)
{
	const char *what = argv[1], *path = argv[2];

	if (argc == 3 && strcmp(what, "make") == 0)
		make_store(path);
	else if (argc == 3 && strcmp(what, "die") == 0)
		make_more_and_die(path);
	else if (argc == 3 && strcmp(what, "go on") == 0)
		go_on_and_die(path);
	else if (argc == 4 && strcmp(what, "describe") == 0)
		return write_description(path, argv[3]);
	else if (argc == 4 && strcmp(what, "look") == 0)
		return look(path, argv[3]);
	else if (argc == 4 && strcmp(what, "more") == 0)
		return look_for_more(path, argv[3]);
	else
		return 99;
	return 0;
}
