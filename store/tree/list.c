/*
 * The names of a directory: rows of all versions of a view merged, the nearest winning.
 */
#include "store/tree/merge.h"

typedef int (*dirent_each)(void *context, const char *name, const struct dirent_row *row,
			   bool gone);

static int each_dirent(struct view *view, uint32_t own, uint64_t dir, dirent_each each,
		       void *context)
{
	_cleanup_(cleanup_merge) struct merge *merge = NULL;
	int err = merge_new(view, 0, own ? own : view->count, ROW_DIRENT, dir, &merge);

	for (; !err && merge_valid(merge); merge_next(merge)) {
		struct slice rest = merge_rest(merge);
		char name[NAME_LENGTH_MAX + 1];
		struct dirent_row row;
		int gone = row_decode_dirent(merge_value(merge), &row);

		if (gone < 0)
			return gone;
		if (rest.size == 0 || rest.size > NAME_LENGTH_MAX)
			return -CSM_ROW_CORRUPT;
		memcpy(name, rest.data, rest.size);
		name[rest.size] = 0;
		err = each(context, name, &row, gone == 1);
	}
	return err ? err : merge_error(merge);
}

struct list_context {
	view_list_each each;
	void *context;
};

static int list_one(void *context, const char *name, const struct dirent_row *row, bool gone)
{
	struct list_context *list = context;

	return gone ? 0 : list->each(list->context, name, row->number, row->type);
}

int view_list(struct view *view, uint64_t dir, view_list_each each, void *context)
{
	struct list_context list = { each, context };

	return each_dirent(view, 0, dir, list_one, &list);
}

struct marks_context {
	view_marks_each each;
	void *context;
};

static int mark_one(void *context, const char *name, const struct dirent_row *row, bool gone)
{
	struct marks_context *marks = context;

	return marks->each(marks->context, name, gone ? 0 : row->number, gone ? 0 : row->type,
			   !gone && row->is_explicit);
}

int view_marks(struct view *view, uint32_t own, uint64_t dir, view_marks_each each, void *context)
{
	struct marks_context marks = { each, context };

	if (own == 0)
		return 0;
	return each_dirent(view, own, dir, mark_one, &marks);
}
