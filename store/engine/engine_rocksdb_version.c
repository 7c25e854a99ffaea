/*
 * The C API does not tell which RocksDB is in use, and what we were built with may be another
 * one. But a shared library is called after its version, and the loader knows which file
 * it took.
 */
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>

#include "store/engine/engine_rocksdb.h"

#define FILE_START "librocksdb.so."

void engine_rocksdb_version(struct buffer *ret_text)
{
	char file[PATH_MAX];
	const char *name;
	Dl_info info;

	if (!dladdr((void *)(uintptr_t)rocksdb_open, &info) || !realpath(info.dli_fname, file)) {
		buffer_text(ret_text, "unknown");
		return;
	}
	name = strrchr(file, '/') + 1;
	if (strncmp(name, FILE_START, strlen(FILE_START)) == 0)
		name += strlen(FILE_START);
	buffer_text(ret_text, name);
}
