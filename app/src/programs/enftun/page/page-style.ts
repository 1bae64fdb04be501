/** How the page looks. One style sheet inside the page: nothing is fetched from anywhere, and no script runs. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --card: #ffffff; --text: #1a1d23; --quiet: #626975; --line: #e2e5ea;
  --good: #14803c; --busy: #b45309; --bad: #c0262d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111317; --card: #1b1e24; --text: #e8eaee; --quiet: #9aa2af; --line: #2c313a;
    --good: #4ade80; --busy: #fbbf24; --bad: #f87171;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2.5rem 1rem; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 42rem; margin: 0 auto; }
.name { margin: 0 0 .75rem .25rem; color: var(--quiet); font-size: .875rem; letter-spacing: .02em; }
[hidden] { display: none; }
section, details {
  background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 1.25rem 1.5rem; margin-bottom: 1rem;
}
/* A bar inside the border: a thicker border would run out into the rounded corners. */
.state { background: linear-gradient(to right, var(--tone) 6px, var(--card) 6px); padding: 1.5rem 1.5rem 1.5rem calc(1.5rem + 6px); }
.good { --tone: var(--good); } .busy { --tone: var(--busy); } .bad { --tone: var(--bad); }
h1 { margin: 0; font-size: 1.625rem; line-height: 1.25; font-weight: 650; color: var(--tone); overflow-wrap: anywhere; }
h2 { margin: 0 0 .75rem; font-size: .8125rem; font-weight: 600; color: var(--quiet); text-transform: uppercase; letter-spacing: .06em; }
summary { cursor: pointer; color: var(--quiet); font-size: .8125rem; font-weight: 600; text-transform: uppercase; letter-spacing: .06em; }
details[open] summary { margin-bottom: .75rem; }
details table { margin-top: 1rem; }
a:focus-visible, summary:focus-visible { outline: 2px solid currentColor; outline-offset: 3px; border-radius: 2px; }
.away { margin: 0 0 .75rem; padding: .75rem 1rem; border-radius: 8px; border: 1px solid var(--busy); color: var(--busy); }
.since:empty { display: none; }
.since { margin: .25rem 0 0; color: var(--quiet); }
.why { margin: 1rem 0 0; overflow-wrap: anywhere; }
.next { margin: 1rem 0 0; padding: .75rem 1rem; border-radius: 8px; background: var(--ground); overflow-wrap: anywhere; }
.next b { display: block; font-size: .8125rem; color: var(--quiet); font-weight: 600; }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: .5rem 1rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.flow { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.flow p { margin: 0; color: var(--quiet); font-size: .875rem; }
.flow strong { display: block; color: var(--text); font-size: 1.375rem; font-weight: 600; font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; margin: 0 0 .75rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); font-size: .875rem; padding: .25rem 0; }
td { padding: .25rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { width: 8rem; padding-right: 1rem; white-space: nowrap; }
footer { color: var(--quiet); font-size: .8125rem; padding: 0 .25rem; }
a { color: inherit; }
@media (max-width: 30rem) {
  body { padding: 1.25rem .75rem; }
  section, details { padding: 1rem; }
  .state { padding-left: calc(1rem + 6px); }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .625rem; }
}
`;
