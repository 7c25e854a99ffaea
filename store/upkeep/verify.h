/*
 * The check behind fsck.csmfs: is everything in the store as the rooms would have written
 * it, and does it fit together?
 *
 *   records   every record decodes
 *   levels    their versions exist, STABLE levels are locked
 *   systems   links point to levels, log directories are there
 *   versions  every version is reached from a level
 *   packages  files are there and match MANIFEST, MANIFEST its record and its signature
 *   rows      rows, references and chunks of all versions (trees_verify())
 *
 * What does not read because it is damaged is told like everything else, and the check goes on.
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

/* The parts of the check, in order: the first is records, levels, systems and versions. */
enum verify_part { VERIFY_RECORDS = 1, VERIFY_PACKAGES = 2, VERIFY_ROWS = 3 };

/*
 * One part of the check of a store that others use, without repairs: moment is a store_moment() of
 * it. position is as trees_verify_from() has it; of the records it is not used. 0 at the end of
 * the part, what options->pace returned, or the failure that ended it.
 */
int store_verify_part(struct store *store, struct store *moment, enum verify_part part,
		      const struct verify_options *options, const struct verify_report *report,
		      struct buffer *position);

#endif
