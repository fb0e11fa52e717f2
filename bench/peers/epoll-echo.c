// Echo server in C on epoll, edge-triggered.
//
// Each connection is registered once, for reading and writing, and never modified again. Edge-triggered is the faster
// mode: a level-triggered descriptor goes back on the ready list and is polled once more before every sleep.
#include "peer.h"

#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>

enum { EVENTS = 1024, BUFFER = 64 * 1024, ROUNDS = 16 };

struct connection {
  int fd;
  char *unsent; // what the peer would not take yet; while there is any, nothing more is read
  size_t length, sent;
};

static int epoll, listener;
static bool out_of_descriptors;
static char buffer[BUFFER];

static void accept_all(void) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      out_of_descriptors = errno == EMFILE || errno == ENFILE; // no new edge will tell: retry after a close
      return;
    }
    struct connection *c = calloc(1, sizeof *c);
    if (!c) die("calloc");
    c->fd = fd;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
}

static void end(struct connection *c) {
  close(c->fd);
  free(c->unsent);
  free(c);
  if (out_of_descriptors) accept_all();
}

enum outcome { SENT, BLOCKED, FAILED };

// Sends until all has gone or the socket takes no more; `*sent` says how far it came.
static enum outcome send_all(int fd, const char *bytes, size_t length, size_t *sent) {
  while (*sent < length) {
    ssize_t n = send(fd, bytes + *sent, length - *sent, MSG_NOSIGNAL);
    if (n >= 0) *sent += n;
    else if (errno == EAGAIN) return BLOCKED;
    else if (errno != EINTR) return FAILED;
  }
  return SENT;
}

static enum outcome flush(struct connection *c) {
  enum outcome outcome = send_all(c->fd, c->unsent, c->length, &c->sent);
  if (outcome == SENT) {
    free(c->unsent);
    c->unsent = NULL;
  }
  return outcome;
}

static enum outcome echo(struct connection *c, size_t length) {
  size_t sent = 0;
  enum outcome outcome = send_all(c->fd, buffer, length, &sent);
  if (outcome != BLOCKED) return outcome;
  c->length = length - sent;
  c->sent = 0;
  c->unsent = malloc(c->length);
  if (!c->unsent) die("malloc");
  memcpy(c->unsent, buffer + sent, c->length);
  return BLOCKED;
}

static void serve(struct connection *c, unsigned events) {
  // After a short read the socket is empty, and whatever comes later brings an edge of its own. That does not hold
  // for an end that has already come: only one more read finds it.
  bool ended = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
  enum outcome outcome = c->unsent ? flush(c) : SENT;
  for (int round = 0; outcome == SENT; round++) {
    if (round == ROUNDS) { // let the others have their turn; setting the same events again queues it behind them
      struct epoll_event again = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
      must(epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &again), "epoll_ctl");
      return;
    }
    ssize_t n = recv(c->fd, buffer, BUFFER, 0);
    if (n > 0) outcome = echo(c, n);
    else if (n < 0 && errno == EAGAIN) return;
    else if (n == 0 || errno != EINTR) outcome = FAILED;
    if (n > 0 && n < BUFFER && !ended && outcome == SENT) return;
  }
  if (outcome == FAILED) end(c);
}

int main(int argc, char **argv) {
  int port = port_argument(argc, argv);
  raise_descriptor_limit();
  listener = listen_on(port, SOCK_NONBLOCK);
  epoll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL}, events[EVENTS];
  must(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
  announce(port);
  for (;;) {
    int count = epoll_wait(epoll, events, EVENTS, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr) serve(events[i].data.ptr, events[i].events);
      else accept_all();
    }
  }
}
