/*
 * Counters of what the kernel asks, and the text of /.csmfs/metrics: Prometheus lines made
 * of these and of what the rooms of the store count themselves.
 */
#ifndef FS_METRICS_H
#define FS_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

struct buffer;
struct mount;

/* The kernel's messages by their own names (linux/fuse.h); ones that have no row are not served. */
#define MESSAGES(x)                                                                                \
	x(LOOKUP) x(FORGET) x(GETATTR) x(SETATTR) x(READLINK) x(SYMLINK) x(MKNOD) x(MKDIR)         \
	x(UNLINK) x(RMDIR) x(RENAME) x(LINK) x(OPEN) x(READ) x(WRITE) x(STATFS) x(RELEASE)         \
	x(FSYNC) x(SETXATTR) x(GETXATTR) x(LISTXATTR) x(REMOVEXATTR) x(FLUSH) x(INIT)              \
	x(OPENDIR) x(READDIR) x(RELEASEDIR) x(FSYNCDIR) x(CREATE) x(BATCH_FORGET)                  \
	x(FALLOCATE) x(READDIRPLUS) x(RENAME2) x(LSEEK) x(COPY_FILE_RANGE)

enum message {
#define MESSAGE_ENUM(name) MESSAGE_##name,
	MESSAGES(MESSAGE_ENUM)
#undef MESSAGE_ENUM
	MESSAGE_COUNT
};

struct metrics {
	atomic_uint_fast64_t messages[MESSAGE_COUNT];
	atomic_uint_fast64_t bytes_read, bytes_written;
	atomic_uint_fast64_t notifications; /* entries and inodes the kernel was told to forget */
};

static inline void metrics_count(struct metrics *metrics, enum message message)
{
	atomic_fetch_add_explicit(&metrics->messages[message], 1, memory_order_relaxed);
}

static inline void metrics_add(atomic_uint_fast64_t *counter, uint64_t amount)
{
	atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

/* 0 or -ENOMEM. */
int metrics_text(struct mount *mount, struct buffer *ret_text);

#endif
