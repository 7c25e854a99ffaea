/*
 * What program this is and what it works with: csmfs --version, the first line of the log, and the
 * end of /.csmfs/version.
 */
#ifndef FS_VERSION_H
#define FS_VERSION_H

#include "store/base/buffer.h"

struct mount;

/* Appends a line for each library and one for the kernel. */
void version_libraries(struct buffer *ret_text);
/* One line for the log: program, format, libraries, kernel and the protocol it speaks with us. */
void version_log(const struct mount *mount);

#endif
