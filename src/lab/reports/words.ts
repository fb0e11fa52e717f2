import { decimal } from "../../reporting/index.ts";
import type { FigureName } from "./figure-names.ts";

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Everything that a report says in a language. Reasons why something was not measured are the system's, in English. */
export interface Words {
  readonly htmlLanguage: string;
  /** What stands between parts of a sentence, with the space that belongs there. */
  readonly comma: string;
  readonly semicolon: string;
  readonly title: string;
  readonly echoes: string;
  readonly echoesExplained: string;
  readonly files: string;
  readonly phases: string;
  readonly phasesExplained: string;
  readonly allFigures: string;
  readonly rawNumbers: string;
  readonly model: string;
  readonly measuredAt: string;
  readonly machine: string;
  readonly cpus: string;
  readonly memory: string;
  readonly versions: string;
  readonly workload: string;
  readonly defaultModel: string;
  readonly skipped: string;
  readonly failed: string;
  readonly warned: string;
  readonly notMeasured: string;
  readonly moreIsBetter: string;
  readonly lessIsBetter: string;
  readonly everyByteWasRight: string;
  readonly notEveryByteWasRight: string;
  readonly kinds: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<FigureName, string>>;
  /** Rows and colours of time lines. */
  readonly data: string;
  readonly thread: string;
  readonly helper: string;
  readonly calls: string;
  readonly waitingForData: string;
  readonly dataIsThere: string;
  readonly copyingData: string;
  readonly notMeasuredApart: string;
  readonly blocked: string;
  readonly working: string;
  readonly calling: string;
  readonly aCall: string;
  readonly wholeRead: string;
  readonly magnified: string;
  /** Sentences about the two phases. */
  blockedIn(call: string): string;
  freeFor(units: number): string;
  triedInVain(times: number): string;
  helperBlockedIn(call: string): string;
  copiedIn(call: string, byHelper: boolean): string;
  withWakingUp(call: string, byHelper: boolean): string;
  toldAfter(time: string): string;
  echoWorkload(connections: number, size: number, seconds: number, loadModel: string): string;
  fileWorkload(inFlight: number, size: number, seconds: number): string;
  phasesWorkload(delayMs: number, sizeBytes: number): string;
}

const figuresInEnglish: Words["figures"] = {
  requestsPerSecond: "Requests per second",
  latencyP50Us: "Latency, median, µs",
  latencyP90Us: "Latency, 90 %, µs",
  latencyP99Us: "Latency, 99 %, µs",
  latencyP999Us: "Latency, 99.9 %, µs",
  cpuUsPerRequest: "CPU per request, µs",
  systemCallsPerRequest: "System calls per request",
  voluntarySwitchesPerRequest: "Voluntary context switches per request",
  involuntarySwitchesPerRequest: "Involuntary context switches per request",
  threads: "Threads",
  peakRssMiB: "Peak memory, MiB",
  randomReadsPerSecond: "Random reads per second",
  randomReadCpuUs: "CPU per random read, µs",
  randomWritesPerSecond: "Random writes per second",
  randomWriteCpuUs: "CPU per random write, µs",
  sequentialReadsPerSecond: "Sequential reads per second",
  sequentialReadCpuUs: "CPU per sequential read, µs",
  sequentialWritesPerSecond: "Sequential writes per second",
  sequentialWriteCpuUs: "CPU per sequential write, µs",
  waitingUs: "Waiting for data, µs",
  copyingUs: "Copying data, µs",
  arrivalToToldUs: "From the arrival to the program, µs",
  retries: "Calls in vain (EAGAIN)",
  otherWork: "Other work meanwhile, units",
};

