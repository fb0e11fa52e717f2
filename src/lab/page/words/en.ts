import type { Words } from "./words.ts";

const byLoop =
  "The same calls, made by Pentio's loop: as long as there is other work, the first one looks and does not wait.";

export const en: Words = {
  name: "English",
  space: " ",
  comma: ", ",
  colon: ": ",
  semicolon: "; ",
  reason: (text) => text,
  title: "The lab",
  subtitle: "Five I/O models at work on this machine. Nothing is drawn that was not measured.",
  pages: { models: "The five models", compare: "Under load", kettles: "Four kettles" },
  theme: { label: "Theme", auto: "Auto", light: "Light", dark: "Dark" },
  language: "Language",
  skip: "Skip to the content",
  connection: {
    lost: (port) =>
      `The lab has ended, or cannot be reached. Start it again with “pentio lab --web --port ${port}”; this page then comes back by itself.`,
  },
  run: {
    measure: "Measure again",
    stop: "Stop",
    replay: "Replay",
    boil: "Boil again",
    running: "Measuring",
    waiting: "waits its turn, for one would disturb the other",
  },
  sliders: {
    delay: "Delay of the data",
    size: "Message size",
    connections: "Connections, up to",
  },
  bytes: (count) => (count === "1" ? "1 byte" : `${count} bytes`),

  glance: {
    title: "Which phase blocks the thread?",
    intro:
      "Every read has two phases: the data has to come (waiting for data), and it has to get from the kernel's memory into the program's (copying data). The models differ in what the thread that asked does during each. Plain calls are the book's figures: the thread makes the calls of the model and waits in them. Pentio's loop makes the same calls in such a way that the thread goes on with other work.",
    model: "Model",
    free: "free",
    blocked: "blocked",
    asking: "asking",
    helper: "(a helper is blocked)",
  },
  timelines: {
    title: "One read, phase by phase",
    intro: (delay, bytes) =>
      `Each figure is one read that was measured here: a datagram of ${bytes} that is sent after ${delay}. Its end stands there once more under a magnifying glass, for the copy is a thousandth of the wait.`,
    empty: "The time lines appear here as they are measured.",
    loop: "the thread",
    helper: "its helper",
    data: "the data",
    sinceAsked: "since the read was asked for",
    magnified: (factor) => `since the data arrived, magnified ${factor}×`,
    slowed: (factor) => `slowed ${factor}×, then the magnified end`,
    figure: (title, waiting, copying) => `${title}. ${waiting} ${copying}`,
    callsOf: (title) => `The system calls of ${title}: the arrow keys go from one to the next`,
    noCalls: "The program made no system call during this read that could be traced.",
    at: "at",
    took: "took",
    repeated: (times) => `${times} times`,
    otherWork: (units) => `${units} pieces of other work done meanwhile`,
    notMeasured: "not measured",
  },
  legend: {
    thread: "What a thread does",
    data: "What happens to the data",
    blocked: "blocked: it sleeps in a call",
    working: "free: it does other work",
    calling: "in a system call",
    waiting: "waiting for data",
    ready: "in the kernel, not fetched yet",
    copying: "copying data",
    moments: "Moments",
  },
  moments: {
    sent: ["S", "sent"],
    arrived: ["A", "arrived in the kernel"],
    readyTold: ["R", "the program heard that it is ready"],
    copied: ["C", "copied"],
    told: ["T", "the program has it"],
  },

  models: {
    blocking: {
      title: "Blocking I/O",
      summary: "One call does it all: it waits for the data, copies it, and only then returns.",
      byLoop: "The same call, made by a thread that Pentio keeps for it: that one sleeps in its stead.",
    },
    nonblocking: {
      title: "Non-blocking I/O",
      summary:
        "The call never waits. As long as there is nothing it says EAGAIN, and the program asks again.",
      byLoop: "The same, asked by Pentio's loop in pauses that grow with the silence.",
    },
    select: {
      title: "Multiplexing (select)",
      summary: "One call waits for many descriptors at once; a second one copies from those that are ready.",
      byLoop,
    },
    poll: {
      title: "Multiplexing (poll)",
      summary: "As select, with a list in place of sets of bits, and so without their bound.",
      byLoop,
    },
    epoll: {
      title: "Multiplexing (epoll)",
      summary: "As poll, but the kernel keeps the list and names only those that became ready.",
      byLoop,
    },
    signal: {
      title: "Signal-driven I/O",
      summary: "Nobody waits. The kernel sends a signal when data is there; then the program copies it.",
    },
    aio: {
      title: "Asynchronous I/O (POSIX aio)",
      summary: "A thread of the C library waits and copies; the program is told when both are done.",
    },
    io_uring: {
      title: "Asynchronous I/O (io_uring)",
      summary: "The kernel waits and copies; the program finds the finished read in shared memory.",
    },
    "node:net": { title: "node:net", summary: "Node's own sockets, on libuv's epoll." },
  },
  forms: { plain: "plain calls", driver: "Pentio's loop" },
  outcomes: {
    bytes: (count) => (count === "1" ? "1 byte" : `${count} bytes`),
    ready: (count) => `${count} ready`,
    number: (result) => result,
    "in progress": () => "in progress",
    done: () => "done",
  },

  waiting: {
    name: "Waiting for data",
    blocked: (call) => `The thread sleeps${call ? ` in ${call}` : ""}; it can do nothing else.`,
    asking: (times) => `The thread asks again and again (${times} times), and works in between.`,
    onlyAsking: (times) => `The thread asks again and again (${times} times), and does nothing else.`,
    free: "The thread is free: it works on other things.",
    helped: (call) =>
      `The thread is free: it works on other things. A helper thread sleeps${call ? ` in ${call}` : ""} in its stead.`,
    library: "The thread is free: it works on other things. A thread of the C library waits in its stead.",
    kernel: "The thread is free: it works on other things. The kernel waits in its stead.",
  },
  copying: {
    name: "Copying data",
    loop: (call) => `The thread itself copies, in ${call}; it can do nothing else.`,
    helper: (call) =>
      `The helper thread copies${call ? `, in ${call}` : ""}; the thread that asked works on.`,
    library: "A thread of the C library copies; the thread that asked works on.",
    kernel: "The kernel copies; no call of the thread's waits for it.",
    woken: "Waking it up is part of the time.",
    lay: (time) => `Before that the data lay in the kernel for ${time}.`,
    unmeasured: {
      library:
        "When the copy was made is not measured: the calls of the C library's thread cannot be traced from here.",
      kernel: "When the copy was made is not measured: the kernel notes no time of it.",
    },
  },

  compare: {
    title: "The same models under load",
    intro:
      "An echo server on each model, and one on node:net, under the same load: every connection has one request in flight. The lines grow as more connections join.",
    empty: "The charts appear here as they are measured. It takes about a minute.",
    start: "Compare",
    charts: {
      requestsPerSecond: ["Throughput", "requests per second"],
      latency: ["Latency", "µs"],
      cpuUsPerRequest: ["Processor time", "µs per request"],
      systemCallsPerRequest: ["System calls", "per request"],
      contextSwitches: ["Context switches", "per request"],
      threads: ["Threads", "of the server"],
    },
    connections: "connections",
    withConnections: (count) => (count === "1" ? "1 connection" : `${count} connections`),
    bounds: {
      threads: (limit) => `not measured: its bound is ${limit} threads, one for each call that waits`,
      descriptorNumbers: (limit) => `not measured: its bound is descriptors below ${limit} (FD_SETSIZE)`,
      reads: (limit) =>
        `not measured: its bound is ${limit} reads in progress, for each is a thread of the C library`,
      descriptors: (limit) =>
        `not measured: a process may have ${limit} descriptors here; raise it with ulimit -Hn`,
    },
    percentile: "Percentile",
    percentiles: { p50: "50 %", p90: "90 %", p99: "99 %", p999: "99.9 %" },
    show: "Shown",
    numbers: "The numbers",
    notMeasured: "Not measured",
  },

  kettles: {
    title: "Four kettles",
    intro:
      "Synchronous or asynchronous is one question: do I ask for the result, or am I told? Blocking or not is another: do I do anything else meanwhile? So there are four ways to boil water, and each is a program that runs here.",
    columns: { blocking: "blocking", free: "not blocking" },
    rows: { synchronous: "synchronous", asynchronous: "asynchronous" },
    names: ["The watched kettle", "The visited kettle", "The whistling kettle", "The forgotten kettle"],
    stories: [
      "You stand beside it and look until it boils.",
      "You read the paper, and look after it now and then.",
      "It whistles, but you stand there all the same.",
      "It whistles; until then you watch television.",
    ],
    output: (name) => `What the program of “${name}” has printed`,
  },
  machine: (pentio, node, kernel, cpu, cpus) =>
    `Pentio ${pentio}, Node ${node}, ${kernel}, ${cpu}, ${cpus} CPUs`,
};
