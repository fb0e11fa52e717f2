// Load generator: the one client against which every server is measured, and which believes none of them.
//
//   load --port P --connections N --size S --seconds T [--warmup W] [--host A] [--pid PID]
//   load --port P --connections N --held [--size S] [--window W] [--patience T] [--host A]
//   load --port P --bulk BYTES --direction send|receive [--chunk C] [--host A] [--pid PID]
//
// Prints "measuring" and "measured" around the window and then one line of JSON. Ends with 0 only if every byte was
// right and no connection failed. --pid names the server, whose CPU time is then part of the result.
#include "load.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../pattern.h"

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void say(const char *line) {
  puts(line);
  fflush(stdout);
}

void die(const char *what) {
  perror(what);
  exit(1);
}

int connect_to(const struct options *options) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options->port)};
  inet_pton(AF_INET, options->host, &address.sin_addr);
  int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

static _Noreturn void usage(void) {
  fputs("usage: load --port P --connections N --size S --seconds T [--warmup W] [--host A] [--pid PID]\n"
        "       load --port P --connections N --held [--size S] [--window W] [--patience T] [--host A]\n"
        "       load --port P --bulk BYTES --direction send|receive [--chunk C] [--host A] [--pid PID]\n",
        stderr);
  exit(2);
}

static double number(const char *text, double least, double most) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !(value >= least && value <= most)) usage();
  return value;
}

static struct options parse(int argc, char **argv) {
  struct options o = {.host = "127.0.0.1", .connections = 64, .size = 64, .warmup = 1, .seconds = 3, .chunk = 65536,
                      .window = 256, .patience = 10};
  static const struct option names[] = {
      {"port", 1, 0, 'p'},   {"connections", 1, 0, 'n'}, {"size", 1, 0, 's'}, {"seconds", 1, 0, 't'},
      {"warmup", 1, 0, 'w'}, {"host", 1, 0, 'h'},        {"pid", 1, 0, 'i'},  {"bulk", 1, 0, 'b'},
      {"chunk", 1, 0, 'c'},  {"direction", 1, 0, 'd'},   {"held", 0, 0, 'H'}, {"window", 1, 0, 'W'},
      {"patience", 1, 0, 'P'}, {0},
  };
  struct in_addr address;
  const char *direction = NULL;
  for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) switch (name) {
      case 'p': o.port = number(optarg, 1, 65535); break;
      case 'n': o.connections = number(optarg, 1, 1000000); break;
      case 's': o.size = number(optarg, 1, 1 << 30); break;
      case 't': o.seconds = number(optarg, 0.01, 1e6); break;
      case 'w': o.warmup = number(optarg, 0, 1e6); break;
      case 'i': o.pid = number(optarg, 1, 1 << 30); break;
      case 'b': o.bulk = number(optarg, 1, 1e15); break;
      case 'c': o.chunk = number(optarg, 1, PATTERN_PIECE); break;
      case 'H': o.held = true; break;
      case 'W': o.window = number(optarg, 1, 1000000); break;
      case 'P': o.patience = number(optarg, 0.01, 1e6); break;
      case 'h': o.host = optarg; break;
      case 'd': direction = optarg; break;
      default: usage();
    }
  if (optind != argc || !o.port || inet_pton(AF_INET, o.host, &address) != 1) usage();
  if (!o.bulk != !direction || (o.bulk && o.held)) usage();
  o.receive = direction && strcmp(direction, "receive") == 0;
  if (direction && !o.receive && strcmp(direction, "send") != 0) usage();
  return o;
}

int main(int argc, char **argv) {
  struct options options = parse(argc, argv);
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (options.bulk) return run_bulk(&options);
  return options.held ? run_held(&options) : run_echo(&options);
}
