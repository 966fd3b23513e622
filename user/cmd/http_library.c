// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/http_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#define SONAME "libmicrohttpd.so.12" /* the interface of the header that we are compiled with */

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define row(name) {"MHD_" #name, offsetof(struct http_library, name)},
	HTTP_FUNCTIONS(row)
#undef row
};

/* ISO C has no cast from an object's address to a function's: POSIX says that the bytes are the same. */
static int find_functions(struct http_library *lib)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *found = dlsym(lib->handle, functions[i].name);

		if (!found)
			return -ENOENT;
		memcpy((char *)lib + functions[i].offset, &found, sizeof(found));
	}
	return 0;
}

int http_library_open(struct http_library *lib, struct errmsg *err)
{
	lib->handle = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
	if (lib->handle && !find_functions(lib))
		return 0;
	return fail(err, -ENOENT, "serve needs libmicrohttpd (Debian's package libmicrohttpd12): %s", dlerror());
}

void http_library_close(struct http_library *lib)
{
	if (lib->handle)
		dlclose(lib->handle);
	lib->handle = NULL;
}
