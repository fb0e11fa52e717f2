import { models } from "../drivers/index.ts";
import { CONNECTIONS_MAX, classicServers, NODE_NET } from "./contenders.ts";
import { NODES_WAYS } from "./file-access.ts";
import { DEFAULTS, FILE_SIZE, MAXIMA, PORT, SECONDS_MIN } from "./option-ranges.ts";
import { PHASES_BOUNDS } from "./phases/index.ts";

const { delayMs: DELAY, sizeBytes: DATAGRAM } = PHASES_BOUNDS;

export const labUsage = `pentio lab: the I/O models of this machine compared on real work

Starts an echo server on each model, and one on Node's own net module, sends them requests over TCP on
127.0.0.1, and checks every byte that comes back.

  --models A,B       which to compare (default: all), of
                     ${[...models, NODE_NET].join(", ")};
                     and the classic servers, for up to ${CONNECTIONS_MAX} connections, which are left out otherwise:
                     ${classicServers.join(", ")}
  --connections N    connections, each with one request in flight, up to ${MAXIMA.connections} (default: ${DEFAULTS.connections})
  --size N           bytes of a request and of its reply, up to ${MAXIMA.size} (default: ${DEFAULTS.size})
  --seconds N        how long each is measured in all rounds, ${SECONDS_MIN} to ${MAXIMA.seconds} (default: ${DEFAULTS.seconds}); starting,
                     warming up and counting system calls add about 2, so that all take about 40 seconds
  --files            compare random and sequential reads and writes of a file instead, beside Node's own
                     ${NODES_WAYS.join(", ")}; --connections is then how many blocks are transferred
                     at once, --size their bytes (default: ${FILE_SIZE}), a multiple of 4
  --phases           instead, time lines of one read on each model: waiting for data and copying it, by what
                     the threads did; --size is that of the datagram, up to ${DATAGRAM.max} (default: ${DATAGRAM.usual})
  --delay N          with --phases: milliseconds until the datagram is sent, ${DELAY.min} to ${DELAY.max} (default: ${DELAY.usual})
  --web              instead, serve a page on 127.0.0.1 that shows all of this at work, until Ctrl-C
  --port N           with --web: the port, ${PORT.min} to ${PORT.max} (default: ${PORT.usual}, or if that is taken any that is free)
  --json             print one JSON document instead of the table
  --csv              print comma-separated values instead of the table
  --report FILE      also write what was found as one HTML file, which carries the JSON; unless --files or --phases
                     is there, with the time lines of --phases
  --lang en|zh       the language of the HTML file (default: by LANG)
  --help             print this

  pentio lab compare A B [--json]
                     two reports, from --report or --json, model by model

Exit status: 0 if every byte came back on every model; 1 if not, or if nothing could be measured; 2 for a
wrong command line or an unreadable report.
`;
