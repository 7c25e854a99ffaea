/*
 * One walk over the differences in BUILD, which come component by component, cut into
 * SERVLINKs.
 *
 * The inventory (APPLY) differs in few places, so its differences are gathered by name of
 * component first, and walked again for each of these: a SERVLINK ends with its
 * component's inventory, and a component that differs in nothing else has one as well.
 */
#include "store/package/package_servlinks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/package/package_files.h"
#include "store/package/servlink.h"

#define REPORT_EVERY 256 /* entries between two reports */

struct walk {
	const struct package_source *source;
	struct space *files;
	uint64_t directory;
	struct package_servlinks *servlinks;
	struct buffer applied; /* components that differ in APPLY, in order, each with its NUL */
	size_t applied_at;     /* of those, the first that has no SERVLINK yet */
	/* the component now */
	char component[NAME_LENGTH_MAX + 1]; /* "": none */
	struct file *file;
	struct servlink *servlink;
	uint64_t entries, bytes;
};

static size_t component_size(const char *path)
{
	return strcspn(path, "/");
}

static bool is_in_component(const struct walk *walk, const char *path)
{
	size_t size = component_size(path);

	return strncmp(walk->component, path, size) == 0 && walk->component[size] == '\0';
}

static void report(const struct walk *walk)
{
	const struct package_progress *progress = walk->source->progress;

	if (progress && progress->report)
		progress->report(progress->context, walk->source->level, walk->component,
				 walk->entries, walk->bytes);
}

/* ---- one SERVLINK ---- */

static void drop_component(struct walk *walk)
{
	servlink_free(take_pointer(&walk->servlink));
	if (walk->file)
		file_close(take_pointer(&walk->file));
	walk->component[0] = '\0';
}

static int open_component(struct walk *walk, const char *component)
{
	char name[NAME_LENGTH_MAX + sizeof(SERVLINK_SUFFIX)];
	int r;

	snprintf(walk->component, sizeof(walk->component), "%s", component);
	snprintf(name, sizeof(name), "%s" SERVLINK_SUFFIX, component);
	walk->entries = walk->bytes = 0;
	r = package_files_create(walk->files, walk->directory, name, &walk->file);
	if (r == 0)
		r = servlink_open(walk->file, walk->source->view, &walk->servlinks->lines,
				  &walk->servlink);
	if (r == 0)
		report(walk);
	return r;
}

static int add_entry(struct walk *walk, enum manifest_tree tree, const struct diff_entry *entry)
{
	uint64_t bytes = 0;
	int r = servlink_add(walk->servlink, tree, entry, &bytes);

	walk->entries++;
	walk->bytes += bytes;
	if (walk->entries % REPORT_EVERY == 0)
		report(walk);
	return r;
}

static int add_if_applied(void *context, const struct diff_entry *entry)
{
	struct walk *walk = context;

	return is_in_component(walk, entry->path) ? add_entry(walk, MANIFEST_APPLY, entry) : 0;
}

/* The next component with a changed inventory, NULL at the end. */
static const char *next_applied(const struct walk *walk)
{
	return walk->applied_at < walk->applied.size
		       ? (const char *)walk->applied.data + walk->applied_at
		       : NULL;
}

static int add_inventory(struct walk *walk)
{
	const char *applied = next_applied(walk);

	if (!applied || strcmp(applied, walk->component) != 0)
		return 0;
	walk->applied_at += strlen(applied) + 1;
	return view_diff(walk->source->against, walk->source->view, INODE_APPLY, add_if_applied,
			 walk);
}

static int list_servlink(struct walk *walk, uint64_t size, const struct digest *digest)
{
	struct package_servlinks *servlinks = walk->servlinks;
	struct manifest_servlink *list =
		reallocarray(servlinks->list, servlinks->count + 1, sizeof(*list));
	char *component = strdup(walk->component);

	if (list)
		servlinks->list = list;
	if (!list || !component) {
		free(component);
		return -ENOMEM;
	}
	list[servlinks->count++] = (struct manifest_servlink){ component, size, *digest };
	return 0;
}

static int close_component(struct walk *walk)
{
	struct digest digest;
	uint64_t size = 0;
	int r;

	if (!walk->component[0])
		return 0;
	r = add_inventory(walk);
	if (r == 0)
		r = servlink_close(walk->servlink, &size, &digest);
	if (r == 0)
		r = list_servlink(walk, size, &digest);
	if (r == 0)
		report(walk);
	drop_component(walk);
	return r;
}

/* ---- all of them ---- */

/*
 * Components before the given one (NULL: all that are left) that differ in their
 * inventory alone.
 */
static int write_applied_before(struct walk *walk, const char *component)
{
	const char *applied;
	int r = 0;

	while (r == 0 && (applied = next_applied(walk)) &&
	       (!component || strcmp(applied, component) < 0)) {
		r = open_component(walk, applied);
		if (r == 0)
			r = close_component(walk);
	}
	return r;
}

static int enter_component(struct walk *walk, const char *path)
{
	char component[NAME_LENGTH_MAX + 1];
	int r;

	snprintf(component, sizeof(component), "%.*s", (int)component_size(path), path);
	r = close_component(walk);
	if (r == 0)
		r = write_applied_before(walk, component);
	return r < 0 ? r : open_component(walk, component);
}

static int add_built(void *context, const struct diff_entry *entry)
{
	struct walk *walk = context;
	int r = 0;

	if (entry->kind == DIFF_TIMES)
		return 0;
	if (!is_in_component(walk, entry->path))
		r = enter_component(walk, entry->path);
	return r < 0 ? r : add_entry(walk, MANIFEST_BUILD, entry);
}

/* Remembers the component of each entry once; walk->component is the last one. */
static int gather_applied(void *context, const struct diff_entry *entry)
{
	struct walk *walk = context;

	if (entry->kind == DIFF_TIMES || is_in_component(walk, entry->path))
		return 0;
	snprintf(walk->component, sizeof(walk->component), "%.*s", (int)component_size(entry->path),
		 entry->path);
	buffer_add(&walk->applied, walk->component, strlen(walk->component) + 1);
	return buffer_failed(&walk->applied) ? -ENOMEM : 0;
}

int package_servlinks_write(const struct package_source *source, struct space *files,
			    uint64_t directory, struct package_servlinks *ret_servlinks)
{
	struct walk walk = {
		.source = source,
		.files = files,
		.directory = directory,
		.servlinks = ret_servlinks,
		.applied = BUFFER_INIT,
	};
	int r = view_diff(source->against, source->view, INODE_APPLY, gather_applied, &walk);

	walk.component[0] = '\0';
	if (r == 0)
		r = view_diff(source->against, source->view, INODE_BUILD, add_built, &walk);
	if (r == 0)
		r = close_component(&walk);
	if (r == 0)
		r = write_applied_before(&walk, NULL);
	drop_component(&walk);
	buffer_release(&walk.applied);
	return r;
}

void package_servlinks_release(struct package_servlinks *servlinks)
{
	for (size_t i = 0; i < servlinks->count; i++)
		free((char *)(uintptr_t)servlinks->list[i].component);
	free(servlinks->list);
	buffer_release(&servlinks->lines);
}
