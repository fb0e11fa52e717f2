// What every C server here does alike. Header only: each server stays one file that can be read on its own.
#pragma once

#define _GNU_SOURCE // accept4

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void die(const char *what) {
  perror(what);
  exit(1);
}

// `result` is the value of a system call whose failure leaves nothing to serve.
static inline int must(int result, const char *what) {
  if (result < 0) die(what);
  return result;
}

static inline int port_argument(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : 0;
  if (port > 0 && port < 65536) return port;
  fprintf(stderr, "usage: %s <port>\n", argv[0]);
  exit(2);
}

// Many systems start a process with room for 1,024 descriptors only. Answers how many there may be now.
static inline unsigned raise_descriptor_limit(void) {
  struct rlimit limit;
  must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
  return limit.rlim_cur;
}

static inline void exit_at_once(int signal) {
  (void)signal;
  _exit(0);
}

// A listening socket on the loopback interface. TCP_NODELAY is set here because Linux hands it down to every
// accepted socket, which saves a system call per connection.
static inline int listen_on(int port, int type_flags) {
  signal(SIGTERM, exit_at_once); // these servers hold nothing that has to be flushed
  signal(SIGPIPE, SIG_IGN);
  int on = 1, fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | type_flags, 0), "socket");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
  must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
  must(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
  must(listen(fd, 4096), "listen");
  return fd;
}

static inline void announce(int port) {
  printf("listening %d\n", port);
  fflush(stdout);
}
