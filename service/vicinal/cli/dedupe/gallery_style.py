"""How the pages of groups look, by day and by night, on wide and on narrow screens."""

# What is out of sight is neither laid out nor drawn, so that a page of many groups scrolls at once.
STYLE = """
:root { color-scheme: light dark; --ink: #22272e; --paper: #ffffff; --muted: #5c6670; --line: #d9dde3;
  --accent: #0b6e4f; --chip: #f3f5f7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --paper: #14171b; --muted: #9aa4b0;
  --line: #333a43; --accent: #5cc8a3; --chip: #1e232a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 80rem; margin: 0 auto; padding: 1.2rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; }
h2 { font-size: 1rem; margin: 0 0 .6rem; }
h2 small, .muted { color: var(--muted); font-weight: 400; font-size: .87rem; }
nav { display: flex; gap: 1rem; padding: .6rem 0; } nav a { color: var(--accent); }
section { border-top: 1px solid var(--line); padding: .9rem 0 1rem;
  content-visibility: auto; contain-intrinsic-size: auto 19rem; }
.members { display: grid; gap: .7rem; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
.members:has(.text) { grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
figure { margin: 0; padding: 6px; background: var(--chip); border-radius: 8px;
  border: 2px solid transparent; }
figure.kept { border-color: var(--accent); }
figure img, .gone { display: block; width: 100%; height: 9.5rem; object-fit: contain; margin-bottom: 5px; }
.gone { color: var(--muted); font-size: .85rem; }
blockquote { margin: 0 0 5px; padding: .3rem; white-space: pre-wrap; }
figcaption { font-size: .8rem; line-height: 1.35; }
figcaption b { display: block; } figcaption .role { color: var(--accent); font-weight: 600; }
"""
