"""How the page looks, by day and by night, on wide and on narrow screens."""

STYLE = """
:root { color-scheme: light dark; --ink: #22272e; --paper: #ffffff; --muted: #5c6670; --line: #d9dde3;
  --accent: #0b6e4f; --chip: #eef5f2; --note: #fff7e6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --paper: #14171b; --muted: #9aa4b0;
  --line: #333a43; --accent: #5cc8a3; --chip: #1d2a26; --note: #2d2718; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.3rem, 4.5vw, 1.9rem); line-height: 1.25; }
h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.muted { color: var(--muted); font-size: .92rem; }
.note { background: var(--note); border-radius: 6px; padding: .5rem .8rem; font-size: .92rem; }
figure { margin: 1.2rem 0; background: #fff; border: 1px solid var(--line); border-radius: 8px; }
figure img { display: block; width: 100%; height: auto; border-radius: 8px; }
.wide { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal;
  font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .7rem; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; }
thead th { color: var(--muted); font-weight: 500; font-size: .88rem; }
tbody th { font-weight: 600; }
summary { cursor: pointer; font-weight: 600; padding: .4rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .92rem; }
dt { color: var(--muted); } dd { margin: 0; }
.picks { list-style: none; margin: .5rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem; }
.picks b { color: var(--accent); font-weight: 600; }
.picks .place { color: var(--muted); margin-right: .35rem; font-variant-numeric: tabular-nums; }
.picks .image { width: 104px; padding: 4px; font-size: .75rem; line-height: 1.3; background: var(--chip);
  border-radius: 6px; }
.picks .image img { display: block; width: 96px; height: 96px; object-fit: contain; margin-bottom: 3px; }
.picks img.tiny { image-rendering: pixelated; }
.picks .text { width: 100%; padding: .3rem .6rem; font-size: .92rem; background: var(--chip);
  border-radius: 6px; }
"""