const figuresInChinese: Words["figures"] = {
  requestsPerSecond: "每秒请求数",
  latencyP50Us: "延迟中位数（µs）",
  latencyP90Us: "延迟 90%（µs）",
  latencyP99Us: "延迟 99%（µs）",
  latencyP999Us: "延迟 99.9%（µs）",
  cpuUsPerRequest: "每个请求的 CPU 时间（µs）",
  systemCallsPerRequest: "每个请求的系统调用数",
  voluntarySwitchesPerRequest: "每个请求的自愿上下文切换",
  involuntarySwitchesPerRequest: "每个请求的非自愿上下文切换",
  threads: "线程数",
  peakRssMiB: "内存峰值（MiB）",
  randomReadsPerSecond: "每秒随机读次数",
  randomReadCpuUs: "每次随机读的 CPU 时间（µs）",
  randomWritesPerSecond: "每秒随机写次数",
  randomWriteCpuUs: "每次随机写的 CPU 时间（µs）",
  sequentialReadsPerSecond: "每秒顺序读次数",
  sequentialReadCpuUs: "每次顺序读的 CPU 时间（µs）",
  sequentialWritesPerSecond: "每秒顺序写次数",
  sequentialWriteCpuUs: "每次顺序写的 CPU 时间（µs）",
  waitingUs: "等待数据（µs）",
  copyingUs: "复制数据（µs）",
  arrivalToToldUs: "从数据到达到程序得知（µs）",
  retries: "落空的调用（EAGAIN）",
  otherWork: "其间完成的其他工作（份）",
};

const english: Words = {
  htmlLanguage: "en",
  comma: ", ",
  semicolon: "; ",
  title: "The lab of Pentio",
  echoes: "Echo servers",
  echoesExplained:
    "Each figure is the median of the rounds; the thin line reaches from the least to the most of them. " +
    "CPU per request is the steadiest: rates and latencies also show what else the machine does.",
  files: "Work on a file",
  phases: "The two phases of a read",
  phasesExplained:
    "One read on each model, as measured: first the data is waited for, then it is copied from the kernel to the program. " +
    "What differs is what the thread does meanwhile.",
  allFigures: "All figures",
  rawNumbers: "The raw numbers are in this file, as JSON in its last script element.",
  model: "Model",
  measuredAt: "Measured",
  machine: "Machine",
  cpus: "CPUs",
  memory: "memory",
  versions: "Versions",
  workload: "Workload",
  defaultModel: "Default model here",
  skipped: "skipped",
  failed: "failed",
  warned: "warned",
  notMeasured: "not measured",
  moreIsBetter: "more is better",
  lessIsBetter: "less is better",
  everyByteWasRight: "Every byte was right.",
  notEveryByteWasRight: "NOT every byte was right.",
  kinds: {
    blocking: "Blocking I/O",
    "non-blocking": "Non-blocking I/O",
    multiplexing: "I/O multiplexing",
    "signal-driven": "Signal-driven I/O",
    asynchronous: "Asynchronous I/O",
  },
  figures: figuresInEnglish,
  data: "data",
  thread: "thread",
  helper: "helper",
  calls: "calls",
  waitingForData: "Waiting for data",
  dataIsThere: "Data is in the kernel",
  copyingData: "Copying data",
  notMeasuredApart: "Copying, not measured apart",
  blocked: "thread blocked",
  working: "thread free, works",
  calling: "thread in a short call",
  aCall: "a system call (drawn wider than it is)",
  wholeRead: "the whole read",
  magnified: "the end, magnified",
  blockedIn: (call) => `the calling thread is blocked in ${call}`,
  freeFor: (units) => `the thread is free and works on other things (${decimal(units, 0)} units)`,
  triedInVain: (times) => `asks in vain, ${decimal(times, 0)} times`,
  helperBlockedIn: (call) => `a helper thread is blocked in ${call}`,
  copiedIn: (call, byHelper) => `in ${call}, by the ${byHelper ? "helper" : "calling"} thread`,
  withWakingUp: (call, byHelper) =>
    `with waking up, in ${call}, by the ${byHelper ? "helper" : "calling"} thread`,
  toldAfter: (time) => `The program has the data ${time} after its arrival.`,
  echoWorkload: (connections, size, seconds, loadModel) =>
    `TCP echo, ${decimal(connections, 0)} connections, ${decimal(size, 0)} bytes a request, ${seconds} s each in rounds; load on ${loadModel}`,
  fileWorkload: (inFlight, size, seconds) =>
    `blocks of ${decimal(size, 0)} bytes, ${decimal(inFlight, 0)} at once, ${seconds} s each`,
  phasesWorkload: (delayMs, sizeBytes) =>
    `a datagram of ${decimal(sizeBytes, 0)} bytes, sent after ${decimal(delayMs, 0)} ms`,
};

