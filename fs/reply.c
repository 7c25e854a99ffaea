/*
 * Replies. An answer is sent at once, or, when the call has notes for the kernel, copied into
 * a job of the notifier, which sends it after them: a caller that changed something through
 * DELTA finds it in BUILD when its system call returns.
 *
 * A reply to an interrupted request is refused by the kernel with ENOENT. For the open of a directory that
 * means that no release will follow, so the handle is closed here.
 */
#include <errno.h>
#include <stdlib.h>

#include "fs/handle.h"
#include "fs/loop.h"
#include "fs/place.h"
#include "fs/reply.h"

enum answer_kind { ANSWER_CODE, ANSWER_ENTRY, ANSWER_ATTR, ANSWER_WRITTEN };

struct answer {
	fuse_req_t req;
	struct mount *mount;
	enum answer_kind kind;
	int code;
	double timeout;
	union {
		struct fuse_entry_param entry;
		struct stat stat;
		size_t written;
	} value;
	struct request request;
};

struct answer_job {
	struct notify_job job; /* first */
	struct answer answer;
};

struct call call_begin(fuse_req_t req, enum message message)
{
	const struct fuse_ctx *context = fuse_req_ctx(req);
	struct mount *mount = fuse_req_userdata(req);

	metrics_count(&mount->metrics, message);
	return (struct call){ .req = req,
			      .mount = mount,
			      .uid = context->uid,
			      .gid = context->gid,
			      .umask = context->umask };
}

void call_changes(struct call *call)
{
	request_begin(call->mount->requests, loop_request()->unique, &call->request);
}

int call_carried_out(struct call *call)
{
	return filespace_sync(call->mount->filespace);
}

/* ---- refusals ---- */

/* A stale handle is nobody's refusal, and a plain errno says all there is to say. */
static bool is_refusal(int code)
{
	return code < 0 && error_name(code)[0] && code != -CSM_STALE;
}

int refusal(struct call *call, struct place *place, const char *operation, const char *name,
	    int code)
{
	_cleanup_(cleanup_buffer) struct buffer path = BUFFER_INIT;
	_cleanup_free_ char *text = NULL;

	if (!is_refusal(code))
		return code;
	place_path(place, name, &path);
	text = buffer_detach_text(&path);
	if (place_in_tree(place))
		oplog_add_refusal(filespace_oplog(call->mount->filespace), call->uid, operation,
				  text ? text : "", code);
	else
		oplog_add(filespace_oplog(call->mount->filespace), call->uid, operation,
			  text ? text : "", code, NULL);
	return code;
}

/* ---- answers ---- */

static void send_answer(struct answer *answer)
{
	if (answer->code || answer->kind == ANSWER_CODE)
		fuse_reply_err(answer->req, error_errno(answer->code));
	else if (answer->kind == ANSWER_ENTRY)
		fuse_reply_entry(answer->req, &answer->value.entry);
	else if (answer->kind == ANSWER_WRITTEN)
		fuse_reply_write(answer->req, answer->value.written);
	else
		fuse_reply_attr(answer->req, &answer->value.stat, answer->timeout);
	request_answered(&answer->request);
}

static void finish_job(struct notify_job *job, bool told)
{
	struct answer_job *answer_job = (struct answer_job *)job;

	if (told)
		send_answer(&answer_job->answer);
	else
		fuse_reply_none(answer_job->answer.req);
	free(answer_job);
}

static void answer(struct call *call, struct answer *answer)
{
	struct answer_job *job = NULL;

	request_leave();
	answer->request = call->request;
	if (call->notes.first)
		job = calloc(1, sizeof(*job));
	if (!job) {
		notes_release(&call->notes);
		send_answer(answer);
		return;
	}
	job->job.finish = finish_job;
	job->job.notes = call->notes;
	call->notes.first = NULL;
	job->answer = *answer;
	notifier_add(call->is_of_text ? call->mount->text_notifier : call->mount->notifier,
		     &job->job);
}

static struct answer answer_of(struct call *call, enum answer_kind kind, int code)
{
	return (struct answer){
		.req = call->req, .mount = call->mount, .kind = kind, .code = code
	};
}

void reply_code(struct call *call, int code)
{
	struct answer a = answer_of(call, ANSWER_CODE, code);

	answer(call, &a);
}

void reply_entry(struct call *call, int code, const struct fuse_entry_param *entry)
{
	struct answer a = answer_of(call, ANSWER_ENTRY, code);

	a.value.entry = *entry;
	answer(call, &a);
}

void reply_lookup(struct call *call, int code, const struct fuse_entry_param *entry, double timeout)
{
	struct fuse_entry_param nothing = { .entry_timeout = timeout };

	if (code == -ENOENT && timeout > 0)
		fuse_reply_entry(call->req, &nothing);
	else
		reply_entry(call, code, entry);
}

void reply_open(struct call *call, int code, const struct fuse_file_info *info)
{
	if (code)
		reply_code(call, code);
	else if (fuse_reply_open(call->req, info) == -ENOENT)
		handle_close(call->mount, info->fh);
}

void reply_attr(struct call *call, int code, const struct stat *stat, double timeout)
{
	struct answer a = answer_of(call, ANSWER_ATTR, code);

	a.value.stat = *stat;
	a.timeout = timeout;
	answer(call, &a);
}

void reply_written(struct call *call, int code, size_t size)
{
	struct answer a = answer_of(call, ANSWER_WRITTEN, code);

	a.value.written = size;
	answer(call, &a);
}

void reply_bytes(struct call *call, int code, const void *data, size_t size)
{
	if (code)
		reply_code(call, code);
	else
		fuse_reply_buf(call->req, data, size);
}

void reply_value(struct call *call, int code, const struct buffer *value, size_t room)
{
	if (code)
		reply_code(call, code);
	else if (buffer_failed(value))
		reply_code(call, -ENOMEM);
	else if (room == 0)
		fuse_reply_xattr(call->req, value->size);
	else if (value->size > room)
		reply_code(call, -ERANGE);
	else
		fuse_reply_buf(call->req, (const char *)value->data, value->size);
}
