/*
 * A writer for crash tests, and the check of what it wrote. It does to files what careful
 * programs do: append and fsync; write anew, fsync, rename over; overwrite in place and fsync; make
 * and remove a name and fsync the directory. Each step is told to a journal outside of the file
 * system, before it is tried or after it was acknowledged, so the check knows what must be
 * there and what may be. All bytes follow from name, generation and place alone.
 *
 *   load write DIR JOURNAL SEED [DISK]   works until the file system goes away; 1: it failed another way
 *   load check DIR JOURNAL [PLACE]       0 when all that was acknowledged is there, and nothing else
 *
 * DISK is the log of a disk whose power can be cut (power_disk.c): how long it was is told with each
 * step, and a check at a PLACE of that log holds for what was told up to there.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 4, SLOTS = 64, SLOT_SIZE = 4096, HEADER_SIZE = 16, LENGTH_MAX = 300000 };

static int directory; /* the one that is worked in */
static FILE *journal; /* append */
static const char *disk; /* NULL: no log of a disk */
static uint64_t random_state;
static uint8_t bytes[LENGTH_MAX + HEADER_SIZE];

static unsigned long long roll(unsigned long long sides)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % sides;
}

/* size bytes of the stream of an id, from a place on. */
static void stream(uint64_t id, uint64_t from, uint8_t *ret_bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint64_t at = from + i,
			 x = (at >> 3) * 0x9e3779b97f4a7c15ULL ^ (id + 1) * 0xbf58476d1ce4e5b9ULL;

		x ^= x >> 29;
		x *= 0x94d049bb133111ebULL;
		x ^= x >> 32;
		ret_bytes[i] = (uint8_t)(x >> (at & 7) * 8);
	}
}

static bool is_stream(uint64_t id, uint64_t from, const uint8_t *found, size_t size)
{
	static uint8_t wanted[LENGTH_MAX];

	stream(id, from, wanted, size);
	return memcmp(found, wanted, size) == 0;
}

/* ---- writing ---- */

/* The file system went away, which ends the work; or something is wrong. */
static void stop(const char *what)
{
	bool is_gone = errno == ENOTCONN || errno == ECONNABORTED || errno == EIO;

	if (!is_gone)
		perror(what);
	exit(is_gone ? 0 : 1);
}

static void check_call(long result, const char *what)
{
	if (result < 0)
		stop(what);
}

static unsigned long long disk_place(void)
{
	struct stat st;

	if (!disk)
		return 0;
	if (stat(disk, &st) < 0) {
		perror(disk);
		exit(1);
	}
	return (unsigned long long)st.st_size;
}

static void tell(char kind, unsigned long long file, unsigned long long a, unsigned long long b)
{
	if (fprintf(journal, "%c %llu %llu %llu %llu\n", kind, file, a, b, disk_place()) < 0 ||
	    fflush(journal)) {
		perror("journal");
		exit(1);
	}
}

static int open_in(const char *kind, unsigned long long file, int flags)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "%s-%llu", kind, file);
	fd = openat(directory, name, flags | O_CLOEXEC, 0644);
	check_call(fd, name);
	return fd;
}

static void write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t done = write(fd, data, size);

		check_call(done, "write");
		data += done;
		size -= (size_t)done;
	}
}

static void append(unsigned long long file)
{
	static uint64_t length[FILES];
	size_t size = 1 + roll(20000);
	int fd = open_in("log", file, O_WRONLY | O_CREAT | O_APPEND);

	stream(file, length[file], bytes, size);
	write_all(fd, bytes, size);
	length[file] += size;
	check_call(roll(2) ? fsync(fd) : fdatasync(fd), "fsync");
	tell('A', file, length[file], 0);
	check_call(close(fd), "close");
}

static void replace(unsigned long long file)
{
	static unsigned long long generation[FILES];
	char from[32], to[32];
	size_t size = 100 + roll(LENGTH_MAX - 100);
	int fd = open_in("new", file, O_WRONLY | O_CREAT | O_TRUNC);

	generation[file]++;
	snprintf((char *)bytes, HEADER_SIZE, "%014llu\n", generation[file]);
	stream(file << 32 | generation[file], 0, bytes + HEADER_SIZE, size);
	write_all(fd, bytes, size + HEADER_SIZE);
	check_call(fsync(fd), "fsync");
	check_call(close(fd), "close");
	tell('P', file, generation[file], size);
	snprintf(from, sizeof(from), "new-%llu", file);
	snprintf(to, sizeof(to), "gen-%llu", file);
	check_call(renameat(directory, from, directory, to), "rename");
	check_call(fsync(directory), "fsync of the directory");
	tell('R', file, generation[file], size);
}

