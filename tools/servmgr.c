/*
 * servmgr: z/VM's command for service levels and managed systems, over a csmfs mount.
 *
 * It links neither the store nor FUSE, and does nothing an ordinary file operation could
 * not do: each verb makes a plan (tools/plan.h) of such operations, which is printed as a
 * shell script (--dry-run) or carried out here, in one place. Whether something is allowed
 * the mount says; after a refusal its control log has the words.
 */
#include "tools/servmgr.h"
#include "fs/protocol.h"
#include "tools/progress.h"
#include "tools/refusal.h"
#include "tools/scope.h"

#include <errno.h>
#include <locale.h>
#include <string.h>
#include <time.h>

#define LOG_SLACK_SECONDS 2 /* the log drops a line that it had a second ago */

static const struct action_row {
	enum action action;
	bool needs_mount;
	enum exit_code (*run)(struct session *session);
} actions[] = {
	{ ACTION_INITIALIZE, false, initialize_plan },
	{ ACTION_LEVEL_ADD, true, level_add_plan },
	{ ACTION_LEVEL_DELETE, true, level_delete_plan },
	{ ACTION_LEVEL_PACKAGE, true, level_package_plan },
	{ ACTION_LEVEL_SETLOCK, true, level_setlock_plan },
	{ ACTION_LEVEL_SETSTATE, true, level_setstate_plan },
	{ ACTION_LEVEL_SEND, true, level_send_plan },
	{ ACTION_LEVEL_QUERY, true, level_query },
	{ ACTION_SYSTEM_ADD, true, system_add_plan },
	{ ACTION_SYSTEM_DELETE, true, system_delete_plan },
	{ ACTION_SYSTEM_MODIFY, true, system_modify_plan },
	{ ACTION_SYSTEM_TEST, true, system_test_plan },
	{ ACTION_SYSTEM_PUT2PROD, true, system_put2prod_plan },
	{ ACTION_SYSTEM_ROLLBACK, true, system_rollback_plan },
	{ ACTION_SYSTEM_QUERY, true, system_query },
	{ ACTION_BACKUP_ADD, true, backup_add_plan },
	{ ACTION_BACKUP_DELETE, true, backup_delete_plan },
	{ ACTION_BACKUP_QUERY, true, backup_query },
	{ ACTION_SCRUB_START, true, scrub_plan },
	{ ACTION_SCRUB_STOP, true, scrub_plan },
	{ ACTION_SCRUB_RESUME, true, scrub_plan },
	{ ACTION_SCRUB_QUERY, true, scrub_query },
	{ ACTION_SCRUB_FINDINGS, true, scrub_findings },
};

static const struct action_row *find_action(enum action action)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (actions[i].action == action)
			return &actions[i];
	return NULL;
}

enum exit_code initialize_plan(struct session *session)
{
	const struct request *request = &session->request;
	const char *store = request->store ? request->store : getenv("CSMFS_STORE");

	if (!store || !*store) {
		print_error_line("name the store: --store STORE, or set CSMFS_STORE");
		return EXIT_USAGE;
	}
	plan_program(session->plan, (const char *const[]){ "mkfs.csmfs", "--release",
							   request->release, "--", store, NULL });
	return EXIT_DONE;
}

/* ---- the mount ---- */

static enum exit_code open_mount(struct session *session)
{
	_cleanup_free_ char *message = NULL;
	const char *release = session->request.release;

	if (mountpoint_find(session->request.mount, &session->mount, &message)) {
		print_error_line("%s", message ? message : strerror(ENOMEM));
		return EXIT_NO_MOUNT;
	}
	if (release && strcmp(release, session->mount.release) != 0) {
		print_error_line(
			"%s shows release %s, not %s; mount that one with -o release=%s, or name its mount: "
			"--mount DIR",
			session->mount.path, session->mount.release, release, release);
		return EXIT_NO_MOUNT;
	}
	return EXIT_DONE;
}

/* ---- carrying the plan out ---- */

/* What the mount's log says about it, or NULL. The caller frees. */
static char *logged_reason(const struct session *session, const char *path, time_t since)
{
	_cleanup_free_ char *log = NULL;
	size_t size = session->mount.path ? strlen(session->mount.path) : 0;
	char *reason = NULL;

	if (!path || !size || strncmp(path, session->mount.path, size) != 0)
		return NULL;
	path += size + strspn(path + size, "/");
	if (mountpoint_read(&session->mount, PROTOCOL_CONTROL "/" PROTOCOL_LOG, &log) ||
	    refusal_find(log, path, since, &reason))
		return NULL;
	return reason;
}

