/*
 * Random operations on two files, each checked against a model in memory: reads, writes and
 * mappings, sizes, holes, copies, seeks, all around the edges where blocks, pages and maps of blocks
 * meet. It knows nothing of csmfs but where those edges are.
 *
 *   exercise_file --seed N --operations N --model FILE [--resume] [--crash PID] DIR...
 *
 * The files are DIR/first and DIR/second; with several DIRs they are opened now in one, now in
 * another, which must be the same two files. The model is FILE, on another file system: what
 * a run leaves there, --resume compares first and goes on from. --crash syncs both files at the
 * end and kills PID while they are open. Exit code 1 and the last operations when something is
 * not as in the model; the same seed on the same files makes the same operations.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/probe/exercise.h"

enum {
	FILES = 2,
	PAGE = 4096,
	BLOCK = 128 << 10,
	MAP_PAGE = 64 * BLOCK,
	SIZE_MAX_OF_FILE = MAP_PAGE + 24 * BLOCK,
	LENGTH_MAX = 12 * BLOCK,
};

struct model_file {
	uint64_t size;
	uint8_t bytes[SIZE_MAX_OF_FILE]; /* zeros from size on */
};

static struct model_file *model; /* FILES of them, mapped from --model */
static char **directories;
static unsigned directory_count;
static int files[FILES], direct[FILES];
static bool is_unsynced[FILES]; /* a mapping was written that the daemon has not seen */
static uint8_t *buffer;		/* LENGTH_MAX bytes, aligned for O_DIRECT */

static const char *const names[FILES] = { "first", "second" };

static void must(bool is_true, const char *what, int which)
{
	if (!is_true)
		wrong("%s of %s: %s", what, names[which], strerror(errno));
}

/* ---- chance ---- */

/* Near an edge as often as not: of a page, a block, a page of the map, the end of the file. */
static uint64_t any_offset(const struct model_file *file)
{
	static const uint64_t edges[] = { PAGE, BLOCK, BLOCK, MAP_PAGE };
	uint64_t edge, at;

	switch (roll(8)) {
	case 0:
		return roll(3 * BLOCK);
	case 1:
		return roll(SIZE_MAX_OF_FILE);
	case 2:
	case 3:
		at = file->size;
		break;
	default:
		edge = edges[roll(4)];
		at = roll(SIZE_MAX_OF_FILE / edge + 1) * edge;
	}
	switch (roll(3)) {
	case 0:
		return least(at, SIZE_MAX_OF_FILE);
	case 1:
		return least(at + roll(20), SIZE_MAX_OF_FILE);
	default:
		return at - least(at, roll(20));
	}
}

static uint64_t any_length(uint64_t offset)
{
	static const uint64_t most[] = {
		16, 16, PAGE, PAGE, 3 * PAGE, BLOCK, 3 * BLOCK, LENGTH_MAX
	};
	uint64_t length = 1 + roll(most[roll(8)]);

	if (roll(4) == 0) /* to an edge */
		length = BLOCK * (1 + roll(4)) - offset % BLOCK;
	return least(length, SIZE_MAX_OF_FILE - offset);
}

/* Zeros now and then: they are holes, or should be. */
static void fill(uint8_t *bytes, uint64_t size)
{
	uint64_t zeros = roll(6) == 0 ? size : roll(6) == 0 ? roll(size + 1) : 0;

	memset(bytes, 0, zeros);
	for (uint64_t i = zeros; i < size; i++)
		bytes[i] = (uint8_t)(roll(256));
}

/* ---- the model ---- */

static void model_write(int which, uint64_t offset, const uint8_t *bytes, uint64_t size)
{
	if (bytes)
		memcpy(model[which].bytes + offset, bytes, size);
	else
		memset(model[which].bytes + offset, 0, size);
	if (size && offset + size > model[which].size)
		model[which].size = offset + size;
}

static void model_size(int which, uint64_t size)
{
	if (size < model[which].size)
		memset(model[which].bytes + size, 0, model[which].size - size);
	model[which].size = size;
}

static void compare(int which, uint64_t offset, const uint8_t *found, uint64_t size)
{
	const uint8_t *wanted = model[which].bytes + offset;

	if (memcmp(found, wanted, size) == 0)
		return;
	for (uint64_t i = 0; i < size; i++)
		if (found[i] != wanted[i])
			wrong("%s has %u at %llu, not %u", names[which], found[i],
			      (unsigned long long)(offset + i), wanted[i]);
}

