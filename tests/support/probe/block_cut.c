/*
 * What a block device has after its power was cut, from the log that qemu's blklogwrites driver wrote (the
 * format is that of Linux's dm-log-writes): a block with the size of sectors and of blocks, then entries
 * of a block each, followed by what was written.
 *
 *   block_cut LOG PLACE LOSS SEED IMAGE
 *
 * IMAGE is the device as it was when the log began; it gets what was written up to PLACE, a number of bytes
 * of LOG. LOSS is what happens to writes after the last flush before PLACE: lose, keep, or any (each
 * sector by its own luck). Writes that were forced to the medium are there.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLAG_FLUSH = 1, FLAG_FUA = 2, FLAG_DISCARD = 4 };
enum { SECTOR = 512 };
static const uint64_t MAGIC = 0x6a736677736872;

struct head {
	uint64_t magic, version, entries;
	uint32_t sector_size;
};

struct entry {
	uint64_t sector, sectors, flags, data_length;
};

struct log {
	const uint8_t *bytes;
	uint64_t size; /* up to the place */
	uint64_t sector_size;
};

static uint64_t random_state;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static uint64_t roll(uint64_t sides)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % sides;
}

static void load(const char *path, uint64_t place, struct log *ret_log)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct head head;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < SECTOR)
		die(path);
	ret_log->size = place < (uint64_t)st.st_size ? place : (uint64_t)st.st_size;
	ret_log->bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (ret_log->bytes == MAP_FAILED)
		die(path);
	close(fd);
	memcpy(&head, ret_log->bytes, sizeof(head));
	if (head.magic != MAGIC || head.sector_size < SECTOR || head.sector_size > 65536) {
		fprintf(stderr, "%s: not a log of writes\n", path);
		exit(2);
	}
	ret_log->sector_size = head.sector_size;
}

/* The entry at place, and the place behind it. False where the rest is less than an entry. */
static bool next(const struct log *log, uint64_t *place, struct entry *ret_entry,
		 const uint8_t **ret_data)
{
	uint64_t size = 0;

	if (log->size < *place + log->sector_size)
		return false;
	memcpy(ret_entry, log->bytes + *place, sizeof(*ret_entry));
	if (!(ret_entry->flags & FLAG_DISCARD))
		size = ret_entry->sectors * log->sector_size;
	if (log->size - *place - log->sector_size < size)
		return false;
	*ret_data = log->bytes + *place + log->sector_size;
	*place += log->sector_size + size;
	return true;
}

/* Where the last flush before the cut ends. */
static uint64_t find_flush(const struct log *log)
{
	uint64_t place = log->sector_size, flushed = place;
	struct entry entry;
	const uint8_t *data;

	while (next(log, &place, &entry, &data))
		if (entry.flags & FLAG_FLUSH)
			flushed = place;
	return flushed;
}

static void write_sectors(int fd, const struct log *log, const struct entry *entry,
			  const uint8_t *data, bool all)
{
	for (uint64_t i = 0; i < entry->sectors; i++)
		if (all || roll(2)) {
			off_t at = (off_t)((entry->sector + i) * log->sector_size);

			if (pwrite(fd, data + i * log->sector_size, log->sector_size, at) !=
			    (ssize_t)log->sector_size)
				die("the image");
		}
}

/* A discard promises nothing: what was there stays. */
static void replay(const struct log *log, int fd, const char *loss)
{
	uint64_t place = log->sector_size, flushed = find_flush(log);
	bool keep = strcmp(loss, "keep") == 0, any = strcmp(loss, "any") == 0;
	const uint8_t *data;
	struct entry entry;

	while (next(log, &place, &entry, &data)) {
		bool is_there = keep || place <= flushed || (entry.flags & FLAG_FUA);

		if (!(entry.flags & FLAG_DISCARD) && (is_there || any))
			write_sectors(fd, log, &entry, data, is_there);
	}
}

int main(int argc, char **argv)
{
	struct log log;
	int fd;

	if (argc != 6) {
		fputs("usage: block_cut LOG PLACE lose|keep|any SEED IMAGE\n", stderr);
		return 2;
	}
	load(argv[1], strtoull(argv[2], NULL, 10), &log);
	random_state = strtoull(argv[4], NULL, 10);
	fd = open(argv[5], O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		die(argv[5]);
	replay(&log, fd, argv[3]);
	return close(fd) ? 2 : 0;
}
