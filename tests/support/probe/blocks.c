/*
 * Blocks of one file, for the sections bigfile and random of bench.sh: in C, because a warm read
 * of 4 KiB takes less than what an interpreter adds to it. Content is of a generator that nothing
 * compresses and no block of which comes twice. Prints one number.
 *
 *     blocks write FILE MIB          MB/s, of a new file, with the fsync at its end
 *     blocks read FILE               MB/s
 *     blocks random FILE COUNT       reads of 4 KiB a second, anywhere in the file
 *     blocks overwrite FILE COUNT    overwrites of 4 KiB a second, each followed by fsync
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE   4096
#define STRIDE (1 << 20)

static uint64_t state = 0x9e3779b97f4a7c15;
static uint64_t words[STRIDE / sizeof(uint64_t)];

static uint64_t next_number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void new_content(size_t size)
{
	for (size_t i = 0; i < size / sizeof(words[0]); i++)
		words[i] = next_number();
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double write_all(int file, long mib)
{
	double start = now();

	for (long i = 0; i < mib; i++) {
		new_content(STRIDE);
		if (write(file, words, STRIDE) != STRIDE)
			err(1, "write");
	}
	if (fsync(file) < 0)
		err(1, "fsync");
	return (double)mib * STRIDE / 1e6 / (now() - start);
}

static double read_all(int file)
{
	double start = now();
	double sum = 0;
	ssize_t size;

	while ((size = read(file, words, STRIDE)) > 0)
		sum += (double)size;
	if (size < 0)
		err(1, "read");
	return sum / 1e6 / (now() - start);
}

static double anywhere(int file, long count, int overwrites)
{
	struct stat status;
	double start;

	if (fstat(file, &status) < 0 || status.st_size < PAGE)
		errx(1, "the file has no block");
	start = now();
	for (long i = 0; i < count; i++) {
		off_t at = (off_t)(next_number() % ((uint64_t)status.st_size / PAGE)) * PAGE;

		if (overwrites) {
			new_content(PAGE);
			if (pwrite(file, words, PAGE, at) != PAGE || fsync(file) < 0)
				err(1, "overwrite");
		} else if (pread(file, words, PAGE, at) != PAGE) {
			err(1, "read");
		}
	}
	return (double)count / (now() - start);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";
	long count = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
	int writes = !strcmp(verb, "write");
	int how = writes ? O_RDWR | O_CREAT | O_TRUNC : strcmp(verb, "overwrite") ? O_RDONLY : O_RDWR;
	double result = 0;
	int file;

	file = argc > 2 ? open(argv[2], how, 0644) : -1;
	if (file < 0)
		err(2, "blocks write|read|random|overwrite FILE [COUNT]");
	/* Other content in each run: a store that holds equal content once must not gain. */
	state ^= (uint64_t)getpid() << 32 ^ (uint64_t)time(NULL);
	if (writes)
		result = write_all(file, count);
	else if (!strcmp(verb, "read"))
		result = read_all(file);
	else if (!strcmp(verb, "random") || !strcmp(verb, "overwrite"))
		result = anywhere(file, count, !strcmp(verb, "overwrite"));
	else
		errx(2, "unknown: %s", verb);
	if (close(file) < 0)
		err(1, "close");
	printf("%.1f\n", result);
	return 0;
}
