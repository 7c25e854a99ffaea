/*
 * What the files of the check share: one run of it.
 */
#ifndef STORE_UPKEEP_VERIFY_INTERNAL_H
#define STORE_UPKEEP_VERIFY_INTERNAL_H

#include "store/base/cleanup.h"
#include "store/upkeep/verify.h"

#define VERIFY_OBJECT_MAX 512
#define VERIFY_WHAT_MAX	  1024

struct verify {
	struct store *store;
	const struct verify_options *options;
	const struct verify_report *report;
	struct verify_counts *counts;
	struct buffer *position; /* in packages and rows: behind it there is still to be checked */
	struct kv *live;	 /* NULL, or the store is a moment of this */
	unsigned named;		 /* problems that were given names of levels */
	uint8_t *reached;	 /* a bit for each version that some level reads */
	size_t reached_size;
	bool reached_all; /* every level could be followed: what is not reached is lost */
};

/* True for codes that say that something stored is not as it should be; false for a failure of this run. */
bool verify_is_damage(int code);
/* Counts and reports a problem. */
void verify_problem(struct verify *verify, int code, const char *what, const char *object_format,
		    ...) __attribute__((format(printf, 4, 5)));
/* The versions of a view are read by some level. 0 or -ENOMEM. */
int verify_reach(struct verify *verify, const struct view *view);
/*
 * Words for a problem of rows: "720/LEVEL COMPONENT/dir/file", or "720/LEVEL/PACKAGE FILE", and
 * what is wrong, with the other levels that show the same.
 */
void verify_name(struct verify *verify, const struct tree_problem *problem,
		 char ret_object[VERIFY_OBJECT_MAX], char ret_what[VERIFY_WHAT_MAX]);

/*
 * The phases. 0 whatever was found, or the failure that ends the run.
 */
int verify_records(struct verify *verify, const char *release);
/* Levels of releases that are not in the list (each name with its NUL): their versions are not lost yet. */
int verify_strays(struct verify *verify, const struct buffer *releases);
/* What the scrub keeps of itself. */
int verify_scrub(struct verify *verify);
int verify_levels(struct verify *verify, struct filespace *filespace);
int verify_packages(struct verify *verify, struct filespace *filespace);
int verify_systems(struct verify *verify, struct filespace *filespace);
int verify_rows(struct verify *verify);
int verify_versions(struct verify *verify);

#endif
