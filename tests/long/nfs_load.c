/*
 * An NFS client that knows what every call has to give: `nfs_load WAY URL SEED` mounts by libnfs,
 * works until SIGTERM and ends with 0 and the number of calls on standard output; with 1 and a line
 * at the first call that fails or gives anything else. What lies below the server may die under it.
 *
 * It is what tests/support/probe/outlive.c is for a mount. It caches nothing, so every call is one
 * to the server; and it does not connect again, so that a server that went away is seen as well.
 * One context is used throughout: the handle of the directory mounted was given once, before
 * anything died.
 *
 *   data    writes, reads, cuts, opens and closes files; compares bytes and sizes with a copy in
 *           memory, which is written into the working directory at the end
 *   names   makes, links, renames and removes names: each call succeeds exactly once
 *   levels  makes levels, locks, unlocks and deletes them; the root of the mount is its place
 *   keep    holds files open, one of them without a name; looks at them by these handles
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <nfsc/libnfs.h>

#define FILES	6
#define LONGEST 200000
#define NAMES	24
#define PIECE	2048 /* bytes in a WRITE; libnfs 4.0 has room for 4 KiB with all headers */

static uint64_t random_state;
static unsigned long long calls;
static struct nfs_context *nfs;

static unsigned roll(unsigned sides)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)((random_state >> 33) % sides);
}

/* SIGTERM is looked for between calls: one that comes inside is a failed call to libnfs. */
static bool is_told_to_end(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGTERM);
}

static int must(int result, const char *what, const char *name)
{
	calls++;
	if (result >= 0)
		return result;
	fprintf(stderr, "nfs_load: %s %s: %s (%s)\n", what, name, strerror(-result),
		nfs_get_error(nfs));
	exit(1);
}

static void want(bool is, const char *what, const char *name)
{
	if (is)
		return;
	fprintf(stderr, "nfs_load: %s: %s\n", name, what);
	exit(1);
}

/* ---- data ---- */

struct model {
	char name[32];
	struct nfsfh *file;
	size_t size;
	uint8_t *bytes;
};

static void create(struct model *model, const char *name)
{
	snprintf(model->name, sizeof(model->name), "%s", name);
	model->bytes = calloc(1, LONGEST);
	want(model->bytes, "no memory", name);
	must(nfs_open2(nfs, name, O_CREAT | O_RDWR, 0644, &model->file), "create", name);
}

static void reopen(struct model *model)
{
	must(nfs_close(nfs, model->file), "close", model->name);
	must(nfs_open(nfs, model->name, O_RDWR, &model->file), "open", model->name);
}

static void write_some(struct model *model)
{
	uint8_t bytes[PIECE];
	size_t size = 1 + roll(PIECE), at = roll((unsigned)model->size + 1);

	if (at + size > LONGEST)
		return;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)roll(256);
	want(must(nfs_pwrite(nfs, model->file, at, size, bytes), "write", model->name) == (int)size,
	     "short write", model->name);
	memcpy(model->bytes + at, bytes, size);
	if (at + size > model->size)
		model->size = at + size;
	if (roll(8) == 0)
		must(nfs_fsync(nfs, model->file), "commit", model->name);
}

/*
 * Mostly longer: what is written only grows by pieces. By name libnfs would open and close the
 * file, and that closes it here as well: all its opens are of one owner.
 */
static void cut(struct model *model)
{
	size_t size = roll(LONGEST);

	if (roll(2))
		size = model->size + roll((unsigned)(LONGEST - model->size) / 4 + 1);
	must(nfs_ftruncate(nfs, model->file, size), "truncate", model->name);
	if (size > model->size)
		memset(model->bytes + model->size, 0, size - model->size);
	else
		memset(model->bytes + size, 0, model->size - size);
	model->size = size;
}

