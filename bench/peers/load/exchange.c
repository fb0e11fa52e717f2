#include "exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stamp.h"

enum { EVENTS = 1024 };

unsigned open_count;
uint64_t mismatches, errors;

static int epoll;
static size_t size;
static answer_handler *on_answer;

void set_up_exchange(size_t request_size, answer_handler *answer) {
  size = request_size;
  on_answer = answer;
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) die("epoll_create1");
}

void finish(struct connection *c, bool as_expected) {
  if (!as_expected) errors++;
  close(c->fd);
  c->fd = -1;
  open_count--;
}

bool end_connection(struct connection *c) {
  c->ending = true;
  return shutdown(c->fd, SHUT_WR) == 0;
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

bool start_request(struct connection *c, uint64_t now) {
  c->seed = stamp_seed(c->index, ++c->request);
  c->sent = c->received = 0;
  c->wrong = false;
  c->started_ns = now;
  return send_request(c);
}

static void on_event(struct connection *c, unsigned events) {
  static char buffer[STAMP_PIECE + 1];
  if (c->request && c->sent < size && !send_request(c)) return finish(c, false);
  for (;;) {
    // One byte more than can rightly come, to see what should not.
    size_t due = c->sent - c->received, wanted = due < STAMP_PIECE ? due + 1 : STAMP_PIECE;
    ssize_t n = recv(c->fd, buffer, wanted, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return finish(c, n == 0 && c->ending);
    if ((size_t)n > due) {
      mismatches++;
      return finish(c, false);
    }
    if (memcmp(buffer, stamp(c->seed, c->received, n), n) != 0) c->wrong = true;
    c->received += n;
    if (c->received == size) {
      mismatches += c->wrong;
      if (!on_answer(c)) return finish(c, false);
    }
    // Edge-triggered: after a short read the next bytes bring a new event, but an end that has come does not.
    if ((size_t)n < wanted && !(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return;
  }
}

int serve_events(uint64_t now, uint64_t deadline) {
  static struct epoll_event events[EVENTS];
  int timeout_ms = now < deadline ? (deadline - now) / 1000000 + 1 : 0;
  int count = epoll_wait(epoll, events, EVENTS, timeout_ms);
  if (count < 0 && errno != EINTR) die("epoll_wait");
  for (int i = 0; i < count; i++) on_event(events[i].data.ptr, events[i].events);
  return count;
}

void run_until(uint64_t deadline) {
  for (uint64_t now; open_count && (now = now_ns()) < deadline;) serve_events(now, deadline);
}

unsigned open_connections(const struct options *options, struct connection *connections) {
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
