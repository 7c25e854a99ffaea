/*
 * The line form of the tables. Dates are those of z/VM's tables (mm/dd/yy), in UTC, so
 * that hosts in several time zones agree on them; a user is shown by name where the host
 * knows one, by number where not.
 */
#include "store/level/tag.h"

#include <pwd.h>
#include <stdio.h>

static void add_escaped(struct buffer *buffer, const char *value)
{
	for (const char *at = value; *at; at++) {
		unsigned char c = (unsigned char)*at;

		if (c < 0x20 || c == 0x7f || c == '\\')
			buffer_printf(buffer, "\\x%02x", c);
		else
			buffer_u8(buffer, c);
	}
}

void tag_add(struct tag_text *text, const char *tag, const char *value)
{
	buffer_printf(text->buffer, ":%s.", tag);
	add_escaped(text->buffer, value);
	buffer_text(text->buffer, "\n");
}

void tag_begin(struct tag_text *text, const char *tag, const char *value)
{
	if (text->begun)
		buffer_text(text->buffer, "\n");
	text->begun = true;
	tag_add(text, tag, value);
}

static const char *user_name(struct tag_text *text, uint32_t uid)
{
	struct passwd entry, *found = NULL;
	char memory[4096];

	if (text->knows_user && text->uid == uid)
		return text->user;
	if (getpwuid_r(uid, &entry, memory, sizeof(memory), &found) == 0 && found)
		snprintf(text->user, sizeof(text->user), "%s", found->pw_name);
	else
		snprintf(text->user, sizeof(text->user), "%u", uid);
	text->uid = uid;
	text->knows_user = true;
	return text->user;
}

void tag_add_time(struct tag_text *text, const char *tag, const char *state,
		  const struct timespec *when, uint32_t uid)
{
	char date[32] = "", value[128];
	struct tm parts;

	if (gmtime_r(&when->tv_sec, &parts))
		strftime(date, sizeof(date), "%m/%d/%y.%H:%M:%S", &parts);
	snprintf(value, sizeof(value), "%s%s%s.%s", state ? state : "", state ? "." : "", date,
		 user_name(text, uid));
	tag_add(text, tag, value);
}
