/*
 * scrub start, stop, resume: what the scrub is told is the value of one attribute of the mount.
 */
#include "fs/protocol.h"
#include "tools/scope.h"
#include "tools/servmgr.h"

#include <stdio.h>
#include <stdlib.h>

static const char *verb_of(enum action action)
{
	switch (action) {
	case ACTION_SCRUB_STOP:
		return "stop";
	case ACTION_SCRUB_RESUME:
		return "resume";
	default:
		return "start";
	}
}

enum exit_code scrub_plan(struct session *session)
{
	const struct request *request = &session->request;
	_cleanup_free_ char *words = NULL;

	if (asprintf(&words, "%s%s%s", verb_of(request->action), request->rate ? " rate=" : "",
		     request->rate ? request->rate : "") < 0) {
		words = NULL;
		return out_of_memory();
	}
	plan_set_attribute(session->plan, session->mount.path, PROTOCOL_PREFIX PROTOCOL_SCRUB, words);
	return EXIT_DONE;
}
