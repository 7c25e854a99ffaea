/*
 * The kinds of steps: plan.c keeps them, plan_steps.c does them.
 */
#ifndef TOOLS_PLAN_INTERNAL_H
#define TOOLS_PLAN_INTERNAL_H

#define STEP_WORDS_MAX 8

/*
 * run does what the words say when sh reads them. 0, a negative errno, or for a program
 * its exit status.
 */
struct step_kind {
	int (*run)(char *const *words);
};

extern const struct step_kind step_mkdir, step_rmdir, step_remove_tree, step_link, step_relink,
	step_rename, step_set_attribute, step_set_attribute_raw, step_program;

#endif
