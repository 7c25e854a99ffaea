/*
 * What one worker leaves to the next: shared memory that the supervisor made, so that it is there
 * whatever the worker died of. It has what the kernel relies on and no store knows: the kernel's
 * greeting, links and packages on their way.
 *
 * Two versions of the program meet here when csmfs is upgraded without an unmount: the layout is
 * docs/protocol.md "Handover", and another one has another HANDOVER_VERSION.
 *
 * Whoever writes may die between any two stores to memory. So each entry has one field that says
 * that it counts, which is written last and taken away first.
 */
#ifndef FS_HANDOVER_H
#define FS_HANDOVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HANDOVER_VERSION  2
#define HANDOVER_SIZE	  ((size_t)128 << 10)
#define HANDOVER_GREETING 512
#define HANDOVER_SPARES	  64
#define HANDOVER_EMPTYING 64
#define HANDOVER_REQUESTS 64
#define HANDOVER_REQUEST  640 /* of a request the first bytes: two names and what stands before them */

/* A link in a system's directory on its way to be renamed over another (fs/system_dir.c). */
struct handover_spare {
	_Atomic uint64_t change; /* which one it is; 0: free */
	uint64_t unique;	 /* the request that gave it its name */
	uint32_t system, level;
	char name[256];
};

/* A directory of a package that rm -r has begun to empty (fs/package_dir.c). */
struct handover_emptying {
	_Atomic uint64_t directory; /* 0: free */
	uint32_t level, reserved;
	char name[112]; /* in the level's directory */
};

/* A request that is being worked on, for kernels that do not send it again. */
struct handover_request {
	_Atomic uint64_t size; /* 0: free */
	uint8_t bytes[HANDOVER_REQUEST];
};

struct handover_head {
	char magic[4]; /* "CSMH" */
	uint32_t version;
	uint64_t number;	  /* random: which mount it is */
	_Atomic uint32_t workers; /* that were started */
	_Atomic uint32_t served;  /* the last of them that answered a request, counted from 1 */
	uint32_t wanted;    /* what the first worker and the kernel agreed on, bits of libfuse */
	uint32_t max_write; /* the same: bytes of the longest write */
	_Atomic uint64_t greeting_size; /* 0: the kernel has not greeted yet */
	uint8_t greeting[HANDOVER_GREETING];
	uint64_t reserved;	  /* 0 */
	_Atomic uint64_t changes; /* of spares so far */
	struct handover_spare spares[HANDOVER_SPARES];
	struct handover_emptying emptying[HANDOVER_EMPTYING];
	_Alignas(64) struct handover_request requests[HANDOVER_REQUESTS];
};

struct handover {
	int fd;
	bool resumed; /* a worker before us had the mount */
	struct handover_head *head;
};

/* Makes an empty one. 0 or -errno. */
int handover_new(struct handover **ret_handover);
/*
 * The one behind fd, which is taken over in every case. -EPROTO, with a line in the log, when
 * another version made it; -EUCLEAN when it is none.
 */
int handover_open(int fd, struct handover **ret_handover);
/* The memory stays for others that have it. NULL is legal. */
void handover_close(struct handover *handover);

#endif