static void check_size(int which)
{
	struct stat stat;

	must(fstat(files[which], &stat) == 0, "fstat", which);
	if ((uint64_t)stat.st_size != model[which].size)
		wrong("%s has %lld bytes, not %llu", names[which], (long long)stat.st_size,
		      (unsigned long long)model[which].size);
}

static void check_read(int which, int fd, uint64_t offset, uint64_t length)
{
	uint64_t size = model[which].size;
	uint64_t wanted = offset < size ? least(length, size - offset) : 0;
	ssize_t got = pread(fd, buffer, length, (off_t)offset);

	must(got >= 0, "read", which);
	if ((uint64_t)got != wanted)
		wrong("read of %s got %zd bytes, not %llu", names[which], got,
		      (unsigned long long)wanted);
	compare(which, offset, buffer, wanted);
}

static void check_all(int which)
{
	check_size(which);
	for (uint64_t at = 0; at <= model[which].size; at += LENGTH_MAX)
		check_read(which, files[which], at, LENGTH_MAX);
}

/* ---- files ---- */

static int open_name(int which, int flags)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directories[roll(directory_count)], names[which]);
	return open(path, flags | O_CLOEXEC, 0644);
}

static void open_file(int which)
{
	files[which] = open_name(which, O_RDWR | O_CREAT);
	must(files[which] >= 0, "open", which);
	direct[which] = open_name(which, O_RDWR | O_DIRECT);
	must(direct[which] >= 0, "open with O_DIRECT", which);
}

static void close_file(int which)
{
	must(close(direct[which]) == 0, "close", which);
	must(close(files[which]) == 0, "close", which);
}

/* ---- operations ---- */

static void do_read(int which)
{
	uint64_t offset = any_offset(&model[which]), length = any_length(offset);

	note("read %s %llu+%llu", names[which], (unsigned long long)offset,
	     (unsigned long long)length);
	check_read(which, files[which], offset, length);
}

static void do_write(int which)
{
	uint64_t offset = any_offset(&model[which]), length = any_length(offset);

	note("write %s %llu+%llu", names[which], (unsigned long long)offset,
	     (unsigned long long)length);
	fill(buffer, length);
	must(pwrite(files[which], buffer, length, (off_t)offset) == (ssize_t)length, "write",
	     which);
	model_write(which, offset, buffer, length);
}

static void do_append(int which)
{
	uint64_t offset = model[which].size, length = any_length(offset);
	int fd = open_name(which, O_WRONLY | O_APPEND);

	note("append %s %llu+%llu", names[which], (unsigned long long)offset,
	     (unsigned long long)length);
	must(fd >= 0, "open to append", which);
	fill(buffer, length);
	must(pwrite(fd, buffer, length, 0) == (ssize_t)length, "append", which);
	must(close(fd) == 0, "close", which);
	model_write(which, offset, buffer, length);
}

static void do_direct(int which)
{
	uint64_t offset = any_offset(&model[which]) / PAGE * PAGE;
	uint64_t length = least(any_length(offset) / PAGE * PAGE + PAGE, LENGTH_MAX);
	bool is_write = roll(2);

	length = least(length, SIZE_MAX_OF_FILE - offset);
	note("direct %s %s %llu+%llu", is_write ? "write" : "read", names[which],
	     (unsigned long long)offset, (unsigned long long)length);
	if (!is_write) {
		check_read(which, direct[which], offset, length);
		return;
	}
	fill(buffer, length);
	must(pwrite(direct[which], buffer, length, (off_t)offset) == (ssize_t)length,
	     "direct write", which);
	model_write(which, offset, buffer, length);
}

/* A part of the file that is there, as a mapping of whole pages. */
static void do_map(int which)
{
	uint64_t offset = any_offset(&model[which]), size = model[which].size, start, length;
	bool is_write = roll(2), is_synced = roll(2);
	uint8_t *map;

	if (size == 0)
		return;
	offset = offset < size ? offset : size - 1;
	length = least(any_length(offset), size - offset);
	start = offset / PAGE * PAGE;
	note("map %s %s %llu+%llu", is_write ? is_synced ? "write and sync" : "write" : "read",
	     names[which], (unsigned long long)offset, (unsigned long long)length);
	map = mmap(NULL, offset - start + length, PROT_READ | (is_write ? PROT_WRITE : 0),
		   MAP_SHARED, files[which], (off_t)start);
	must(map != MAP_FAILED, "mmap", which);
	compare(which, offset, map + (offset - start), length);
	if (is_write) {
		fill(buffer, length);
		memcpy(map + (offset - start), buffer, length);
		model_write(which, offset, buffer, length);
		is_unsynced[which] = true;
		if (is_synced)
			must(msync(map, offset - start + length, MS_SYNC) == 0, "msync", which);
	}
	must(munmap(map, offset - start + length) == 0, "munmap", which);
}

