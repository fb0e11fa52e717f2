// Many connections at once: all of them opened, each echoed twice in an order of chance, all of them held, then closed.
#include <stdio.h>
#include <stdlib.h>

#include "exchange.h"
#include "stamp.h"

enum { ECHOES = 2 };

static struct connection *connections;
static unsigned *turns, turn_count, next_turn; // connections by index: each request in its order
static unsigned in_flight, held;
static bool releasing;
static const struct options *o;

static bool waits(const struct connection *c) { return c->request && c->received < o->size; }

static bool is_held(const struct connection *c) { return c->fd >= 0 && c->request == ECHOES && !waits(c); }

static bool on_answer(struct connection *c) {
  if (c->again) {
    c->again = false;
    return start_request(c, now_ns());
  }
  in_flight--;
  if (c->request < ECHOES) return true;
  held++;
  return !releasing || end_connection(c);
}

// All connections in an order of chance, which is the same in every run, and then all of them in another one.
static void draw_turns(unsigned count) {
  turn_count = ECHOES * count;
  turns = calloc(turn_count, sizeof *turns);
  if (!turns) die("memory");
  for (unsigned echo = 0; echo < ECHOES; echo++) {
    unsigned *pass = turns + echo * count;
    for (unsigned i = 0; i < count; i++) {
      unsigned other = stamp_seed(echo, i) % (i + 1);
      pass[i] = pass[other];
      pass[other] = i;
    }
  }
}

static void take_turns(void) {
  while (in_flight < o->window && next_turn < turn_count) {
    struct connection *c = &connections[turns[next_turn++]];
    if (c->fd < 0) continue;
    if (waits(c)) {
      c->again = true;
      continue;
    }
    in_flight++;
    if (!start_request(c, now_ns())) finish(c, false);
  }
}

// Goes on until there is nothing left to do, or until nothing has happened for as long as the patience lasts.
static void proceed(void) {
  uint64_t patience_ns = o->patience * 1e9, now = now_ns();
  for (uint64_t deadline = now + patience_ns; open_count > (releasing ? 0 : held) && now < deadline; now = now_ns()) {
    take_turns();
    if (serve_events(now, deadline) > 0) deadline = now_ns() + patience_ns;
  }
}

int run_held(const struct options *options) {
  o = options;
  connections = calloc(o->connections, sizeof *connections);
  if (!connections) die("memory");
  draw_turns(o->connections);
  set_up_exchange(o->size, on_answer);
  uint64_t started = now_ns();
  unsigned connected = open_connections(o, connections);
  proceed();
  double seconds = (now_ns() - started) / 1e9;
  unsigned held_at_once = held;
  printf("held %u\n", held);
  fflush(stdout);
  getchar(); // the runner looks at the server

  releasing = true;
  for (unsigned i = 0; i < o->connections; i++)
    if (is_held(&connections[i]) && !end_connection(&connections[i])) finish(&connections[i], false);
  proceed();
  errors += open_count; // never answered, or never closed
  printf("{\"connections\":%u,\"heldAtOnce\":%u,\"answered\":%u,\"seconds\":%.6f,\"mismatches\":%llu,\"errors\":%llu}\n",
         connected, held_at_once, held, seconds, (unsigned long long)mismatches, (unsigned long long)errors);
  return mismatches || errors || held != o->connections ? 1 : 0;
}
