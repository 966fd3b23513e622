// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/metrics_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/cmd/http_library.h"

#define CONNECTIONS_MAX	 16u
#define TIMEOUT_S	 10u
#define MEMORY_MAX_BYTES ((size_t)16 << 10) /* of one connection: what a request may be long */
#define LISTEN_BACKLOG	 16

struct metrics_server {
	struct http_library http;
	struct MHD_Daemon *daemon;
	metrics_fn fn;
	void *ctx;
	bool local;
	char url[NI_MAXHOST + 32];
};

/* --- answering --- */

static enum MHD_Result answer(const struct metrics_server *s, struct MHD_Connection *connection, unsigned int status,
			      struct MHD_Response *response, const char *type)
{
	enum MHD_Result ret;

	if (!response)
		return MHD_NO;
	s->http.add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		s->http.add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET");
	ret = s->http.queue_response(connection, status, response);
	s->http.destroy_response(response);
	return ret;
}

static enum MHD_Result refuse(const struct metrics_server *s, struct MHD_Connection *connection, unsigned int status,
			      const char *sentence)
{
	return answer(s, connection, status,
		      s->http.create_response_from_buffer(strlen(sentence), (void *)sentence, MHD_RESPMEM_PERSISTENT),
		      "text/plain; charset=utf-8");
}

static enum metrics_format format_for(const struct metrics_server *s, struct MHD_Connection *connection)
{
	const char *accept = s->http.lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);

	return accept && strcasestr(accept, "application/openmetrics-text") ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
}

static enum MHD_Result answer_metrics(struct metrics_server *s, struct MHD_Connection *connection)
{
	enum metrics_format format = format_for(s, connection);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int ret = out ? s->fn(s->ctx, out, format) : -ENOMEM;

	if (out && fclose(out) && !ret)
		ret = -ENOMEM;
	if (ret) {
		free(text);
		return refuse(s, connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "the tallies cannot be read\n");
	}
	return answer(s, connection, MHD_HTTP_OK, s->http.create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE),
		      metrics_content_type(format));
}

static enum MHD_Result take_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
				    const char *version, const char *body, size_t *body_len, void **request)
{
	struct metrics_server *s = ctx;

	(void)version;
	(void)body;
	(void)body_len;
	(void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET))
		return refuse(s, connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (strcmp(url, "/metrics"))
		return refuse(s, connection, MHD_HTTP_NOT_FOUND, "only /metrics\n");
	return answer_metrics(s, connection);
}

/* --- listening --- */

/* "HOST:PORT", with brackets around an IPv6 address. @host has room for NI_MAXHOST. */
static int split_address(const char *address, char *host, const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon ? (size_t)(colon - address) : 0;

	if (!len || len >= NI_MAXHOST || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return -EINVAL;
	if (address[0] == '[') {
		if (len < 3 || address[len - 1] != ']')
			return -EINVAL;
		address++;
		len -= 2;
	} else if (memchr(address, ':', len)) {
		return -EINVAL;
	}
	memcpy(host, address, len);
	host[len] = '\0';
	*port = colon + 1;
	return 0;
}

static int find_address(const char *address, struct addrinfo **found, struct errmsg *err)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				       .ai_socktype = SOCK_STREAM};
	char host[NI_MAXHOST];
	const char *port;

	if (split_address(address, host, &port) || atol(port) > 65535 || getaddrinfo(host, port, &hints, found))
		return fail(err, -EINVAL, "'%s' is not an address and port to listen on: 127.0.0.1:9848, [::1]:9848",
			    address);
	return 0;
}

static bool is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)a)->sin6_addr);
	return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == 127;
}

static int bind_socket(const struct addrinfo *at)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) || bind(fd, at->ai_addr, at->ai_addrlen) ||
	    listen(fd, LISTEN_BACKLOG)) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

static int say_url(struct metrics_server *s, int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	char host[NI_MAXHOST], port[16];

	if (getsockname(fd, (struct sockaddr *)&a, &len) ||
	    getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		return -EIO;
	s->local = is_loopback((struct sockaddr *)&a);
	snprintf(s->url, sizeof(s->url), a.ss_family == AF_INET6 ? "http://[%s]:%s/metrics" : "http://%s:%s/metrics",
		 host, port);
	return 0;
}

/* The daemon closes the socket. */
static int start(struct metrics_server *s, int fd)
{
	int ret = say_url(s, fd);

	if (!ret)
		s->daemon = s->http.start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, take_request, s,
						 MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
						 CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
						 MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY_MAX_BYTES, MHD_OPTION_END);
	if (s->daemon)
		return 0;
	close(fd);
	return ret ? ret : -ENOMEM;
}

static int listen_at(struct metrics_server *s, const char *address, struct errmsg *err)
{
	struct addrinfo *at;
	int fd, ret = find_address(address, &at, err);

	if (ret)
		return ret;
	fd = bind_socket(at);
	freeaddrinfo(at);
	ret = fd < 0 ? fd : start(s, fd);
	return ret ? fail(err, ret, "cannot listen on %s: %s", address, strerror(-ret)) : 0;
}

int metrics_server_open(struct metrics_server **out, const char *address, metrics_fn fn, void *ctx, struct errmsg *err)
{
	struct metrics_server *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return fail(err, -ENOMEM, "out of memory");
	s->fn = fn;
	s->ctx = ctx;
	ret = http_library_open(&s->http, err) ?: listen_at(s, address, err);
	if (ret)
		metrics_server_close(s);
	else
		*out = s;
	return ret;
}

void metrics_server_close(struct metrics_server *s)
{
	if (!s)
		return;
	if (s->daemon)
		s->http.stop_daemon(s->daemon);
	http_library_close(&s->http);
	free(s);
}

const char *metrics_server_url(const struct metrics_server *s)
{
	return s->url;
}

bool metrics_server_is_local(const struct metrics_server *s)
{
	return s->local;
}

int metrics_server_run(struct metrics_server *s, int timeout_ms)
{
	return s->http.run_wait(s->daemon, timeout_ms) == MHD_YES ? 0 : -EIO;
}
