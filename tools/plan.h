/*
 * What servmgr is about to do, as a list of steps. Each step is one ordinary file
 * operation, known both as the words of a shell command and as the system call that
 * command makes; plan_carry_out() prints the one or makes the other, so a dry run and
 * the real run cannot differ in what they stand for.
 *
 * Making a plan changes nothing. The functions that add a step never fail: no memory is
 * remembered and answered by plan_carry_out(). All paths are absolute; texts are copied.
 */
#ifndef TOOLS_PLAN_H
#define TOOLS_PLAN_H

#include <stdbool.h>
#include <stdio.h>

struct plan;

/* 0 or -ENOMEM. */
int plan_new(struct plan **ret_plan);
void plan_free(struct plan *plan); /* NULL is legal */
static inline void cleanup_plan(struct plan **plan)
{
	plan_free(*plan);
}

/* ---- the steps: what they say in the shell ---- */

void plan_mkdir(struct plan *plan, const char *path);			   /* mkdir PATH */
void plan_rmdir(struct plan *plan, const char *path);			   /* rmdir PATH */
void plan_remove_tree(struct plan *plan, const char *path);		   /* rm -rf PATH */
void plan_link(struct plan *plan, const char *target, const char *path);   /* ln -s TARGET PATH */
void plan_relink(struct plan *plan, const char *target, const char *path); /* ln -sfn TARGET PATH */
void plan_rename(struct plan *plan, const char *from, const char *to);	   /* mv -T FROM TO */
/* setfattr -n NAME -v VALUE PATH */
void plan_set_attribute(struct plan *plan, const char *path, const char *name, const char *value);
/* Runs a program found in PATH; arguments end with NULL. Its exit status is the step's. */
void plan_program(struct plan *plan, const char *const *arguments);

/*
 * Ties the plan together from here: when a later step fails, the directory that the last
 * mkdir step made is removed again. At most one such directory for each mkdir step.
 */
void plan_undo_mkdir(struct plan *plan);

/* A remark: a line of output when the plan is carried out, a comment of the dry run. */
void plan_remark(struct plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool plan_is_empty(const struct plan *plan); /* no step; remarks do not count */

/* ---- carrying it out ---- */

enum plan_mode {
	PLAN_RUN = 0,	  /* do the steps; remarks to output */
	PLAN_VERBOSE = 1, /* the same, each step's shell text to stderr before it is done */
	PLAN_DRY_RUN = 2, /* print to output what PLAN_RUN would do; change nothing */
};

/* What stopped a plan. Texts are valid while the plan lives. */
struct plan_failure {
	const char *shell; /* the step in words, or NULL: no memory, output failed */
	const char *path;  /* what it was about, or NULL */
	int status;	   /* a program's exit status when code is -ECHILD */
};

/*
 * 0, or the negative errno of the first step that failed; -ECHILD when a program ended
 * with another status than 0. Steps before it stay done, except what plan_undo_mkdir()
 * takes back. ret_failure is filled unless 0.
 */
int plan_carry_out(struct plan *plan, enum plan_mode mode, FILE *output,
		   struct plan_failure *ret_failure);

/*
 * The word as sh reads it: itself when it needs no quotes, else in single quotes. The
 * caller frees; NULL: no memory.
 */
char *shell_quote(const char *word);

#endif
