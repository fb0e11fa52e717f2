/**
 * Why something was not measured, was refused or went wrong, in Chinese. The page and the reports share it. What is not here, such as
 * what the system says, stays in its own words.
 */

type Translation = readonly [english: string | RegExp, chinese: string | ((...parts: string[]) => string)];

const translations: readonly Translation[] = [
  ["stopped", "已停止"],
  ["works here", "在本机可用"],

  // The phases of a read.
  ["this model has no such moment: nothing tells of readiness", "该模型没有这一时刻：不会有任何就绪通知"],
  [
    "a thread of the C library waits and copies, in calls that Pentio does not see",
    "由 C 库的线程等待并复制，它的调用 Pentio 看不到",
  ],
  [
    "the kernel copies when the program next enters it, and notes no time",
    "程序下一次进入内核时由内核复制，内核不记录时刻",
  ],
  ["the packet had passed before the kernel had begun to note times", "数据包到达时，内核尚未开始记录时刻"],
  [/^one read: (.*)$/s, (reason) => `一次读操作：${inChinese(reason)}`],

  // The choice of a model.
  ["io_uring works here and is the fastest", "io_uring 在本机可用，而且最快"],
  [/^(\S+) was asked for$/, (model) => `指定使用 ${model}`],
  [
    "io_uring is forbidden here (EPERM): by a seccomp filter, as in the default profile of container engines, " +
      "or by the sysctl kernel.io_uring_disabled",
    "本机禁止使用 io_uring（EPERM）：可能是 seccomp 过滤器所致，例如容器引擎的默认配置，也可能是 sysctl kernel.io_uring_disabled",
  ],
  [
    "this kernel has no io_uring, or one too old (ENOSYS); Linux 5.19 or later is needed",
    "此内核没有 io_uring，或者版本太旧（ENOSYS）；需要 Linux 5.19 或更高版本",
  ],
  [
    "io_uring needs more locked memory than is allowed here (ENOMEM); raise the limit, ulimit -l",
    "io_uring 需要的锁定内存超出本机上限（ENOMEM）；请用 ulimit -l 提高上限",
  ],
  [/^io_uring cannot be set up here: (.*)$/s, (reason) => `本机无法使用 io_uring：${reason}`],
  [/^(\S+) does not work here: (.*)$/s, (model, reason) => `${model} 在本机不可用：${reason}`],

  // Counting system calls.
  [/^(perf .*); (strace .*)$/s, (perf, strace) => `${inChinese(perf)}；${inChinese(strace)}`],
  [/^(perf|strace) is not installed$/, (tool) => `未安装 ${tool}`],
  [
    /^(perf|strace) may not look at other processes here: (.*)$/s,
    (tool, reason) => `${tool} 在本机无权查看其他进程：${reason}`,
  ],
  [/^(perf|strace) gave no count$/, (tool) => `${tool} 没有给出计数`],
  ["no reply came while they were counted", "计数期间没有收到回复"],

  // Servers and programs that fail.
  [/^no reply came in ([\d.]+) s$/, (seconds) => `${seconds} 秒内没有收到回复`],
  [
    "no reply came in the time of all rounds: give it more (--seconds)",
    "各轮时间内都没有收到回复：请用 --seconds 延长时间",
  ],
  [
    /^the server sent (\d+) bytes after the last reply$/,
    (bytes) => `服务器在最后一个回复之后又发来 ${bytes} 字节`,
  ],
  [
    /^(\d+) wrong among (\d+) replies; the first: (.*)$/s,
    (wrong, replies, first) => `${replies} 个回复中有 ${wrong} 个出错，第一个是：${first}`,
  ],
  ["the server ended a connection in the middle of a reply", "服务器在回复的中途结束了连接"],
  [
    /^(\d+) of (\d+) connections waited for the server for more than (\d+) seconds$/,
    (waiting, all, seconds) => `${all} 个连接中有 ${waiting} 个等待服务器超过 ${seconds} 秒`,
  ],
  [
    /^(the load generator|the echo server on \S+|the program on \S+) ended with exit status (\d+)(?:, saying:\n(.*))?$/s,
    (program, status, said) => `${nameOf(program)}已退出，状态码 ${status}${said ? `，输出：\n${said}` : ""}`,
  ],
  [
    /^(the load generator|the echo server on \S+|the program on \S+) ended by (\w+)(?:, saying:\n(.*))?$/s,
    (program, signal, said) => `${nameOf(program)}被 ${signal} 终止${said ? `，输出：\n${said}` : ""}`,
  ],
  [
    /^(the load generator|the echo server on \S+|the program on \S+) hangs: it does not say that it is \w+$/,
    (program) => `${nameOf(program)}没有响应`,
  ],
  [
    /^(the load generator|the echo server on [^\s:]+|the program on [^\s:]+): (.*)$/s,
    (program, reason) => `${nameOf(program)}：${inChinese(reason)}`,
  ],
  [
    /^The (\w+) kettle ended with (\w+): (.*)$/s,
    (kettle, how, said) => `${kettle} 水壶的程序结束于 ${how}：${said}`,
  ],
  [/^(\S+) is missing: build it by npm run build$/, (file) => `缺少 ${file}：请用 npm run build 构建`],

  // What servers are warned of.
  [
    /^All (\d+) threads for blocking calls are blocked: .*$/s,
    (threads) =>
      `用于阻塞调用的 ${threads} 个线程全部阻塞：后来的调用排队轮流进行。可以提高 PENTIO_BLOCKING_THREADS（每个线程 8 MB），或者选用不必为每个调用占用线程的模型`,
  ],
  [
    /^POSIX aio has (\d+) reads in progress, .*$/s,
    (reads) =>
      `POSIX aio 有 ${reads} 个读操作正在进行，已到本机上限：后来的要等其中一些结束。可以选用不必为每个读操作占用线程的模型，例如 io_uring 或 epoll`,
  ],
  [/^A thread for blocking calls has ended: (.*)$/s, (reason) => `一个用于阻塞调用的线程已结束：${reason}`],

  // What the page's server refuses.
  ["Only the page of this server may ask", "只有本服务器的网页可以提出请求"],
  [/^The host has to be (.*)$/, (hosts) => `主机名必须是 ${hosts}`],
  [/^There is no (\S+)$/, (path) => `没有 ${path}`],
  [
    /^(\w+) has to be a whole number from (\d+) to (\d+), not (.*)$/s,
    (name, min, max, given) => `${name} 必须是 ${min} 到 ${max} 的整数，不能是 ${given}`,
  ],
];

/** A reason in Chinese; in its own words if it is not known. */
export function inChinese(reason: string): string {
  for (const [english, chinese] of translations) {
    const parts = typeof english === "string" ? (english === reason ? [reason] : null) : english.exec(reason);
    if (parts) return typeof chinese === "string" ? chinese : chinese(...parts.slice(1));
  }
  return reason;
}

function nameOf(program: string): string {
  if (program === "the load generator") return "负载发生器";
  const model = program.split(" ").at(-1)!;
  return program.startsWith("the echo server") ? `${model} 的回显服务器` : `${model} 的程序`;
}