static void do_truncate(int which)
{
	uint64_t size = roll(12) == 0 ? 0 : any_offset(&model[which]);

	note("truncate %s %llu to %llu", names[which], (unsigned long long)model[which].size,
	     (unsigned long long)size);
	must(ftruncate(files[which], (off_t)size) == 0, "truncate", which);
	model_size(which, size);
}

static void do_allocate(int which)
{
	static const int modes[] = { 0,
				     FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_ZERO_RANGE,
				     FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE };
	uint64_t offset = any_offset(&model[which]), length = any_length(offset), end, old;
	int mode = modes[roll(6)];

	if (length == 0)
		return;
	note("allocate %s mode %d %llu+%llu", names[which], mode, (unsigned long long)offset,
	     (unsigned long long)length);
	must(fallocate(files[which], mode, (off_t)offset, (off_t)length) == 0, "fallocate", which);
	end = offset + length;
	old = model[which].size;
	if (mode & ~FALLOC_FL_KEEP_SIZE && offset < old)
		model_write(which, offset, NULL, least(end, old) - offset);
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > old)
		model_size(which, end);
}

/* What csmfs has no answer to is refused, and changes nothing. */
static void do_refused(int which)
{
	static const int modes[] = { FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE,
				     FALLOC_FL_UNSHARE_RANGE, FALLOC_FL_PUNCH_HOLE };
	int mode = modes[roll(4)];

	note("allocate %s mode %d", names[which], mode);
	if (fallocate(files[which], mode, 0, BLOCK) == 0 || errno != EOPNOTSUPP)
		wrong("fallocate mode %d of %s is not refused as unsupported", mode, names[which]);
}

static void do_copy(int which)
{
	int to = roll(2) ? which : !which;
	uint64_t from_at = any_offset(&model[which]), to_at = any_offset(&model[to]), length;
	loff_t in, out;

	if (model[which].size)
		from_at %= model[which].size;
	if (roll(2)) { /* on block limits, where chunks are shared */
		from_at = from_at / BLOCK * BLOCK;
		to_at = to_at / BLOCK * BLOCK;
	}
	length = least(any_length(from_at), SIZE_MAX_OF_FILE - to_at);
	length = from_at < model[which].size ? least(length, model[which].size - from_at) : 0;
	if (which == to && from_at < to_at + length && to_at < from_at + length)
		length = least(length, from_at > to_at ? from_at - to_at : to_at - from_at);
	note("copy %s %llu+%llu to %s %llu", names[which], (unsigned long long)from_at,
	     (unsigned long long)length, names[to], (unsigned long long)to_at);
	for (uint64_t done = 0; done < length;) {
		ssize_t got;

		in = (loff_t)(from_at + done);
		out = (loff_t)(to_at + done);
		got = copy_file_range(files[which], &in, files[to], &out, length - done, 0);
		must(got >= 0, "copy_file_range", which);
		if (got == 0 || (uint64_t)got > length - done)
			wrong("copy_file_range copied %zd of %llu", got,
			      (unsigned long long)(length - done));
		memcpy(buffer, model[which].bytes + from_at + done, (size_t)got);
		model_write(to, to_at + done, buffer, (uint64_t)got);
		done += (uint64_t)got;
	}
}

/* Whatever is data or hole, what is not data is zeros, and the end is a hole. */
static void do_seek(int which)
{
	uint64_t size = model[which].size, offset = any_offset(&model[which]), from, found;
	int whence = roll(2) ? SEEK_DATA : SEEK_HOLE;
	off_t got;

	if (is_unsynced[which])
		must(fsync(files[which]) == 0, "fsync", which);
	is_unsynced[which] = false;
	note("seek %s in %s from %llu", whence == SEEK_DATA ? "data" : "hole", names[which],
	     (unsigned long long)offset);
	got = lseek(files[which], (off_t)offset, whence);
	if (offset >= size) {
		if (got >= 0 || errno != ENXIO)
			wrong("seek behind the end is %lld", (long long)got);
		return;
	}
	if (whence == SEEK_DATA && got < 0 && errno == ENXIO)
		got = (off_t)size;
	must(got >= 0, "lseek", which);
	found = (uint64_t)got;
	if (found < offset || found > size)
		wrong("seek found %llu", (unsigned long long)found);
	from = whence == SEEK_DATA ? offset : found;
	if (whence == SEEK_HOLE &&
	    found < size) { /* a hole begins here and goes on to the next data */
		got = lseek(files[which], (off_t)found, SEEK_DATA);
		found = got < 0 ? size : (uint64_t)got;
		if (found <= from)
			wrong("at %llu is a hole and is data", (unsigned long long)from);
	}
	for (uint64_t i = from; i < found; i++)
		if (model[which].bytes[i])
			wrong("data at %llu in a hole of %s", (unsigned long long)i, names[which]);
}

