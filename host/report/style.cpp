// SPDX-License-Identifier: Apache-2.0
#include "host/report/style.hpp"

namespace forkmap::host {

std::string_view report_style() noexcept {
  return R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f8; --card: #ffffff; --ink: #1b1e23; --quiet: #5c6470; --line: #dfe2e6;
  --track: #eef0f3; --busy: #2c6fd1; --busy-line: #1d56ab; --good: #1c7a45; --good-back: #e2f3e8;
  --bad: #c2362b; --bad-back: #fbe7e4; --turn: #9a6700; --turn-back: #fbf0d3; --wait: #8b93a1;
  --name: 3.6rem; --share: 3.2rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121417; --card: #1a1d21; --ink: #e6e8eb; --quiet: #9aa3af; --line: #2d3239;
    --track: #252a30; --busy: #6ba3f5; --busy-line: #a9c9fa; --good: #63c98d; --good-back: #17321f;
    --bad: #ff8276; --bad-back: #3d1d1a; --turn: #e3b341; --turn-back: #372b0c; --wait: #727b88;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
main { max-width: 70rem; margin: 0 auto; padding: 2rem 1.5rem 3rem; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; font-weight: 650; overflow-wrap: anywhere; }
h2 { margin: 0 0 .9rem; font-size: 1.05rem; line-height: 1.3; font-weight: 650; }
h3 { margin: 0 0 .4rem; font-size: .95rem; font-weight: 650; }
p { margin: 0; }
code, pre, .mono {
  font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .87em; overflow-wrap: anywhere;
}
.quiet { color: var(--quiet); }
.small { font-size: .87rem; }
header { margin-bottom: 1.5rem; }
header .quiet { margin-top: .35rem; overflow-wrap: anywhere; }
.title { display: flex; flex-wrap: wrap; gap: .5rem .9rem; align-items: center; }
.pill { padding: .12rem .7rem; border-radius: 1rem; font-size: .87rem; font-weight: 600; }
.pill.good { color: var(--good); background: var(--good-back); }
.pill.bad { color: var(--bad); background: var(--bad-back); }
.pill.turn { color: var(--turn); background: var(--turn-back); }
section {
  margin-top: 1rem; padding: 1.25rem 1.4rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem;
}
.tiles {
  display: flex; flex-wrap: wrap; gap: 1px; padding: 0; overflow: hidden; background: var(--line);
}
.tile { flex: 1 1 auto; min-width: 7.6rem; padding: 1rem 1.2rem; background: var(--card); }
.tile b {
  display: block; font-size: 1.35rem; line-height: 1.3; font-weight: 600;
  font-variant-numeric: tabular-nums; white-space: nowrap;
}
.tile span { display: block; color: var(--quiet); font-size: .87rem; }
.tile b.bad { color: var(--bad); }
figure { margin: 0; }
svg { display: block; width: 100%; overflow: hidden; }
.rows { position: relative; }
.row {
  display: grid; grid-template-columns: var(--name) minmax(0, 1fr) var(--share);
  align-items: center; margin-bottom: 3px;
}
.row > .name { color: var(--quiet); font-size: .8rem; white-space: nowrap; }
.row > .share {
  padding-left: .5rem; color: var(--quiet); font-size: .8rem; text-align: right;
  font-variant-numeric: tabular-nums; white-space: nowrap;
}
.track { position: relative; background: var(--track); border-radius: 2px; }
.track svg { height: 1.15rem; border-radius: 2px; }
.many .track svg { height: .6rem; }
.many .row { margin-bottom: 1px; }
.many .row > span { font-size: .68rem; line-height: 1.1; }
.track rect, .key rect { fill: var(--busy); }
.track rect.f { fill: var(--bad); }
.track rect.w { fill: var(--wait); }
.mark {
  position: absolute; top: -1px; bottom: -1px; width: 3px; margin-left: -1.5px;
  background: var(--bad); border-radius: 1px; outline: 1px solid var(--card);
}
.over {
  position: absolute; top: 0; bottom: 0; left: var(--name); right: var(--share); pointer-events: none;
}
.turn-line {
  position: absolute; top: -2px; bottom: 0; min-width: 2px; border-left: 2px dashed var(--turn);
  background: color-mix(in srgb, var(--turn) 20%, transparent);
}
.axis {
  position: relative; height: 1.5rem; margin: .3rem var(--share) 0 var(--name);
  border-top: 1px solid var(--line); color: var(--quiet); font-size: .8rem;
  font-variant-numeric: tabular-nums;
}
.axis span { position: absolute; top: .25rem; transform: translateX(-50%); white-space: nowrap; }
.axis span::before {
  content: ""; position: absolute; left: 50%; top: -.25rem; height: .25rem;
  border-left: 1px solid var(--line);
}
.axis span:first-child { transform: none; }
.axis span:first-child::before { left: 0; }
.plot .axis { margin-left: 0; margin-right: 0; }
.plot > .top { display: flex; justify-content: space-between; color: var(--quiet); font-size: .8rem; }
.plot svg { height: 8.5rem; border-bottom: 1px solid var(--line); }
.plot svg + .axis { border-top: 0; margin-top: 0; }
.area { fill: var(--busy); fill-opacity: .28; }
.edge { fill: none; stroke: var(--busy); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.bad-area { fill: var(--bad); fill-opacity: .75; }
.bars rect { fill: var(--busy); }
.keys { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin-top: .7rem; color: var(--quiet); font-size: .8rem; }
.keys span { white-space: nowrap; }
.keys i {
  display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px;
  vertical-align: -.08rem; background: var(--busy);
}
.keys i.f { background: var(--bad); }
.keys i.d { width: 3px; background: var(--bad); }
.keys i.r { width: 0; border-left: 2px dashed var(--turn); background: none; border-radius: 0; }
.keys i.w { background: var(--wait); }
.figures { display: flex; flex-wrap: wrap; gap: .7rem 2rem; margin: 1rem 0 0; }
.figures div { min-width: 4.6rem; }
dt { color: var(--quiet); font-size: .8rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.facts {
  display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1.2rem; margin: 0;
}
.facts dt { font-size: .87rem; padding-top: .05rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; margin-top: 1rem; }
.pair > section { margin-top: 0; }
.kind { margin-top: 1.1rem; }
.kind:first-of-type { margin-top: 0; }
.kind ol { list-style: none; margin: 0; padding: 0; }
.kind li { padding: .5rem 0; border-top: 1px solid var(--line); }
.kind pre { margin: .15rem 0 0; white-space: pre-wrap; color: var(--quiet); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .9rem .35rem 0; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, th:last-child, td:last-child { text-align: left; }
th:last-child, td:last-child { padding-right: 0; }
th { color: var(--quiet); font-weight: 500; border-bottom: 1px solid var(--line); }
tr + tr td { border-top: 1px solid var(--line); }
footer { margin-top: 1.5rem; color: var(--quiet); font-size: .8rem; }
@media (max-width: 36rem) {
  :root { --name: 2.7rem; --share: 2.9rem; }
  main { padding: 1.2rem .8rem 2rem; }
  h1 { font-size: 1.3rem; }
  section { padding: 1rem .95rem; }
  .tiles { padding: 0; }
  .tile { flex: 1 1 45%; padding: .75rem .95rem; }
  .tile b { font-size: 1.2rem; }
  .facts { grid-template-columns: 7rem minmax(0, 1fr); gap: .25rem .8rem; }
  .plot svg { height: 7rem; }
  .axis span:nth-child(even) { display: none; }
}
@media print { section { break-inside: avoid; } body { background: none; } }
)css";
}

}  // namespace forkmap::host