/* What the kernel refuses by itself has no line in the log: the newest is of something else. */
static bool is_logged(int code, const char *reason)
{
	if (code == -EEXIST)
		return strstr(reason, "_EXISTS: ") != NULL;
	return code != -EACCES;
}

static const char *way_out_of(int code)
{
	switch (code) {
	case -EEXIST:
		return "; choose another name";
	case -EACCES:
		return "; only root changes levels, systems, backups and the scrub";
	default:
		return "";
	}
}

static enum exit_code explain_failure(const struct session *session,
				      const struct plan_failure *failure, int code, time_t since)
{
	_cleanup_free_ char *reason = NULL;

	if (!failure->shell) {
		print_error_line("%s", strerror(-code));
		return EXIT_SYSTEM;
	}
	if (code == -ECHILD) /* the program has said why */
		return failure->status == 1   ? EXIT_REFUSED
		       : failure->status == 2 ? EXIT_USAGE
					      : EXIT_SYSTEM;
	reason = logged_reason(session, failure->path, since);
	if (reason && is_logged(code, reason))
		print_error_line("%s", reason);
	else
		print_error_line("%s: %s%s", failure->shell, strerror(-code), way_out_of(code));
	return failure->path ? exit_code_of(code) : EXIT_SYSTEM;
}

static enum exit_code carry_out(struct session *session)
{
	const struct request *request = &session->request;
	enum plan_mode mode = request->dry_run	 ? PLAN_DRY_RUN
			      : request->verbose ? PLAN_VERBOSE
						 : PLAN_RUN;
	time_t since = time(NULL) - LOG_SLACK_SECONDS;
	struct progress *progress = NULL;
	struct plan_failure failure;
	int code;

	if (request->action == ACTION_LEVEL_PACKAGE && mode != PLAN_DRY_RUN)
		progress = progress_begin(&session->mount);
	code = plan_carry_out(session->plan, mode, stdout, &failure);
	progress_end(progress);
	return code ? explain_failure(session, &failure, code, since) : EXIT_DONE;
}

static enum exit_code run(struct session *session, const struct action_row *action)
{
	enum exit_code status = EXIT_DONE;

	if (plan_new(&session->plan))
		return out_of_memory();
	if (action->needs_mount)
		status = open_mount(session);
	if (!status)
		status = action->run(session);
	return status ? status : carry_out(session);
}

/* ---- the program ---- */

static void print_help(void)
{
	puts("Usage: servmgr [OPTION...] COMMAND\n\nCommands, without regard to case:\n");
	request_print_usage(stdout);
	puts("\nOptions:\n"
	     "  --mount DIR    the csmfs mount; else $CSMFS_MOUNT, else the only one there is\n"
	     "  --store STORE  initialize: the store; else $CSMFS_STORE\n"
	     "  -n, --dry-run  print the shell commands this stands for, change nothing\n"
	     "  --json         query: print JSON\n"
	     "  -v, --verbose  print each step; query: print whole records\n"
	     "  -h, --help     --version\n"
	     "\nExit codes: 0 done, 1 refused, 2 usage, 3 no mount or wrong release, 4 system error");
}

static void session_release(struct session *session)
{
	plan_free(session->plan);
	mountpoint_release(&session->mount);
	request_release(&session->request);
}

int main(int argc, char **argv)
{
	_cleanup_(session_release) struct session session = { .mount = MOUNTPOINT_INIT };
	_cleanup_free_ char *message = NULL;
	int code;

	setlocale(LC_ALL, "");
	code = request_parse(argc, argv, &session.request, &message);
	if (code) {
		print_error_line("%s", message ? message : strerror(-code));
		return code == -EINVAL ? EXIT_USAGE : EXIT_SYSTEM;
	}
	switch (session.request.action) {
	case ACTION_HELP:
		print_help();
		return EXIT_DONE;
	case ACTION_VERSION:
		puts("servmgr (csmfs) " CSMFS_VERSION);
		return EXIT_DONE;
	default:
		return (int)run(&session, find_action(session.request.action));
	}
}
