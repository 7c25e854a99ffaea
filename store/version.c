/*
 * Asked of the libraries when it is wanted, not taken from their headers: those are what we were
 * built with, and a fault is often in the difference.
 */
#include "store/version.h"

#include <archive.h>
#include <lz4.h>

#include "store/chunk/digest.h"
#include "store/engine/engine.h"

void store_versions(struct buffer *ret_text)
{
	buffer_text(ret_text, "RocksDB ");
	engine_rocksdb_version(ret_text);
	buffer_printf(ret_text, "\nLZ4 %s\nlibcrypto %s\n%s\n", LZ4_versionString(),
		      digest_library(), archive_version_string());
}
