/*
 * Runs a fuzzer over kept inputs, for builds without libFuzzer: one line of TAP a file, so that
 * tests/run-units.sh counts each as a case. The program fuzz_NAME takes tests/fuzz/corpus/NAME,
 * or the files it is given.
 *
 * Each input is in memory of exactly its size, so that a sanitizer sees the first byte too far.
 * A fuzzer that finds something ends the program; the line before says with which file.
 */
#include <dirent.h>
#include <errno.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (4u << 20)

static int replay(const char *path)
{
	uint8_t *all = malloc(INPUT_MAX), *exact;
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file || !all) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		free(all);
		if (file)
			fclose(file);
		return -1;
	}
	size = fread(all, 1, INPUT_MAX, file);
	fclose(file);
	exact = malloc(size ? size : 1);
	MUST(exact);
	memcpy(exact, all, size);
	free(all);
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

static int replay_counted(const char *path, int *number)
{
	if (replay(path) < 0)
		return -1;
	printf("ok %d - %s\n", ++*number, path);
	return 0;
}

static int replay_directory(const char *name, int *number)
{
	struct dirent **entries = NULL;
	char path[512];
	int count, result = 0;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/%s", name);
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "tests/fuzz/corpus/%s/%s", name, entries[i]->d_name);
		if (result == 0 && entries[i]->d_name[0] != '.')
			result = replay_counted(path, number);
		free(entries[i]);
	}
	free(entries);
	return result;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	int number = 0, result = 0;

	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	if (argc == 1)
		result = replay_directory(name, &number);
	for (int i = 1; i < argc && result == 0; i++)
		result = replay_counted(argv[i], &number);
	printf("1..%d\n", number);
	return result == 0 && number > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
