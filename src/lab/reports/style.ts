/**
 * The style of reports. Colours are those of Okabe and Ito, which the colour-blind can tell apart, and mean what they mean on the
 * page; what blocks is told by hatching, too.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --soft: #59636e; --paper: #fbfbf9; --card: #ffffff; --rule: #dcdfe3; --bar: #0072b2;
  --waiting: #56b4e9; --copying: #e69f00; --blocked: #d55e00; --working: #009e73; --calling: var(--ink);
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --soft: #9aa4ae; --paper: #14171a; --card: #1c2024; --rule: #333a41; --bar: #56b4e9; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem clamp(0.75rem, 3vw, 2.5rem) 3rem; max-width: 80rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
}
h1 { font-size: 1.75rem; letter-spacing: -0.01em; margin: 0 0 1rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 0.25rem; }
.card p { margin: 0; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
.card h3 { margin-top: 0; }
small, figcaption, footer { color: var(--soft); font-size: 0.85rem; font-weight: normal; }
p { max-width: 48rem; margin: 0.25rem 0 1rem; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem; }
.time-lines { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)); gap: 1rem; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 0.5rem; padding: 1rem; min-width: 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.bars { width: 100%; font-size: 0.875rem; }
.bars th { text-align: left; font-weight: normal; white-space: nowrap; padding-right: 0.75rem; width: 1%; }
.bars td { text-align: right; white-space: nowrap; padding-left: 0.5rem; width: 1%; }
.bars .bar { width: auto; padding: 0; }
.bars svg { display: block; width: 100%; height: 0.7rem; }
.bars rect { fill: var(--bar); }
.range { stroke: var(--ink); stroke-width: 1px; vector-effect: non-scaling-stroke; }
.wide { overflow-x: auto; }
.figures { font-size: 0.8rem; }
.figures th, .figures td { padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--rule); text-align: right; }
.figures thead th { vertical-align: bottom; color: var(--soft); font-weight: normal; min-width: 5.5rem; }
.figures th:first-child { text-align: left; white-space: nowrap; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); gap: 0.75rem; }
figure { margin: 0; display: grid; grid-template-columns: max-content 1fr; column-gap: 0.5rem; min-width: 0; }
figcaption { grid-column: 2; }
.rows span { display: block; height: 24px; line-height: 24px; font-size: 0.8rem; color: var(--soft); }
.timeline { display: block; width: 100%; min-width: 0; }
.card dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 0.75rem; margin: 0.75rem 0; font-size: 0.9rem; }
dt.waiting, dt.copying { color: inherit; padding-left: 0.5rem; border-left: 0.35rem solid; }
dt.waiting { border-color: var(--waiting); }
dt.copying { border-color: var(--copying); }
rect.waiting { fill: var(--waiting); }
rect.ready { fill: var(--waiting); opacity: 0.35; }
rect.unmeasured { fill: var(--card); stroke: var(--copying); stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
rect.copying { fill: var(--copying); }
rect.blocked { fill: url(#hatching); }
rect.working { fill: var(--working); }
rect.calling { fill: var(--calling); }
rect.call { fill: var(--ink); }
.hatching rect { fill: var(--blocked); }
.hatching path { stroke: var(--card); stroke-width: 2; }
.moment { stroke: var(--ink); stroke-width: 1px; stroke-dasharray: 3 2; vector-effect: non-scaling-stroke; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; font-size: 0.875rem; }
.legend svg { width: 1.5rem; height: 0.75rem; vertical-align: baseline; }
.defs { position: absolute; width: 0; height: 0; }
.notes { padding-left: 1.2rem; margin-top: 2rem; overflow-wrap: anywhere; }
`;
