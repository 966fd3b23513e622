// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace/trace_shapes.h"

#define STEP_BYTES	   sizeof(struct write_step)
#define WORD(type, member) (offsetof(type, member) / 8 + 0 * sizeof(char[offsetof(type, member) % 8 == 0 ? 1 : -1]))
#define W(member)	   WORD(struct write_record, member)
#define S(member)	   WORD(struct sync_record, member)

static const struct word_rule write_rules[sizeof(struct write_record) / 8] = {
	[W(head.id)] = {GUESS_NEXT, 0},		[W(stage_ns)... W(stage_ns) + NR_STAGES - 1] = {GUESS_MOMENT, 0},
	[W(asked_pos)] = {GUESS_COUNTER, 0},	[W(pos)] = {GUESS_WORD, W(asked_pos)},
	[W(len)] = {GUESS_WORD, W(asked_len)},	[W(isize)] = {GUESS_COUNTER, 0},
	[W(disksize)] = {GUESS_COUNTER, 0},	[W(lock_wait_ns)] = {GUESS_ZERO, 0},
	[W(data_bytes)] = {GUESS_WORD, W(len)}, [W(end_size)] = {GUESS_WORD, W(len)},
	[W(isize_after)] = {GUESS_COUNTER, 0},	[W(dio_ret)] = {GUESS_WORD, W(end_size)},
	[W(fallback_pos)] = {GUESS_COUNTER, 0}, [W(ret)] = {GUESS_WORD, W(dio_ret)},
	[W(drain_ns)] = {GUESS_ZERO, 0},	[W(held_ns)] = {GUESS_ZERO, 0},
};

static const struct word_rule steps_rules[sizeof(struct steps_record) / 8] = {
	[WORD(struct steps_record, head.id)] = {GUESS_NEXT, 0},
};

static const struct word_rule file_rules[sizeof(struct file_record) / 8] = {{GUESS_LIKE, 0}};

static const struct word_rule sync_rules[sizeof(struct sync_record) / 8] = {
	[S(began_ns)] = {GUESS_NEXT, 0},
	[S(ended_ns)] = {GUESS_WORD, S(began_ns)},
};

const struct shape shapes[NR_SHAPES] = {
	[SHAPE_WRITE] = {RECORD_WRITE, sizeof(struct write_record) / 8, W(ino), true, W(pos), W(len), write_rules},
	[SHAPE_STEPS] = {RECORD_STEPS, sizeof(struct steps_record) / 8, 0, true, 0, 0, steps_rules},
	[SHAPE_FILE] = {RECORD_FILE, sizeof(struct file_record) / 8, 0, false, 0, 0, file_rules},
	[SHAPE_SYNC] = {RECORD_SYNC, sizeof(struct sync_record) / 8, S(ino), false, 0, 0, sync_rules},
};

bool shape_fits(enum record_shape shape, uint32_t len)
{
	const struct shape *s = &shapes[shape];
	uint32_t least = s->words * 8u;

	return len == least || (s->steps && len > least && (len - least) % STEP_BYTES == 0);
}

enum record_shape shape_of(const struct record_head *head)
{
	for (int i = SHAPE_PLAIN + 1; i < NR_SHAPES; i++)
		if (shapes[i].type == head->type && shape_fits(i, head->len))
			return i;
	return SHAPE_PLAIN;
}