static void overwrite(unsigned long long file)
{
	static unsigned long long version[FILES][SLOTS];
	unsigned long long slot = roll(SLOTS), next = version[file][slot] + 1;
	int fd = open_in("slots", file, O_WRONLY | O_CREAT);

	snprintf((char *)bytes, HEADER_SIZE, "%014llu\n", next);
	stream((slot << 8 | file) << 32 | next, 0, bytes + HEADER_SIZE, SLOT_SIZE - HEADER_SIZE);
	check_call(pwrite(fd, bytes, SLOT_SIZE, (off_t)(slot * SLOT_SIZE)), "pwrite");
	check_call(fsync(fd), "fsync");
	version[file][slot] = next;
	tell('S', file, slot, next);
	check_call(close(fd), "close");
}

static void make_or_remove(unsigned long long file)
{
	static bool is_there[FILES];
	char name[32];

	snprintf(name, sizeof(name), "name-%llu", file);
	tell('i', file, 0, 0);
	if (is_there[file])
		check_call(unlinkat(directory, name, 0), "unlink");
	else
		check_call(close(open_in("name", file, O_WRONLY | O_CREAT | O_EXCL)), "close");
	check_call(fsync(directory), "fsync of the directory");
	is_there[file] = !is_there[file];
	tell(is_there[file] ? 'C' : 'U', file, 0, 0);
}

static int work(const char *path, const char *journal_path, const char *seed)
{
	static void (*const steps[])(unsigned long long) = { append, replace, overwrite,
							     make_or_remove };

	random_state = strtoull(seed, NULL, 10);
	journal = fopen(journal_path, "ae");
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!journal) {
		perror(journal_path);
		return 1;
	}
	check_call(directory, path);
	for (;;)
		steps[roll(sizeof(steps) / sizeof(steps[0]))](roll(FILES));
}

/* ---- checking ---- */

/* What the journal says about the files of one number. */
struct known {
	unsigned long long appended;
	unsigned long long prepared, prepared_size, renamed, renamed_size;
	unsigned long long version[SLOTS];
	char name; /* 'C' there, 'U' not there, 'i' either, 0 never tried */
};
static struct known known[FILES];
static int wrong;

static void complain(const char *kind, int file, const char *what, unsigned long long wanted,
		     unsigned long long found)
{
	fprintf(stderr, "%s-%d: %s: %llu were acknowledged, found %llu\n", kind, file, what, wanted,
		found);
	wrong = 1;
}

static void learn(char kind, struct known *of, unsigned long long a, unsigned long long b)
{
	switch (kind) {
	case 'A':
		of->appended = a;
		break;
	case 'P':
		of->prepared = a;
		of->prepared_size = b;
		break;
	case 'R':
		of->renamed = a;
		of->renamed_size = b;
		break;
	case 'S':
		of->version[a % SLOTS] = b;
		break;
	default:
		of->name = kind;
	}
}

/* The whole file; -1: not there. Failing to read it is the end: what is there can be read. */
static ssize_t read_in(const char *kind, int file, uint8_t **ret_bytes)
{
	char name[32];
	struct stat st;
	size_t got = 0;
	int fd;

	snprintf(name, sizeof(name), "%s-%d", kind, file);
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -1;
	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(name);
		exit(1);
	}
	*ret_bytes = calloc(1, (size_t)st.st_size + 1);
	while (*ret_bytes && got < (size_t)st.st_size) {
		ssize_t more = read(fd, *ret_bytes + got, (size_t)st.st_size - got);

		if (more <= 0) {
			perror(name);
			exit(1);
		}
		got += (size_t)more;
	}
	close(fd);
	return (ssize_t)got;
}

