// Closed loop: every connection has one request in flight, and sends the next when the answer is complete and right.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "histogram.h"
#include "load.h"
#include "server-clock.h"
#include "stamp.h"

struct connection {
  int fd;
  uint32_t index;
  uint64_t request, seed, started_ns;
  size_t sent, received; // of the request in flight
  bool wrong;            // some byte of its answer was
};

enum { EVENTS = 1024, END_SECONDS = 5 };

static int epoll;
static size_t size;
static unsigned open_count;
static bool counting, ending;
static uint64_t mismatches, errors;
static struct histogram latencies;

static void finish(struct connection *c, bool as_expected) {
  if (!as_expected) errors++;
  close(c->fd);
  c->fd = -1;
  open_count--;
}

// False when the connection has failed.
static bool send_request(struct connection *c) {
  while (c->sent < size) {
    size_t length = size - c->sent < STAMP_PIECE ? size - c->sent : STAMP_PIECE;
    ssize_t n = send(c->fd, stamp(c->seed, c->sent, length), length, MSG_NOSIGNAL);
    if (n >= 0) c->sent += n;
    else if (errno == EAGAIN) return true; // EPOLLOUT will come
    else if (errno != EINTR) return false;
  }
  return true;
}

static bool start_request(struct connection *c, uint64_t now) {
  c->seed = stamp_seed(c->index, ++c->request);
  c->sent = c->received = 0;
  c->wrong = false;
  c->started_ns = now;
  return send_request(c);
}

// The answer is complete. Returns false when the connection has failed.
static bool on_answer(struct connection *c) {
  uint64_t now = now_ns();
  mismatches += c->wrong;
  if (counting) histogram_add(&latencies, now - c->started_ns);
  if (!ending) return start_request(c, now);
  return shutdown(c->fd, SHUT_WR) == 0; // and the server is to close in turn
}

static void on_event(struct connection *c, unsigned events) {
  static char buffer[STAMP_PIECE + 1];
  if (c->sent < size && !send_request(c)) return finish(c, false);
  for (;;) {
    // One byte more than can rightly come, to see what should not.
    size_t due = c->sent - c->received, wanted = due < STAMP_PIECE ? due + 1 : STAMP_PIECE;
    ssize_t n = recv(c->fd, buffer, wanted, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return finish(c, n == 0 && ending && c->received == size);
    if ((size_t)n > due) {
      mismatches++;
      return finish(c, false);
    }
    if (memcmp(buffer, stamp(c->seed, c->received, n), n) != 0) c->wrong = true;
    c->received += n;
    if (c->received == size && !on_answer(c)) return finish(c, false);
    // Edge-triggered: after a short read the next bytes bring a new event, but an end that has come does not.
    if ((size_t)n < wanted && !(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return;
  }
}

// Serves events until the given moment, or until there is no connection left.
static void run_until(uint64_t deadline) {
  struct epoll_event events[EVENTS];
  for (uint64_t now; open_count && (now = now_ns()) < deadline;) {
    int count = epoll_wait(epoll, events, EVENTS, (deadline - now) / 1000000 + 1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) on_event(events[i].data.ptr, events[i].events);
  }
}

static unsigned open_connections(const struct options *options, struct connection *connections) {
  for (unsigned i = 0; i < options->connections; i++) {
    struct connection *c = &connections[i];
    c->index = i;
    c->fd = connect_to(options);
    if (c->fd < 0) {
      if (errors++ == 0) perror("connect");
      continue;
    }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event)) die("epoll_ctl");
    open_count++;
  }
  return open_count;
}

int run_echo(const struct options *options) {
  size = options->size;
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct connection *connections = calloc(options->connections, sizeof *connections);
  if (epoll < 0 || !connections) die("set-up");
  unsigned connected = open_connections(options, connections);
  for (unsigned i = 0; i < options->connections; i++)
    if (connections[i].fd >= 0 && !start_request(&connections[i], now_ns())) finish(&connections[i], false);
  run_until(now_ns() + options->warmup * 1e9);

  struct server_clock before = read_server_clock(options->pid);
  uint64_t started = now_ns();
  say("measuring");
  counting = true;
  run_until(started + options->seconds * 1e9);
  counting = false;
  struct server_clock after = read_server_clock(options->pid);
  double seconds = (now_ns() - started) / 1e9;
  say("measured");

  // Let the answers in flight come, then half-close: the server has to close each connection in an orderly way.
  ending = true;
  run_until(now_ns() + END_SECONDS * 1000000000ull);
  errors += open_count; // never answered, or never closed

  uint64_t requests = latencies.count, cpu_ns = after.cpu_ns - before.cpu_ns;
  printf("{\"requests\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"requestsPerSecond\":%.1f", (unsigned long long)requests,
         (unsigned long long)(requests * size), seconds, requests / seconds);
  printf(",\"p50Us\":%.2f,\"p99Us\":%.2f,\"maxUs\":%.2f", histogram_quantile(&latencies, 0.5) / 1e3,
         histogram_quantile(&latencies, 0.99) / 1e3, latencies.max / 1e3);
  printf(",\"mismatches\":%llu,\"errors\":%llu,\"connections\":%u", (unsigned long long)mismatches,
         (unsigned long long)errors, connected);
  if (options->pid)
    printf(",\"serverCpuNs\":%llu,\"serverSwitches\":%llu,\"cpuUsPerRequest\":%.4f", (unsigned long long)cpu_ns,
           (unsigned long long)(after.switches - before.switches), requests ? cpu_ns / 1e3 / requests : 0.0);
  puts("}");
  return mismatches || errors || !requests ? 1 : 0;
}
