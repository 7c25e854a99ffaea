/*
 * An engine around an engine, for tests of what happens when the disk fails or the machine
 * stops. It counts calls and strikes at the n-th one; a test runs with n = 1, 2, 3 and
 * so on until nothing was struck any more, and looks at the store after each run.
 *
 *   FAULT_ONCE  the n-th call fails with -EIO and changes nothing; later ones work
 *   FAULT_DEAD  the n-th call and every later one fails with -EIO and changes nothing, as
 *               if the process had ended before it
 *
 * Power cut: changes that no sync has covered may be lost, the newest first. The wrapper
 * keeps a journal of how to undo them; engine_faulty_power_cut() does it on the engine
 * inside, whichever that is. So after FAULT_DEAD a test opens the rooms again on the
 * engine inside: as it is for a process that died, after a power cut for a machine.
 *
 *   engine_memory_open(&inner);
 *   for (uint64_t n = 1; struck; n++) {
 *           engine_faulty_new(&inner, &faulty);
 *           engine = engine_faulty_engine(faulty);
 *           engine_faulty_strike(faulty, FAULT_COMMIT | FAULT_SYNC, n, FAULT_DEAD);
 *           ... work on engine ...
 *           struck = engine_faulty_struck(faulty);
 *           engine_faulty_power_cut(faulty, 0);
 *           engine_faulty_free(faulty);
 *           ... look at inner ...
 *   }
 *
 * Thread-safe like any engine. Sizes are checked by kv_*() and blobs_*() as for others.
 */
#ifndef TESTS_SUPPORT_ENGINE_FAULTY_H
#define TESTS_SUPPORT_ENGINE_FAULTY_H

#include "store/engine/engine.h"

struct engine_faulty;

/* What is counted. Iterators and blobs_each() count as FAULT_GET when they are made. */
enum fault_calls {
	FAULT_COMMIT = 1,
	FAULT_SYNC = 2, /* and checkpoint, which syncs */
	FAULT_PUT = 4,
	FAULT_REMOVE = 8,
	FAULT_GET = 16, /* get, get_many, has, iter_new, each */
	FAULT_CHANGES = FAULT_COMMIT | FAULT_SYNC | FAULT_PUT | FAULT_REMOVE,
};

enum fault_mode { FAULT_NONE = 0, FAULT_ONCE = 1, FAULT_DEAD = 2 };

/* inner is not owned, must outlive the wrapper and be used by nobody else meanwhile. -ENOMEM. */
int engine_faulty_new(const struct engine *inner, struct engine_faulty **ret_faulty);
/* The engine to use. Closing it does nothing to the one inside. */
struct engine engine_faulty_engine(struct engine_faulty *faulty);
void engine_faulty_free(struct engine_faulty *faulty); /* NULL is legal */

/* Strikes at the n-th call (1: the next) of these kinds. Counts anew; a dead engine lives again. */
void engine_faulty_strike(struct engine_faulty *faulty, unsigned calls, uint64_t n,
			  enum fault_mode mode);
/* Did it strike since engine_faulty_strike()? */
bool engine_faulty_struck(struct engine_faulty *faulty);
/* How many calls of the chosen kinds there were since then. */
uint64_t engine_faulty_calls(struct engine_faulty *faulty);

/* A disk with so much room: blobs_room() says so, puts succeed. UINT64_MAX at first. */
void engine_faulty_room(struct engine_faulty *faulty, uint64_t bytes);

/* Changes (commits, puts and removes of blobs) that no sync has covered yet. */
size_t engine_faulty_unsynced(struct engine_faulty *faulty);
/*
 * Undoes the unsynced changes but the oldest keep ones, and the engine is dead. Nobody else may be
 * in the engine. 0 or the failure of the engine inside.
 */
int engine_faulty_power_cut(struct engine_faulty *faulty, size_t keep);

#endif
