import { inChinese } from "../../words/chinese-reasons.ts";
import type { Words } from "./words.ts";

const byLoop = "调用相同，由 Pentio 的循环发出：只要还有其他工作，第一个调用就只查看，不等待。";

export const zh: Words = {
  name: "中文",
  space: "",
  comma: "，",
  colon: "：",
  semicolon: "；",
  reason: inChinese,
  title: "实验室",
  subtitle: "五种 I/O 模型在这台机器上的真实表现。图中的一切都来自实测。",
  pages: { models: "五种模型", compare: "负载之下", kettles: "四把水壶" },
  theme: { label: "主题", auto: "自动", light: "浅色", dark: "深色" },
  language: "语言",
  skip: "跳到正文",
  connection: {
    lost: (port) =>
      `实验室已经结束，或者无法连接。请用“pentio lab --web --port ${port}”重新启动，本页随后会自动恢复。`,
  },
  run: {
    measure: "重新测量",
    stop: "停止",
    replay: "回放",
    boil: "再烧一次",
    running: "正在测量",
    waiting: "正在排队，以免互相干扰",
  },
  sliders: {
    delay: "数据延迟",
    size: "消息大小",
    connections: "连接数上限",
  },
  bytes: (count) => `${count} 字节`,

  glance: {
    title: "哪个阶段会阻塞线程？",
    intro:
      "每次读取都有两个阶段：先等数据到达内核（等待数据），再把它从内核的内存搬到程序的内存（复制数据）。模型之间的区别，就在于发起读取的线程在这两个阶段里做什么。“直接调用”即书中的图：线程自己发出该模型的调用，并在其中等待。“Pentio 循环”发出同样的调用，却让线程得以继续做其他工作。",
    model: "模型",
    free: "未阻塞",
    blocked: "阻塞",
    asking: "轮询",
    helper: "（辅助线程阻塞）",
  },
  timelines: {
    title: "一次读取的两个阶段",
    intro: (delay, bytes) =>
      `每张图都是在本机实测的一次读取：一个 ${bytes}的数据报，在 ${delay} 之后发出。最后一段另在放大镜下画出，因为复制所用的时间只有等待的千分之一。`,
    empty: "测得的时间线会陆续显示在这里。",
    loop: "线程",
    helper: "辅助线程",
    data: "数据",
    sinceAsked: "从发起读取算起",
    magnified: (factor) => `从数据到达算起，放大 ${factor} 倍`,
    slowed: (factor) => `放慢 ${factor} 倍，最后播放放大的一段`,
    figure: (title, waiting, copying) => `${title}。${waiting}${copying}`,
    callsOf: (title) => `${title}的系统调用：用方向键逐个查看`,
    noCalls: "这次读取中，程序没有发出可以跟踪到的系统调用。",
    at: "时刻",
    took: "耗时",
    repeated: (times) => `${times} 次`,
    otherWork: (units) => `其间完成了 ${units} 份其他工作`,
    notMeasured: "未能测得",
  },
  legend: {
    thread: "线程在做什么",
    data: "数据经历了什么",
    blocked: "阻塞：在系统调用中睡眠",
    working: "未阻塞：在做其他工作",
    calling: "正在执行系统调用",
    waiting: "等待数据",
    ready: "已在内核中，尚未取走",
    copying: "复制数据",
    moments: "时刻",
  },
  moments: {
    sent: ["发", "发出"],
    arrived: ["到", "到达内核"],
    readyTold: ["知", "程序得知可以读取"],
    copied: ["毕", "复制完毕"],
    told: ["得", "程序拿到数据"],
  },

  models: {
    blocking: {
      title: "阻塞式 I/O",
      summary: "一个调用包办一切：等待数据，复制数据，全部完成后才返回。",
      byLoop: "调用还是同一个，但由 Pentio 专门准备的线程发出：那个线程替它睡眠。",
    },
    nonblocking: {
      title: "非阻塞式 I/O",
      summary: "调用从不等待。没有数据就返回 EAGAIN，由程序一次次再问。",
      byLoop: "同样的询问由 Pentio 的循环发出，越久没有数据，间隔越长。",
    },
    select: {
      title: "I/O 多路复用（select）",
      summary: "一个调用同时等待许多描述符，另一个调用再从就绪的描述符中复制数据。",
      byLoop,
    },
    poll: {
      title: "I/O 多路复用（poll）",
      summary: "与 select 相同，但用列表代替位集合，因此没有描述符编号的上限。",
      byLoop,
    },
    epoll: {
      title: "I/O 多路复用（epoll）",
      summary: "与 poll 相同，但列表由内核保存，返回时只列出变为就绪的描述符。",
      byLoop,
    },
    signal: {
      title: "信号驱动式 I/O",
      summary: "谁也不用等。数据到达时内核发来信号，程序再自己复制。",
    },
    aio: {
      title: "异步 I/O（POSIX aio）",
      summary: "由 C 库的线程等待并复制，两件事都完成后再通知程序。",
    },
    io_uring: {
      title: "异步 I/O（io_uring）",
      summary: "由内核等待并复制，程序在共享内存中看到已完成的读取。",
    },
    "node:net": { title: "node:net", summary: "Node 自带的套接字，基于 libuv 的 epoll。" },
  },
  forms: { plain: "直接调用", driver: "Pentio 循环" },
  outcomes: {
    bytes: (count) => `${count} 字节`,
    ready: (count) => `${count} 个就绪`,
    number: (result) => result,
    "in progress": () => "进行中",
    done: () => "已完成",
  },

  waiting: {
    name: "等待数据",
    blocked: (call) => `线程${call ? `在 ${call} 中` : ""}睡眠，做不了别的事。`,
    asking: (times) => `线程一次次询问（${times} 次），间隙里做其他工作。`,
    onlyAsking: (times) => `线程一次次询问（${times} 次），此外什么也不做。`,
    free: "线程没有阻塞：它在做其他工作。",
    helped: (call) =>
      `线程没有阻塞：它在做其他工作。一个辅助线程替它${call ? `在 ${call} 中` : ""}睡眠等待。`,
    library: "线程没有阻塞：它在做其他工作。C 库的一个线程替它等待。",
    kernel: "线程没有阻塞：它在做其他工作。内核替它等待。",
  },
  copying: {
    name: "复制数据",
    loop: (call) => `线程自己在 ${call} 中复制，其间做不了别的事。`,
    helper: (call) => `辅助线程${call ? `在 ${call} 中` : ""}复制，发起读取的线程继续工作。`,
    library: "C 库的线程复制，发起读取的线程继续工作。",
    kernel: "内核复制，线程没有任何调用要为此等待。",
    woken: "这段时间包括唤醒它。",
    lay: (time) => `此前数据在内核中停留了 ${time}。`,
    unmeasured: {
      library: "复制发生的时刻未能测得：C 库线程的调用无法从这里跟踪。",
      kernel: "复制发生的时刻未能测得：内核没有为它留下时间戳。",
    },
  },

  compare: {
    title: "负载之下的同一批模型",
    intro:
      "每种模型各有一个回显服务器，外加一个基于 node:net 的，承受同样的负载：每条连接上始终有一个请求在途。连接越来越多，曲线随之延伸。",
    empty: "测得的曲线会陆续显示在这里，全程约一分钟。",
    start: "开始比较",
    charts: {
      requestsPerSecond: ["吞吐量", "每秒请求数"],
      latency: ["延迟", "微秒"],
      cpuUsPerRequest: ["处理器时间", "每个请求的微秒数"],
      systemCallsPerRequest: ["系统调用", "每个请求的次数"],
      contextSwitches: ["上下文切换", "每个请求的次数"],
      threads: ["线程数", "服务器进程的线程"],
    },
    connections: "连接数",
    withConnections: (count) => `${count} 条连接`,
    bounds: {
      threads: (limit) => `未测量：上限是 ${limit} 个线程，每个等待中的调用占用一个`,
      descriptorNumbers: (limit) => `未测量：描述符编号必须小于 ${limit}（FD_SETSIZE）`,
      reads: (limit) => `未测量：上限是 ${limit} 个同时进行的读取，每个占用 C 库的一个线程`,
      descriptors: (limit) => `未测量：本机上一个进程最多只能有 ${limit} 个描述符，可用 ulimit -Hn 提高`,
    },
    percentile: "百分位",
    percentiles: { p50: "50 %", p90: "90 %", p99: "99 %", p999: "99.9 %" },
    show: "显示",
    numbers: "全部数字",
    notMeasured: "未能测得",
  },

  kettles: {
    title: "四把水壶",
    intro:
      "同步还是异步，是一个问题：结果是我去问，还是别人来通知？阻塞还是非阻塞，是另一个问题：等的时候我还做不做别的事？于是烧水有四种方式，每一种都是在这里实际运行的程序。",
    columns: { blocking: "阻塞", free: "非阻塞" },
    rows: { synchronous: "同步", asynchronous: "异步" },
    names: ["守着的水壶", "时不时去看的水壶", "会响的水壶，人却守着", "会响的水壶，人去忙别的"],
    stories: [
      "站在旁边一直看着，直到水烧开。",
      "一边看报纸，一边隔一会儿过来看一眼。",
      "水开了它会响，可你还是站在那里等。",
      "水开了它会响，在那之前你去看电视。",
    ],
    output: (name) => `“${name}”的程序输出`,
  },
  machine: (pentio, node, kernel, cpu, cpus) =>
    `Pentio ${pentio}，Node ${node}，${kernel}，${cpu}，${cpus} 个 CPU`,
};
