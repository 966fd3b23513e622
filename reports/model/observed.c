// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/observed.h"

#include <errno.h>

#include "reports/model/accounts.h"
#include "reports/model/fields.h"
#include "reports/model/summary.h"

/* What a check looks at. */
struct view {
	const struct diff *diff;
	const struct write_set *live;
	const unsigned char *promised;
};

static int check_whole(const struct view *v, char **why)
{
	bool whole;

	*why = set_completeness(v->live, &whole);
	if (!*why)
		return -ENOMEM;
	if (whole)
		freep(why), *why = NULL;
	return 0;
}

static int check_accounts(const struct view *v, char **why)
{
	return accounts_check(&v->live->trailer, why);
}

/* A workload is over when its last operation is. */
static int check_ended(const struct view *v, char **why)
{
	const struct write_set *set = v->live;
	char subject[256];

	for (size_t i = 0; i < set->nr && !*why; i++) {
		const struct write_record *r = &set->writes[i].rec;

		if (r->state & (WRITE_IN_FLIGHT | WRITE_REUSED)) {
			*why = strf("the end of a write was not seen: %s", write_subject(r, subject, sizeof(subject)));
			return *why ? 0 : -ENOMEM;
		}
	}
	return 0;
}

static int check_compared(const struct view *v, char **why)
{
	size_t nr = v->diff->nr_mates;

	if (v->diff->compared)
		return 0;
	if (v->diff->pairs)
		*why = strf("nothing was compared: of %s no fact is known on both sides", counted(nr, "write").text);
	else if (nr && v->diff->unhooked == nr)
		*why = strf("nothing was compared: %s ended before the first hook", counted(nr, "write").text);
	else
		*why = strf("nothing was compared: of %s the hooks saw %zu", counted(nr, "write").text, v->live->nr);
	return *why ? 0 : -ENOMEM;
}

bool observed_may_withhold(const struct write_record *rec, enum write_fact fact)
{
	bool end_unseen = rec->state & (WRITE_LATE | WRITE_REUSED);

	switch (fact) {
	case FACT_ATTEMPTS:
		return rec->submit == SUBMIT_IO_URING;
	case FACT_ISIZE_AFTER:
		return end_unseen;
	case FACT_TRUNCATE:
	case FACT_SYNC:
		return end_unseen || rec->worker;
	case FACT_FLUSH:
		return end_unseen || rec->worker || !rec->dev_cache;
	case FACT_FUA:
		return !rec->dev_cache;
	case FACT_SEGMENTS:
	case FACT_ADDR_ALIGN:
	case FACT_SEG_ALIGN: /* a limit cut it inside of a list of buffers */
		return rec->len < rec->asked_len;
	default:
		return false;
	}
}

static bool breaks_promise(const struct view *v, const struct finding *f)
{
	return f->verdict == VERDICT_UNOBSERVABLE && f->fact >= 0 && f->a &&
	       field_how(&f->a->rec, (enum write_fact)f->fact) == HOW_UNKNOWN && v->promised[f->fact] == HOW_OBSERVED &&
	       !observed_may_withhold(&f->a->rec, (enum write_fact)f->fact);
}

static int check_promises(const struct view *v, char **why)
{
	const struct finding *first = NULL;
	char subject[256];
	size_t nr = 0;

	for (size_t i = 0; i < v->diff->nr; i++) {
		if (!breaks_promise(v, &v->diff->findings[i]))
			continue;
		first = first ? first : &v->diff->findings[i];
		nr++;
	}
	if (!nr)
		return 0;
	*why = strf("%s that the hooks promise %s not observed, first %s of %s", counted(nr, "fact").text,
		    nr == 1 ? "was" : "were", first->what, finding_subject(first, subject, sizeof(subject)));
	return *why ? 0 : -ENOMEM;
}

int observed_check(const struct diff *d, const struct write_set *live, const unsigned char promised[FACTS_MAX],
		   char **why)
{
	static int (*const checks[])(const struct view *v, char **why) = {
		check_whole, check_accounts, check_ended, check_compared, check_promises,
	};
	const struct view v = {.diff = d, .live = live, .promised = promised};
	int ret = 0;

	*why = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(checks) && !ret && !*why; i++)
		ret = checks[i](&v, why);
	return ret;
}
