/*
 * What a test of damage does in processes of its own, so that it sees them die: make a store on
 * disk, go on with it and die, and look at it after it was damaged.
 */
#ifndef TESTS_SUPPORT_DAMAGED_STORE_H
#define TESTS_SUPPORT_DAMAGED_STORE_H

#include <stddef.h>

/* What a look came to; bits of an exit code. */
enum look {
	LOOK_WHOLE = 0,
	LOOK_REFUSED = 1, /* with a message */
	LOOK_FAILED = 2,  /* some reads gave a failure */
	LOOK_WRONG = 4,	  /* something is not what was written, and no failure told it */
	LOOK_FOUND = 8,	  /* the check found something */
	LOOK_MUTE = 16,	  /* refused without naming anything */
	LOOK_MISSED = 32, /* the check found something, and the scrub of a mounted store would not */
};

/*
 * The arguments of main(): what, the store's path, and for the last three a file with a
 * description. Returns the exit code.
 *
 *   make      a store with BASE, a level with its package, and a system; closed
 *   die       opens it, adds a level, syncs, and ends without closing
 *   go on     the same with changes of which the last are not synced; prints the size of the
 *             log when it was synced
 *   describe  writes all that users see of the store into the file
 *   look      a sum of enum look, against that file
 *   more      the same, but more than the file has may be there
 */
int damaged_store_do(int argc, char **argv);
/* The name of the log that is written now, as "db/000012.log". */
void damaged_store_log(const char *path, char *ret_name, size_t size);
/* A whole file as a text that the caller frees. */
char *damaged_store_text(const char *path);

#endif
