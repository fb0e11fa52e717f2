// Closed loop: every connection has one request in flight, and sends the next when the answer is complete and right.
#include <stdio.h>
#include <stdlib.h>

#include "exchange.h"
#include "histogram.h"
#include "server-clock.h"

enum { END_SECONDS = 5 };

static bool counting, ending;
static struct histogram latencies;

static bool on_answer(struct connection *c) {
  uint64_t now = now_ns();
  if (counting) histogram_add(&latencies, now - c->started_ns);
  return ending ? end_connection(c) : start_request(c, now);
}

int run_echo(const struct options *options) {
  struct connection *connections = calloc(options->connections, sizeof *connections);
  if (!connections) die("memory");
  set_up_exchange(options->size, on_answer);
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
         (unsigned long long)(requests * options->size), seconds, requests / seconds);
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
