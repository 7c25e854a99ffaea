/*
 * The parts of servmgr: one function for each verb. A verb that changes something only
 * looks at the mount and adds steps to the plan; a query prints.
 */
#ifndef TOOLS_SERVMGR_H
#define TOOLS_SERVMGR_H

#include "tools/mountpoint.h"
#include "tools/plan.h"
#include "tools/print.h"
#include "tools/servmgr_arguments.h"

struct session {
	struct request request;
	struct mountpoint mount; /* empty for initialize */
	struct plan *plan;
};

/*
 * EXIT_DONE when the plan is made (or the query printed), else the exit code of the
 * program; the reason has been printed then.
 */
enum exit_code initialize_plan(struct session *session);
enum exit_code level_add_plan(struct session *session);
enum exit_code level_delete_plan(struct session *session);
enum exit_code level_package_plan(struct session *session);
enum exit_code level_setlock_plan(struct session *session);
enum exit_code level_setstate_plan(struct session *session);
enum exit_code level_send_plan(struct session *session);
enum exit_code level_query(struct session *session);
enum exit_code system_add_plan(struct session *session);
enum exit_code system_delete_plan(struct session *session);
enum exit_code system_modify_plan(struct session *session);
enum exit_code system_test_plan(struct session *session);
enum exit_code system_put2prod_plan(struct session *session);
enum exit_code system_rollback_plan(struct session *session);
enum exit_code system_query(struct session *session);
enum exit_code backup_add_plan(struct session *session);
enum exit_code backup_delete_plan(struct session *session);
enum exit_code backup_query(struct session *session);
enum exit_code scrub_plan(struct session *session); /* start, stop, resume */
enum exit_code scrub_query(struct session *session);
enum exit_code scrub_findings(struct session *session);

/* ---- what several verbs look up (servmgr_names.c); each prints why it could not ---- */

/* The name of an existing level or system as the mount writes it. The caller frees. */
enum exit_code find_level(const struct session *session, const char *name, char **ret_exact);
enum exit_code find_system(const struct session *session, const char *name, char **ret_exact);
/* May a level or a system be made under this name at all? The mount decides the rest. */
enum exit_code check_new_name(const char *name);
enum exit_code out_of_memory(void);

#endif