static void check_log(int file)
{
	uint8_t *found = NULL;
	ssize_t size = read_in("log", file, &found);

	if (size < 0)
		size = 0;
	if ((unsigned long long)size < known[file].appended)
		complain("log", file, "bytes", known[file].appended, (unsigned long long)size);
	for (ssize_t at = 0; at < size; at += LENGTH_MAX) {
		size_t piece = size - at < LENGTH_MAX ? (size_t)(size - at) : LENGTH_MAX;

		if (!is_stream((uint64_t)file, (uint64_t)at, found + at, piece))
			complain("log", file, "wrong bytes at or behind", known[file].appended,
				 (unsigned long long)at);
	}
	free(found);
}

static void check_generation(int file)
{
	const struct known *of = &known[file];
	uint8_t *found = NULL;
	ssize_t size = read_in("gen", file, &found);
	unsigned long long generation = size < HEADER_SIZE ? 0 : strtoull((char *)found, NULL, 10);
	unsigned long long wanted_size = generation == of->prepared ? of->prepared_size
								    : of->renamed_size;

	if (generation != of->renamed && generation != of->prepared)
		complain("gen", file, "generation", of->renamed, generation);
	else if (generation && (unsigned long long)size != wanted_size + HEADER_SIZE)
		complain("gen", file, "size", wanted_size + HEADER_SIZE, (unsigned long long)size);
	else if (generation && !is_stream((uint64_t)file << 32 | generation, 0, found + HEADER_SIZE,
					  (size_t)size - HEADER_SIZE))
		complain("gen", file, "wrong bytes in generation", of->renamed, generation);
	free(found);
}

static void check_slots(int file)
{
	uint8_t *found = NULL;
	ssize_t size = read_in("slots", file, &found);

	for (int slot = 0; slot < SLOTS; slot++) {
		unsigned long long wanted = known[file].version[slot], version = 0;
		const uint8_t *at = found + slot * SLOT_SIZE;
		bool is_there = size >= (slot + 1) * SLOT_SIZE && at[0];

		if (is_there)
			version = strtoull((const char *)at, NULL, 10);
		if (version != wanted && version != wanted + 1)
			complain("slots", file, "version of a slot", wanted, version);
		else if (is_there &&
			 !is_stream(((uint64_t)slot << 8 | (uint64_t)file) << 32 | version, 0,
				    at + HEADER_SIZE, SLOT_SIZE - HEADER_SIZE))
			complain("slots", file, "wrong bytes in version", wanted, version);
	}
	free(found);
}

static void check_name(int file)
{
	uint8_t *found = NULL;
	bool is_there = read_in("name", file, &found) >= 0;
	char wanted = known[file].name;

	if ((wanted == 'C' && !is_there) || ((wanted == 'U' || !wanted) && is_there))
		complain("name", file, "names", wanted == 'C', is_there);
	free(found);
}

/* How much was acknowledged up to a place of the disk's log. */
static unsigned learn_all(FILE *told, unsigned long long place)
{
	unsigned long long file, a, b, told_at;
	unsigned acknowledged = 0;
	char kind;

	while (fscanf(told, " %c %llu %llu %llu %llu", &kind, &file, &a, &b, &told_at) == 5) {
		if (told_at > place)
			continue;
		learn(kind, &known[file % FILES], a, b);
		acknowledged += kind != 'P' && kind != 'i';
	}
	return acknowledged;
}

static int check(const char *path, const char *journal_path, const char *place)
{
	FILE *told = fopen(journal_path, "re");
	unsigned acknowledged;

	if (!told) {
		perror(journal_path);
		return 1;
	}
	acknowledged = learn_all(told, place ? strtoull(place, NULL, 10) : ULLONG_MAX);
	fclose(told);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* nothing in it was synced, so it need not be there */
	if (directory < 0 && errno == ENOENT && !acknowledged) {
		puts("0");
		return 0;
	}
	if (directory < 0) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < FILES; i++) {
		check_log(i);
		check_generation(i);
		check_slots(i);
		check_name(i);
	}
	printf("%u\n", acknowledged);
	return wrong;
}

int main(int argc, char **argv)
{
	if ((argc == 5 || argc == 6) && strcmp(argv[1], "write") == 0) {
		disk = argv[5];
		return work(argv[2], argv[3], argv[4]);
	}
	if ((argc == 4 || argc == 5) && strcmp(argv[1], "check") == 0)
		return check(argv[2], argv[3], argv[4]);
	fputs("usage: load write DIR JOURNAL SEED [DISK] | load check DIR JOURNAL [PLACE]\n", stderr);
	return 2;
}
