"""The style sheet of the HTML page."""

from __future__ import annotations

STYLE = """
:root { --back: #fbfbfa; --card: #fff; --text: #1f2328; --quiet: #626a73; --line: #e3e5e8; --bad: #b42318; --mark: #8a5a00;
  --s0: #f1f3f5; --s1: #d9e8f6; --s2: #a9cdec; --s3: #6aa9dc; --s4: #2f7dc0; --s5: #0f4c86; --dark-on: #12304c; --light-on: #fff; }
@media (prefers-color-scheme: dark) { :root { --back: #14171a; --card: #1c2024; --text: #e6e8ea; --quiet: #9aa3ac; --line: #2e343a; --bad: #ff8a7a; --mark: #f0b94b;
  --s0: #22272c; --s1: #1d3850; --s2: #225682; --s3: #2f79b5; --s4: #5ea5dd; --s5: #a9d4f7; --dark-on: #d5e6f5; --light-on: #08233d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 26px; margin: 0; letter-spacing: -.01em; } h2 { font-size: 17px; margin: 0 0 6px; }
header p { margin: 2px 0 18px; } .quiet { color: var(--quiet); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; margin: 16px 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 10px; margin: 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 14px; }
dt { color: var(--quiet); font-size: 13px; } dd { margin: 0; font-size: 22px; font-variant-numeric: tabular-nums; }
figure { margin: 14px 0 4px; } figcaption { font-weight: 600; margin-bottom: 4px; } figcaption .quiet { font-weight: 400; }
svg { width: 100%; height: auto; display: block; } svg.narrow { display: none; }
svg text { font: 11px system-ui, sans-serif; fill: var(--quiet); } .middle { text-anchor: middle; } .end { text-anchor: end; }
svg .count { font-size: 10px; font-variant-numeric: tabular-nums; } .t1, .t2, .t3 { fill: var(--dark-on) !important; } .t4, .t5 { fill: var(--light-on) !important; }
.s0 { fill: var(--s0); background: var(--s0); } .s1 { fill: var(--s1); background: var(--s1); } .s2 { fill: var(--s2); background: var(--s2); }
.s3 { fill: var(--s3); background: var(--s3); } .s4 { fill: var(--s4); background: var(--s4); } .s5 { fill: var(--s5); background: var(--s5); }
.legend { display: flex; gap: 3px; align-items: center; font-size: 12px; margin: 6px 0 0; } .swatch { width: 22px; height: 10px; border-radius: 2px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--quiet); font-weight: 500; } th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; } .number { text-align: right; white-space: nowrap; } td:first-child { white-space: nowrap; }
details { border-top: 1px solid var(--line); padding: 8px 0; } h2 + details { border-top: 0; }
details p { margin: 6px 0; } details ul { margin: 6px 0; padding-left: 20px; color: var(--mark); }
summary { cursor: pointer; overflow-wrap: anywhere; } .bad { color: var(--bad); font-weight: 600; } .mark { color: var(--mark); font-weight: 600; }
@media (max-width: 640px) { main { padding: 16px 12px 40px; } section { padding: 12px; } svg.wide { display: none; }
 svg.narrow { display: block; } td, th { padding-right: 10px; } .scroll table { min-width: 440px; } }
@media print { section { break-inside: avoid; } }
"""