static void do_sync(int which)
{
	note("sync %s", names[which]);
	must((roll(2) ? fsync : fdatasync)(files[which]) == 0, "fsync", which);
	is_unsynced[which] = false;
}

static void do_open(int which)
{
	note("close and open %s", names[which]);
	close_file(which);
	is_unsynced[which] = false;
	open_file(which);
}

static const struct {
	void (*run)(int which);
	unsigned share;
} operations[] = {
	{ do_read, 20 }, { do_write, 20 },   { do_append, 4 },	  { do_direct, 6 },
	{ do_map, 14 },	 { do_truncate, 8 }, { do_allocate, 12 }, { do_refused, 1 },
	{ do_copy, 10 }, { do_seek, 10 },    { do_sync, 3 },	  { do_open, 4 },
};

static void operate(void)
{
	unsigned sides = 0, chosen, i = 0;
	int which = (int)roll(FILES);

	for (unsigned at = 0; at < sizeof(operations) / sizeof(operations[0]); at++)
		sides += operations[at].share;
	chosen = (unsigned)roll(sides);
	while (chosen >= operations[i].share)
		chosen -= operations[i++].share;
	operations[i].run(which);
	check_size(which);
	check_size(!which);
}

/* ---- the run ---- */

static void open_model(const char *path, bool is_resumed)
{
	size_t size = FILES * sizeof(*model);
	int fd = open(path, O_RDWR | O_CLOEXEC | (is_resumed ? 0 : O_CREAT | O_TRUNC), 0644);

	if (fd < 0 || (!is_resumed && ftruncate(fd, (off_t)size) < 0)) {
		perror(path);
		exit(2);
	}
	model = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	buffer = aligned_alloc(PAGE, LENGTH_MAX);
	if (model == MAP_FAILED || !buffer) {
		perror("memory");
		exit(2);
	}
	close(fd);
}

static void crash(long pid)
{
	for (int which = 0; which < FILES; which++)
		must(fsync(files[which]) == 0, "fsync", which);
	if (kill((pid_t)pid, SIGKILL) < 0)
		wrong("kill %ld: %s", pid, strerror(errno));
}

static void run(unsigned long count, long pid)
{
	for (int which = 0; which < FILES; which++) {
		open_file(which);
		check_all(which);
	}
	for (operation = 1; operation <= count; operation++)
		operate();
	operation = count;
	for (int which = 0; which < FILES; which++)
		check_all(which);
	if (pid) {
		crash(pid);
		return;
	}
	for (int which = 0; which < FILES; which++)
		close_file(which);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", 1, NULL, 's' },  { "operations", 1, NULL, 'o' },
		{ "model", 1, NULL, 'm' }, { "resume", 0, NULL, 'r' },
		{ "crash", 1, NULL, 'c' }, { NULL, 0, NULL, 0 }
	};
	const char *model_path = NULL;
	unsigned long count = 0;
	bool is_resumed = false;
	long pid = 0;
	int letter;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (letter) {
		case 's':
			random_state = strtoull(optarg, NULL, 10);
			break;
		case 'o':
			count = strtoul(optarg, NULL, 10);
			break;
		case 'm':
			model_path = optarg;
			break;
		case 'r':
			is_resumed = true;
			break;
		case 'c':
			pid = strtol(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	}
	if (!model_path || optind >= argc) {
		fprintf(stderr, "exercise_file: --model FILE and a directory are needed\n");
		return 2;
	}
	directories = argv + optind;
	directory_count = (unsigned)(argc - optind);
	printf("seed %llu, %lu operations\n", (unsigned long long)random_state, count);
	fflush(stdout);
	open_model(model_path, is_resumed);
	run(count, pid);
	return 0;
}
