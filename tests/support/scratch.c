/*
 * mkdtemp(3) and its opposite. Nothing but what scratch_new() made is ever removed here:
 * the walk stays on the device and follows no links.
 */
#include "tests/support/scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_START "/csmfs-test-"
#define OPEN_DIRS 16

char *scratch_new(void)
{
	const char *base = getenv("TMPDIR");
	char *path;

	if (!base || !base[0])
		base = "/tmp";
	if (asprintf(&path, "%s" NAME_START "XXXXXX", base) < 0)
		return NULL;
	if (!mkdtemp(path)) {
		free(path);
		return NULL;
	}
	return path;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st;
	(void)kind;
	(void)place;
	return remove(path);
}

void scratch_remove(char *path)
{
	if (path && strstr(path, NAME_START))
		nftw(path, remove_entry, OPEN_DIRS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(path);
}
