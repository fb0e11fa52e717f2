/** How each server's line is drawn: by colour, dashes and points, so that any one of them is enough to tell it apart. */
export interface Server {
  readonly name: string;
  /** The variable of the style sheet that holds its colour. */
  readonly colour: string;
  readonly dash: number[];
  /** Whether its points are hollow. */
  readonly isHollow: boolean;
}

/** In the order of the book, and Node's own last. */
export const servers: readonly Server[] = [
  { name: "blocking", colour: "--vermilion", dash: [], isHollow: false },
  { name: "nonblocking", colour: "--orange", dash: [8, 3], isHollow: false },
  { name: "select", colour: "--sky", dash: [2, 3], isHollow: false },
  { name: "poll", colour: "--blue", dash: [8, 3, 2, 3], isHollow: false },
  { name: "epoll", colour: "--blue", dash: [], isHollow: true },
  { name: "signal", colour: "--purple", dash: [], isHollow: false },
  { name: "aio", colour: "--yellow", dash: [8, 3], isHollow: true },
  { name: "io_uring", colour: "--green", dash: [], isHollow: false },
  { name: "node:net", colour: "--ink", dash: [4, 4], isHollow: true },
];
