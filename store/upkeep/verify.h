/*
 * The check behind fsck.csmfs: is everything in the store as the rooms would have written
 * it, and does it fit together?
 *
 *   records   every record decodes
 *   levels    levels open, their versions exist, STABLE levels are locked
 *   packages  files are there and match MANIFEST, MANIFEST its record and its signature
 *   systems   links point to levels, log directories are there
 *   rows      rows, references and chunks of all versions (trees_verify())
 *   versions  every version is reached from a level
 *
 * A repair never guesses and never takes away what a user wrote: it makes again what
 * follows from something else (references, packages), or drops what nothing can reach.
 */
#ifndef STORE_UPKEEP_VERIFY_H
#define STORE_UPKEEP_VERIFY_H

#include "store/store.h"

/* Both may be called any number of times. Texts are valid during the call. */
struct verify_report {
	void (*phase)(void *context, const char *what); /* may be NULL */
	/* code is 0, or what reading the object ended with */
	void (*found)(void *context, const char *object, const char *what, int code);
	void *context;
};

struct verify_counts {
	uint64_t releases, levels, packages, systems; /* looked at */
	uint64_t problems;			      /* calls of found */
	uint64_t repaired; /* of those, what is right now; options->repair */
};

/*
 * Checks an open store that nobody else uses. 0 however much was found, or the failure
 * that ended the check before its end; ret_counts tells what was done until then.
 */
int store_verify(struct store *store, const struct verify_options *options,
		 const struct verify_report *report, struct verify_counts *ret_counts);

#endif