const chinese: Words = {
  htmlLanguage: "zh-CN",
  comma: "，",
  semicolon: "；",
  title: "Pentio 实验室报告",
  echoes: "回显服务器",
  echoesExplained:
    "每个数值取各轮的中位数，细线表示各轮的最小值到最大值。每个请求的 CPU 时间最稳定；吞吐量和延迟还会受机器上其他负载的影响。",
  files: "文件读写",
  phases: "一次读操作的两个阶段",
  phasesExplained:
    "每种模型上实测的一次读：先等待数据，再把数据从内核复制到程序。各模型的差别，在于这段时间里线程在做什么。",
  allFigures: "全部数值",
  rawNumbers: "原始数据以 JSON 形式保存在本文件的最后一个 script 元素中。",
  model: "模型",
  measuredAt: "测量时间",
  machine: "机器",
  cpus: "个 CPU",
  memory: "内存",
  versions: "版本",
  workload: "负载",
  defaultModel: "本机默认模型",
  skipped: "已跳过",
  failed: "失败",
  warned: "警告",
  notMeasured: "未测量",
  moreIsBetter: "越大越好",
  lessIsBetter: "越小越好",
  everyByteWasRight: "每个字节都正确。",
  notEveryByteWasRight: "并非每个字节都正确！",
  kinds: {
    blocking: "阻塞式 I/O",
    "non-blocking": "非阻塞式 I/O",
    multiplexing: "I/O 多路复用",
    "signal-driven": "信号驱动式 I/O",
    asynchronous: "异步 I/O",
  },
  figures: figuresInChinese,
  data: "数据",
  thread: "线程",
  helper: "辅助线程",
  calls: "调用",
  waitingForData: "等待数据",
  dataIsThere: "数据已到内核",
  copyingData: "复制数据",
  notMeasuredApart: "复制数据（未单独测量）",
  blocked: "线程阻塞",
  working: "线程空闲，可做其他工作",
  calling: "线程正在做短暂的调用",
  aCall: "一次系统调用（画得比实际宽）",
  wholeRead: "整个读操作",
  magnified: "末段放大",
  blockedIn: (call) => `调用线程阻塞在 ${call} 中`,
  freeFor: (units) => `线程空闲，在做其他工作（${decimal(units, 0)} 份）`,
  triedInVain: (times) => `询问落空 ${decimal(times, 0)} 次`,
  helperBlockedIn: (call) => `辅助线程阻塞在 ${call} 中`,
  copiedIn: (call, byHelper) => `由${byHelper ? "辅助" : "调用"}线程在 ${call} 中完成`,
  withWakingUp: (call, byHelper) => `由${byHelper ? "辅助" : "调用"}线程在 ${call} 中完成，含唤醒时间`,
  toldAfter: (time) => `数据到达 ${time} 后，程序拿到数据。`,
  echoWorkload: (connections, size, seconds, loadModel) =>
    `TCP 回显，${decimal(connections, 0)} 个连接，每个请求 ${decimal(size, 0)} 字节，各轮共 ${seconds} 秒；负载由 ${loadModel} 产生`,
  fileWorkload: (inFlight, size, seconds) =>
    `每块 ${decimal(size, 0)} 字节，同时 ${decimal(inFlight, 0)} 块，各 ${seconds} 秒`,
  phasesWorkload: (delayMs, sizeBytes) =>
    `${decimal(delayMs, 0)} 毫秒后发送一个 ${decimal(sizeBytes, 0)} 字节的数据报`,
};

export const words: Readonly<Record<Language, Words>> = { en: english, zh: chinese };

/** The language that the environment asks for, of those that reports are in: by LC_ALL, LC_MESSAGES, LANG, as setlocale(3). */
export function usualLanguage(env: NodeJS.ProcessEnv): Language {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || "";
  return locale.startsWith("zh") ? "zh" : "en";
}
