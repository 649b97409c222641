/** Gold on lagoon, by day and by night. Fonts are the reader's own. */
export const pageStyle = String.raw`
:root {
  color-scheme: light dark;
  --paper: #f6f2ea; --card: #fffdf9; --ink: #1d2733; --soft: #667080; --line: #e4dccd; --well: #f2ecdf;
  --gold: #9a6b0f; --gold-bg: #f5e3b5; --good: #1c7a4d; --good-bg: #d9efe2; --bad: #b3302b; --bad-bg: #f9deda;
  --pay: #8a5a00; --pay-bg: #f9e7c0; --other: #31639c; --other-bg: #dde9f7; --fault: #8b2f84; --fault-bg: #f4def2;
  --shadow: 0 1px 2px rgb(60 44 10 / 6%), 0 6px 20px rgb(60 44 10 / 5%); --tag: 42% 42%;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0d141c; --card: #141d27; --ink: #e6e3db; --soft: #93a0ae; --line: #24303d; --well: #0f1720;
    --gold: #e8bb55; --gold-bg: #3a2e12; --good: #6fd0a0; --good-bg: #12332a; --bad: #ff8f86; --bad-bg: #40191b;
    --pay: #eec06a; --pay-bg: #392c10; --other: #8dbbf0; --other-bg: #17304b; --fault: #e59ae0; --fault-bg: #3a1c3b;
    --shadow: 0 1px 2px rgb(0 0 0 / 30%), 0 8px 24px rgb(0 0 0 / 20%); --tag: 50% 60%;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 Inter, system-ui, -apple-system, 'Segoe UI', sans-serif; margin: 0 auto; max-width: 1500px; padding: 0 28px 48px; }
h1, h2, p, dl, dd, ol, ul, pre { margin: 0; padding: 0; }
ol, ul { list-style: none; }
h1 { font: 600 25px/1.15 'Iowan Old Style', 'Palatino Linotype', Palatino, Georgia, 'Liberation Serif', serif; letter-spacing: -.01em; }
h2 { font-size: 16px; font-weight: 650; letter-spacing: -.005em; }
small, .small { color: var(--soft); font-size: 12.5px; }
code, pre, .tag { font-family: var(--mono); font-size: 12.5px; }
button, input, textarea { color: inherit; font: inherit; }
button { background: var(--card); border: 1px solid var(--line); border-radius: 8px; cursor: pointer; font-size: 13px; font-weight: 550; padding: 5px 11px; white-space: nowrap; }
button:hover { border-color: var(--gold); }
button:active { transform: translateY(1px); }
:focus-visible { outline: 2px solid var(--gold); outline-offset: 2px; }
button.quiet { background: none; border-color: transparent; color: var(--soft); padding: 2px 7px; }
button.quiet:hover { color: var(--gold); }
input, textarea { background: var(--well); border: 1px solid var(--line); border-radius: 8px; font-size: 13.5px; min-width: 0; padding: 6px 10px; width: 100%; }
input::placeholder { color: var(--soft); opacity: .85; }
input[type=search] { flex: 1 1 180px; }

.top { align-items: center; display: flex; flex-wrap: wrap; gap: 14px 32px; justify-content: space-between; padding: 26px 0 18px; }
.brand { align-items: center; display: flex; gap: 14px; }
.brand p { color: var(--soft); margin-top: 2px; }
.coin { flex: none; height: 48px; width: 48px; }
.coin .rim { fill: #a87716; } .coin .face { fill: #f2cf6b; } .coin .letter { fill: none; stroke: #7a5408; stroke-width: 2.4; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 22px; }
.facts dt { color: var(--soft); font-size: 12px; }
.facts dd { font-size: 13.5px; min-height: 22px; }
.banner { background: var(--bad-bg); border-radius: 10px; color: var(--bad); margin-bottom: 14px; padding: 10px 16px; }

.strip { background: var(--card); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); display: flex; flex-wrap: wrap; margin-bottom: 20px; }
.clock { border-right: 1px solid var(--line); flex: 0 1 auto; padding: 14px 20px; }
.clock .label, .tiles dt { color: var(--soft); display: block; font-size: 12.5px; }
.clock .value { display: block; font-size: 21px; font-variant-numeric: tabular-nums; font-weight: 600; letter-spacing: -.01em; margin-bottom: 6px; }
.buttons { display: flex; flex-wrap: wrap; gap: 6px; }
.clock button { background: var(--well); font-size: 12.5px; padding: 3px 9px; }
.tiles { display: grid; flex: 1 1 480px; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); }
.tiles > div { padding: 14px 20px; }
.tiles dd { font-size: 21px; font-variant-numeric: tabular-nums; font-weight: 600; letter-spacing: -.01em; }

main { align-items: start; display: grid; gap: 20px; grid-template-columns: minmax(0, 1fr) 400px; }
.wide, .side { display: grid; gap: 20px; min-width: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); min-width: 0; padding: 16px 20px 20px; }
.head { align-items: center; display: flex; flex-wrap: wrap; gap: 8px 10px; margin-bottom: 12px; min-height: 34px; }
.head > .quiet { margin-left: auto; }
.count { background: var(--gold-bg); border-radius: 99px; color: var(--gold); font-size: 12px; font-variant-numeric: tabular-nums; font-weight: 650; padding: 1px 9px; }
.count:empty { display: none; }
.empty { color: var(--soft); padding: 6px 0; }
.line { align-items: center; display: flex; gap: 8px; justify-content: space-between; min-width: 0; }
.tag { align-items: center; background: none; border: 0; border-radius: 5px; color: var(--soft); display: inline-flex; font-weight: 500; gap: 6px; padding: 0 2px; }
.tag:hover { color: var(--gold); }
.dot { background: hsl(var(--hue) var(--tag)); border-radius: 50%; display: inline-block; height: 9px; width: 9px; }
.role, .fault, .status, .yes, .no { background: var(--other-bg); border-radius: 6px; color: var(--other); font-size: 12px; font-weight: 600; padding: 1px 8px; white-space: nowrap; }

.videos { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); }
.video { background: var(--well); border: 1px solid var(--line); border-radius: 12px; display: flex; flex-direction: column; overflow: hidden; }
.frame { aspect-ratio: 16 / 10; background: #0a0f15; display: grid; overflow: hidden; }
.frame > * { grid-area: 1 / 1; height: 100%; min-height: 0; width: 100%; }
.frame video { display: block; object-fit: contain; }
.veil { align-content: center; background: radial-gradient(circle at 50% 35%, #2a3c52, #0d141c 75%); color: #d8dee6; display: grid; font-size: 13.5px; gap: 12px; justify-items: center; }
.veil .bar { background: rgb(255 255 255 / 14%); border-radius: 9px; height: 5px; overflow: hidden; width: 60%; }
.veil .bar::after { background: #f2cf6b; border-radius: 9px; content: ''; display: block; height: 100%; transform: scaleX(var(--part, 0)); transform-origin: left; transition: transform 1s linear; }
.about { display: grid; gap: 4px; padding: 10px 13px 12px; }
.about strong { font-size: 14px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.about .price { color: var(--ink); font-weight: 600; white-space: nowrap; }
.about .note { border-top: 1px solid var(--line); color: var(--soft); font-size: 12.5px; margin-top: 4px; overflow-wrap: anywhere; padding-top: 6px; }
.status[data-status=COMPLETED], .yes { background: var(--good-bg); color: var(--good); }
.status[data-status=FAILED], .no { background: var(--bad-bg); color: var(--bad); }
.status[data-status=PROCESSING] { background: var(--gold-bg); color: var(--gold); }
.more { margin-top: 14px; }

.tabs { background: var(--well); border-radius: 9px; display: inline-flex; flex-wrap: wrap; padding: 3px; }
.tabs button { background: none; border: 0; color: var(--soft); padding: 3px 11px; }
.tabs button[aria-pressed=true], .tabs button[aria-selected=true] { background: var(--card); box-shadow: 0 1px 3px rgb(0 0 0 / 14%); color: var(--ink); }
.head > .tabs { margin-left: auto; }
.log { margin: 0 -20px -20px; max-height: 620px; overflow: auto; overscroll-behavior: contain; }
.log li { border-top: 1px solid var(--line); display: grid; gap: 2px 14px; grid-template-columns: 46px minmax(0, 1fr) auto; padding: 9px 20px; }
.code { align-self: start; background: var(--good-bg); border-radius: 6px; color: var(--good); font-size: 12.5px; font-variant-numeric: tabular-nums; font-weight: 650; padding: 1px 0; text-align: center; }
.route { font-family: var(--mono); font-size: 12.5px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.route b { font-weight: 600; }
.route span { color: var(--soft); }
.verdict { overflow-wrap: anywhere; }
.meta { align-items: flex-end; color: var(--soft); display: flex; flex-direction: column; font-size: 12.5px; font-variant-numeric: tabular-nums; }
.fault { background: var(--fault-bg); color: var(--fault); display: inline-block; margin-top: 3px; }
[data-tone=bad] .code { background: var(--bad-bg); color: var(--bad); }
[data-tone=bad] .verdict { color: var(--bad); }
[data-tone=pay] .code { background: var(--pay-bg); color: var(--pay); }
[data-tone=other] .code, [data-tone=none] .code { background: var(--other-bg); color: var(--other); }
.start { color: var(--soft); display: grid; gap: 8px; }
pre { background: var(--well); border-radius: 8px; color: var(--ink); overflow-x: auto; padding: 10px 14px; }

.panel { margin: 0 -20px -12px; overflow-x: auto; padding: 0 20px; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; width: 100%; }
th { color: var(--soft); font-size: 12px; font-weight: 500; text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: 7px 14px 7px 0; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }

.wallets li { border-top: 1px solid var(--line); padding: 10px 0; }
.wallets li:first-child { border-top: 0; padding-top: 0; }
.wallets dl { display: flex; gap: 8px 28px; margin-top: 3px; }
.wallets dt { color: var(--soft); font-size: 12px; }
.wallets dd { font-size: 16px; font-variant-numeric: tabular-nums; font-weight: 600; }
.give { align-items: end; background: var(--well); border-radius: 10px; display: flex; flex-wrap: wrap; gap: 10px; margin-top: 8px; padding: 12px; }
.give input { background: var(--card); }
.give label { color: var(--soft); flex: 0 0 84px; font-size: 12px; }
.give label.grow { flex: 1 1 180px; }
.give [name=address] { font-family: var(--mono); font-size: 12px; height: 35px; }
.give .buttons { flex: 1 0 100%; }
.give .buttons button { flex: 1; }

.active li { align-items: center; background: var(--fault-bg); border-radius: 8px; display: flex; gap: 10px; justify-content: space-between; margin-bottom: 6px; padding: 4px 6px 4px 12px; }
.active code { color: var(--fault); font-weight: 600; }
.active .hits { margin-left: auto; white-space: nowrap; }
.active [data-over] { background: var(--well); opacity: .75; }
.kinds { margin: 10px -20px -20px; max-height: 560px; overflow: auto; overscroll-behavior: contain; }
.kinds li { border-top: 1px solid var(--line); display: flex; gap: 13px; padding: 10px 20px; }
.kinds code { font-weight: 600; }
.kinds p { color: var(--soft); font-size: 13px; line-height: 1.4; }
.kinds p code { font-weight: 400; }
.grow { flex: 1; min-width: 0; }
.kinds form { display: grid; gap: 6px; margin-top: 8px; }
.kinds textarea { font: 12.5px/1.45 var(--mono); resize: vertical; }
.kinds form button { justify-self: start; }
.switch { background: var(--line); border: 0; border-radius: 99px; flex: none; height: 20px; margin-top: 2px; padding: 0; position: relative; transition: background .15s; width: 36px; }
.switch i { background: #fff; border-radius: 50%; box-shadow: 0 1px 2px rgb(0 0 0 / 30%); height: 16px; left: 2px; position: absolute; top: 2px; transition: left .15s; width: 16px; }
.switch[aria-checked=true] { background: var(--fault); }
.switch[aria-checked=true] i { left: 18px; }
.danger p { color: var(--soft); margin-bottom: 10px; }
.danger button { color: var(--bad); }
.danger button:hover { border-color: var(--bad); }
.toast { background: var(--ink); border-radius: 10px; bottom: 22px; box-shadow: 0 6px 24px rgb(0 0 0 / 25%); color: var(--paper); left: 50%; max-width: min(90vw, 640px); opacity: 0; overflow-wrap: anywhere; padding: 9px 18px; pointer-events: none; position: fixed; transform: translate(-50%, 12px); transition: .2s; z-index: 9; }
.toast[data-shown] { opacity: 1; transform: translate(-50%, 0); }
.toast[data-bad] { background: #a32a26; color: #fff; }

@media (max-width: 1080px) { main { grid-template-columns: minmax(0, 1fr); } .kinds { max-height: 420px; } }
@media (max-width: 640px) {
  body { padding: 0 14px 32px; }
  .top { padding-top: 18px; }
  .clock { border-bottom: 1px solid var(--line); border-right: 0; flex: 1 1 100%; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .card { padding: 14px 16px 16px; }
  .head > .tabs { margin-left: 0; }
  .log { margin: 0 -16px -16px; }
  .log li { gap: 2px 10px; grid-template-columns: 42px minmax(0, 1fr); padding: 9px 16px; }
  .meta { flex-direction: row; gap: 10px; grid-column: 2; }
  .kinds { margin: 10px -16px -16px; }
  .kinds li { padding: 10px 16px; }
  .panel { margin: 0 -16px -10px; padding: 0 16px; }
  thead { display: none; }
  table, tbody { display: block; }
  tr { border-bottom: 1px solid var(--line); display: grid; grid-template-columns: 1fr 1fr; padding: 8px 0; }
  tr:last-child { border-bottom: 0; }
  td { border: 0; padding: 2px 0; }
  td::before { color: var(--soft); content: attr(data-name); display: block; font-size: 11.5px; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`