static void compare(struct model *model)
{
	static uint8_t bytes[LONGEST + 1];
	struct nfs_stat_64 stat;
	size_t got = 0;
	int more;

	must(roll(2) ? nfs_lstat64(nfs, model->name, &stat) : nfs_fstat64(nfs, model->file, &stat),
	     "stat", model->name);
	want(stat.nfs_size == model->size, "another size", model->name);
	while ((more = must(nfs_pread(nfs, model->file, got, sizeof(bytes) - got, bytes + got),
			    "read", model->name)) > 0)
		got += (size_t)more;
	want(got == model->size, "another number of bytes was read", model->name);
	for (size_t i = 0; i < got; i++)
		if (bytes[i] != model->bytes[i]) {
			fprintf(stderr, "nfs_load: %s: byte %zu of %zu is %d, not %d\n",
				model->name, i, got, bytes[i], model->bytes[i]);
			exit(1);
		}
}

static void write_copy(const struct model *model)
{
	FILE *file = fopen(model->name, "w");

	want(file && fwrite(model->bytes, 1, model->size, file) == model->size && fclose(file) == 0,
	     "its copy is not written", model->name);
}

static void data(void)
{
	static struct model models[FILES];

	for (int i = 0; i < FILES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "/f%d", i);
		create(&models[i], name);
	}
	while (!is_told_to_end()) {
		struct model *model = &models[roll(FILES)];

		switch (roll(10)) {
		case 0:
			reopen(model);
			break;
		case 1:
			cut(model);
			break;
		case 2:
			compare(model);
			break;
		default:
			write_some(model);
		}
	}
	for (int i = 0; i < FILES; i++) {
		compare(&models[i]);
		must(nfs_close(nfs, models[i].file), "close", models[i].name);
		memmove(models[i].name, models[i].name + 1, strlen(models[i].name));
		write_copy(&models[i]);
	}
}

/* ---- names ---- */

enum kind { NONE, PLAIN, DIRECTORY, LINK };

static enum kind kinds[NAMES];

static void make(int i, const char *name, int other)
{
	char other_name[16];
	struct nfsfh *file;

	snprintf(other_name, sizeof(other_name), "/n%d", other);
	switch (roll(4)) {
	case 0:
		must(nfs_open2(nfs, name, O_CREAT | O_EXCL | O_WRONLY, 0644, &file), "create",
		     name);
		must(nfs_close(nfs, file), "close", name);
		kinds[i] = PLAIN;
		break;
	case 1:
		must(nfs_mkdir(nfs, name), "mkdir", name);
		kinds[i] = DIRECTORY;
		break;
	case 2:
		must(nfs_symlink(nfs, "nowhere", name), "symlink", name);
		kinds[i] = LINK;
		break;
	default:
		if (kinds[other] != PLAIN)
			return;
		must(nfs_link(nfs, other_name, name), "link", name);
		kinds[i] = PLAIN;
	}
}

static void unmake(int i, const char *name, int other)
{
	char other_name[16];

	snprintf(other_name, sizeof(other_name), "/n%d", other);
	if (kinds[other] == NONE && roll(2)) {
		must(nfs_rename(nfs, name, other_name), "rename", name);
		kinds[other] = kinds[i];
	} else if (kinds[i] == DIRECTORY) {
		must(nfs_rmdir(nfs, name), "rmdir", name);
	} else {
		must(nfs_unlink(nfs, name), "unlink", name);
	}
	kinds[i] = NONE;
}

static void look(int i, const char *name)
{
	static const mode_t formats[] = {
		[PLAIN] = S_IFREG, [DIRECTORY] = S_IFDIR, [LINK] = S_IFLNK
	};
	struct nfs_stat_64 stat;
	int err = nfs_lstat64(nfs, name, &stat);

	if (err != -ENOENT)
		must(err, "stat", name);
	want(!err == (kinds[i] != NONE), err ? "is gone" : "is still there", name);
	want(err || (stat.nfs_mode & S_IFMT) == formats[kinds[i]], "is of another kind", name);
}

static void list(void)
{
	struct nfsdirent *entry;
	struct nfsdir *dir;
	int seen = 0, known = 0;

	must(nfs_opendir(nfs, "/", &dir), "opendir", "/");
	while ((entry = nfs_readdir(nfs, dir)))
		seen += entry->name[0] == 'n';
	nfs_closedir(nfs, dir);
	for (int i = 0; i < NAMES; i++)
		known += kinds[i] != NONE;
	want(seen == known, "another number of names", "/");
}

