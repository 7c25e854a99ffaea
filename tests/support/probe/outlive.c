/*
 * A load that no death of a worker may disturb. Each way of it knows what every call has to give,
 * and ends with 1 and a line at the first that gives anything else; with 0 after SIGTERM, and the
 * number of calls on standard output. Every choice follows from SEED.
 *
 *   outlive data DIR SEED SYNC   writes, reads, cuts, maps, appends to, opens and closes files; compares
 *                                bytes and sizes with a copy in memory. SYNC 1: every write is synced
 *   outlive names DIR SEED       makes, links, renames and removes names: each call succeeds exactly once
 *   outlive keep FILE            holds FILE open, a directory, locks, a mapping and an unlinked file, and
 *                                looks at them again and again
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 6, SIZE_MAX_ = 400000, NAMES = 24 };

static volatile sig_atomic_t ending;
static uint64_t random_state;
static unsigned long long calls;

static unsigned roll(unsigned sides)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)((random_state >> 33) % sides);
}

static void on_end(int number)
{
	(void)number;
	ending = 1;
}

/* result is what a system call gave, not negative when it is well. */
static long must(long result, const char *what, const char *name)
{
	calls++;
	if (result >= 0)
		return result;
	fprintf(stderr, "outlive: %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

static void want(bool is, const char *what, const char *name)
{
	if (is)
		return;
	fprintf(stderr, "outlive: %s: %s\n", name, what);
	exit(1);
}

/* ---- data ---- */

struct model {
	char name[32];
	int fd;
	size_t size;
	uint8_t *bytes;
};

static bool sync_writes;

static void reopen(struct model *model)
{
	if (model->fd >= 0)
		must(close(model->fd), "close", model->name);
	model->fd = (int)must(open(model->name, O_RDWR | O_CREAT | (roll(2) ? O_APPEND : 0), 0644), "open",
			      model->name);
}

static void write_some(struct model *model)
{
	static uint8_t bytes[70000];
	bool appends = (fcntl(model->fd, F_GETFL) & O_APPEND) != 0;
	size_t size = 1 + roll(roll(4) ? 5000 : sizeof(bytes));
	size_t at = appends ? model->size : roll((unsigned)model->size + 1);
	ssize_t done;

	if (at + size > SIZE_MAX_)
		return;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)roll(256);
	done = must(pwrite(model->fd, bytes, size, (off_t)at), "write", model->name);
	want((size_t)done == size, "short write", model->name);
	memcpy(model->bytes + at, bytes, size);
	if (at + size > model->size)
		model->size = at + size;
	if (sync_writes)
		must(fsync(model->fd), "fsync", model->name);
}

static void cut(struct model *model)
{
	size_t size = roll(SIZE_MAX_);

	must(ftruncate(model->fd, (off_t)size), "ftruncate", model->name);
	if (size > model->size)
		memset(model->bytes + model->size, 0, size - model->size);
	else
		memset(model->bytes + size, 0, model->size - size);
	model->size = size;
	if (sync_writes)
		must(fsync(model->fd), "fsync", model->name);
}

static void compare(struct model *model)
{
	static uint8_t bytes[SIZE_MAX_];
	struct stat stat_;
	ssize_t got;

	must(roll(2) ? stat(model->name, &stat_) : fstat(model->fd, &stat_), "stat", model->name);
	want((size_t)stat_.st_size == model->size, "another size", model->name);
	/* What the kernel has in memory says nothing of what we have. */
	must(-posix_fadvise(model->fd, 0, 0, POSIX_FADV_DONTNEED), "fadvise", model->name);
	got = must(pread(model->fd, bytes, sizeof(bytes), 0), "read", model->name);
	want((size_t)got == model->size, "short read", model->name);
	for (size_t i = 0; i < model->size; i++)
		if (bytes[i] != model->bytes[i]) {
			fprintf(stderr, "outlive: %s: byte %zu of %zu is %d, not %d\n", model->name, i, model->size,
				bytes[i], model->bytes[i]);
			exit(1);
		}
}

static void compare_mapped(struct model *model)
{
	uint8_t *mapped;

	if (!model->size)
		return;
	mapped = mmap(NULL, model->size, PROT_READ, MAP_SHARED, model->fd, 0);
	must(mapped == MAP_FAILED ? -1 : 0, "mmap", model->name);
	want(memcmp(mapped, model->bytes, model->size) == 0, "other bytes in the mapping", model->name);
	munmap(mapped, model->size);
}

static void list(void)
{
	DIR *dir = opendir(".");
	int count = 0;

	must(dir ? 0 : -1, "opendir", ".");
	for (struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] == 'f';
	want(count == FILES, "another number of files", ".");
	closedir(dir);
}

static void data(void)
{
	static struct model models[FILES];

	for (int i = 0; i < FILES; i++) {
		snprintf(models[i].name, sizeof(models[i].name), "f%d", i);
		models[i].fd = -1;
		models[i].bytes = calloc(1, SIZE_MAX_);
		reopen(&models[i]);
	}
	while (!ending) {
		struct model *model = &models[roll(FILES)];

		switch (roll(10)) {
		case 0:
			reopen(model);
			break;
		case 1:
			cut(model);
			break;
		case 2:
		case 3:
			compare(model);
			break;
		case 4:
			compare_mapped(model);
			break;
		case 5:
			list();
			break;
		default:
			write_some(model);
		}
	}
	for (int i = 0; i < FILES; i++)
		compare(&models[i]);
}

/* ---- names ---- */

enum kind { NONE, FILE_, DIRECTORY, LINK, FIFO };

static enum kind kinds[NAMES];

static void make(int i, const char *name, int other)
{
	char other_name[16];
	int fd;

	snprintf(other_name, sizeof(other_name), "n%d", other);
	switch (roll(5)) {
	case 0:
		fd = (int)must(open(name, O_WRONLY | O_CREAT | O_EXCL, 0644), "create", name);
		must(close(fd), "close", name);
		kinds[i] = FILE_;
		break;
	case 1:
		must(mkdir(name, 0755), "mkdir", name);
		kinds[i] = DIRECTORY;
		break;
	case 2:
		must(symlink("nowhere", name), "symlink", name);
		kinds[i] = LINK;
		break;
	case 3:
		must(mknod(name, S_IFIFO | 0644, 0), "mknod", name);
		kinds[i] = FIFO;
		break;
	default:
		if (kinds[other] != FILE_)
			return;
		must(link(other_name, name), "link", name);
		kinds[i] = FILE_;
	}
}

static void unmake(int i, const char *name, int other)
{
	char other_name[16];

	snprintf(other_name, sizeof(other_name), "n%d", other);
	if (kinds[other] == NONE && roll(2)) {
		must(rename(name, other_name), "rename", name);
		kinds[other] = kinds[i];
	} else if (kinds[i] == DIRECTORY) {
		must(rmdir(name), "rmdir", name);
	} else {
		must(unlink(name), "unlink", name);
	}
	kinds[i] = NONE;
}

static void look(int i, const char *name)
{
	struct stat stat_;
	bool is = lstat(name, &stat_) == 0;

	want(is || errno == ENOENT, strerror(errno), name);
	want(is == (kinds[i] != NONE), is ? "is still there" : "is gone", name);
}

static void names(void)
{
	while (!ending) {
		int i = (int)roll(NAMES);
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		look(i, name);
		if (kinds[i] == NONE)
			make(i, name, (int)roll(NAMES));
		else
			unmake(i, name, (int)roll(NAMES));
		look(i, name);
	}
}

/* ---- what is kept ---- */

static bool is_locked_for_others(const char *name)
{
	int fd = open(name, O_RDWR);
	bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;

	close(fd);
	return locked;
}

static void keep(const char *name)
{
	static const char text[] = "kept open, whatever dies\n";
	char other[4096], got[sizeof(text)];
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 5 };
	struct stat before, after;
	int fd = (int)must(open(name, O_RDWR | O_CREAT, 0644), "open", name), unlinked, twice;

	snprintf(other, sizeof(other), "%s.unlinked", name);
	must(write(fd, text, sizeof(text)), "write", name);
	unlinked = (int)must(open(other, O_RDWR | O_CREAT, 0644), "open", other);
	must(write(unlinked, text, sizeof(text)), "write", other);
	must(fsync(unlinked), "fsync", other);
	twice = (int)must(open(other, O_RDONLY), "open", other);
	must(unlink(other), "unlink", other);
	must(flock(fd, LOCK_EX), "flock", name);
	must(fcntl(unlinked, F_SETLK, &lock), "fcntl", other);
	must(fstat(fd, &before), "fstat", name);
	while (!ending) {
		must(fstat(fd, &after), "fstat", name);
		want(before.st_dev == after.st_dev && before.st_ino == after.st_ino, "another file", name);
		must(stat(name, &after), "stat", name);
		want(before.st_dev == after.st_dev && before.st_ino == after.st_ino, "another file", name);
		want(is_locked_for_others(name), "the lock is gone", name);
		for (int i = 0; i < 2; i++) {
			must(-posix_fadvise(i ? unlinked : twice, 0, 0, POSIX_FADV_DONTNEED), "fadvise", other);
			must(pread(i ? unlinked : twice, got, sizeof(got), 0), "read", other);
			want(memcmp(got, text, sizeof(text)) == 0, "other bytes in the unlinked file", other);
		}
		must(access(".", X_OK), "access", ".");
		usleep(1000);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_end, .sa_flags = SA_RESTART };

	sigaction(SIGTERM, &action, NULL);
	if (argc < 3)
		return 2;
	random_state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	sync_writes = argc > 4 && strcmp(argv[4], "1") == 0;
	if (strcmp(argv[1], "keep") == 0) {
		keep(argv[2]);
	} else {
		must(chdir(argv[2]), "chdir", argv[2]);
		if (strcmp(argv[1], "data") == 0)
			data();
		else
			names();
	}
	printf("%llu\n", calls);
	return 0;
}