static void names(void)
{
	while (!is_told_to_end()) {
		int i = (int)roll(NAMES);
		char name[16];

		snprintf(name, sizeof(name), "/n%d", i);
		look(i, name);
		if (kinds[i] == NONE)
			make(i, name, (int)roll(NAMES));
		else
			unmake(i, name, (int)roll(NAMES));
		look(i, name);
		if (roll(8) == 0)
			list();
	}
}

/* ---- levels ---- */

static void set(const char *name, const char *value)
{
	struct nfsfh *file;

	must(nfs_open(nfs, name, O_TRUNC | O_WRONLY, &file), "open", name);
	want(must(nfs_write(nfs, file, strlen(value), value), "write", name) == (int)strlen(value),
	     "short write", name);
	must(nfs_close(nfs, file), "close", name);
}

static void want_value(const char *name, const char *value)
{
	char text[64] = "";
	struct nfsfh *file;

	must(nfs_open(nfs, name, O_RDONLY, &file), "open", name);
	must(nfs_read(nfs, file, sizeof(text) - 1, text), "read", name);
	must(nfs_close(nfs, file), "close", name);
	want(strcmp(text, value) == 0, "another value", name);
}

static void levels(void)
{
	while (!is_told_to_end()) {
		char level[32], lock[64], made[64];

		snprintf(level, sizeof(level), "/LEVEL%u", roll(1000));
		snprintf(lock, sizeof(lock), "%s/.csmfs/lock", level);
		snprintf(made, sizeof(made), "%s/BUILD/CP/made", level);
		must(nfs_mkdir(nfs, level), "mkdir", level);
		want_value(lock, "off\n");
		must(nfs_mkdir(nfs, made), "mkdir", made);
		set(lock, "on\n");
		want_value(lock, "on\n");
		want(nfs_rmdir(nfs, made) == -EROFS, "is removed from a locked level", made);
		set(lock, "off\n");
		must(nfs_rmdir(nfs, made), "rmdir", made);
		must(nfs_rmdir(nfs, level), "rmdir", level);
	}
}

/* ---- what is kept ---- */

static void keep(void)
{
	static struct model kept, unnamed;
	struct nfs_stat_64 before, after;

	create(&kept, "/kept");
	create(&unnamed, "/unnamed");
	for (int i = 0; i < 20; i++) {
		write_some(&kept);
		write_some(&unnamed);
	}
	must(nfs_unlink(nfs, "/unnamed"), "unlink", "/unnamed");
	must(nfs_fstat64(nfs, kept.file, &before), "stat", kept.name);
	while (!is_told_to_end()) {
		static uint8_t bytes[LONGEST];
		size_t size;

		compare(&kept);
		must(nfs_lstat64(nfs, kept.name, &after), "stat", kept.name);
		want(before.nfs_dev == after.nfs_dev && before.nfs_ino == after.nfs_ino,
		     "another file", kept.name);
		size = (size_t)must(nfs_pread(nfs, unnamed.file, 0, unnamed.size, bytes), "read",
				    unnamed.name);
		want(size == unnamed.size && memcmp(bytes, unnamed.bytes, size) == 0, "other bytes",
		     unnamed.name);
		want(nfs_lstat64(nfs, unnamed.name, &after) == -ENOENT, "has a name again",
		     unnamed.name);
		if (roll(4) == 0)
			write_some(&unnamed);
		must(nfs_lstat64(nfs, "/", &after), "stat", "/");
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = { { "data", data }, { "names", names }, { "levels", levels }, { "keep", keep } };

static void mount_url(const char *text)
{
	struct nfs_url *url;

	nfs = nfs_init_context();
	want(nfs, "no memory", text);
	url = nfs_parse_url_dir(nfs, text);
	want(url, "is no URL of libnfs", text);
	nfs_set_autoreconnect(nfs, 0);
	nfs_umask(nfs, 0);
	must(nfs_mount(nfs, url->server, url->path), "mount", text);
	nfs_destroy_url(url);
}

int main(int argc, char **argv)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	if (argc != 4)
		return 2;
	random_state = strtoull(argv[3], NULL, 10);
	mount_url(argv[2]);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, argv[1]) == 0)
			ways[i].run();
	nfs_destroy_context(nfs);
	printf("%llu\n", calls);
	return calls > 1 ? 0 : 2;
}
